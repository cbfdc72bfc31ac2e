"""Real targets: what is installed is pinned, no script of a package is run, and what lacks is said."""

import json

import pytest

import cms
import inbound
import places
from say import Problem


@pytest.mark.parametrize("name", ["node", *cms.BUILT])
def test_everything_installed_is_pinned_to_one_content(name):
    locked = json.loads((cms.PINS / name / "package-lock.json").read_text())["packages"]
    wanted = json.loads((cms.PINS / name / "package.json").read_text())
    direct = wanted.get("dependencies", {}) | wanted.get("optionalDependencies", {})
    assert {name: locked[f"node_modules/{name}"]["version"] for name in direct} == direct
    assert not [path for path, package in locked.items() if path and "integrity" not in package and not package.get("inBundle")]


@pytest.mark.parametrize("name", cms.BUILT)
def test_what_is_built_is_there(name):
    locked = json.loads((cms.PINS / name / "package-lock.json").read_text())["packages"]
    assert all(locked[f"node_modules/{built}"]["hasInstallScript"] for built in cms.BUILT[name])


def test_who_has_no_compiler_is_told_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(cms.shutil, "which", lambda name: None)
    with pytest.raises(Problem, match="^make and g\\+\\+ missing, to build better-sqlite3 with. Debian: apt-get install build-essential$"):
        cms._build(tmp_path, ("better-sqlite3",), tmp_path)


def test_who_has_no_packaged_node_is_told(tmp_path):
    with pytest.raises(Problem, match="^there is no packaged Node 22 for this kind of machine"):
        cms._node(tmp_path)


def test_where_nothing_runs_nothing_is_ended(tmp_path):
    cms.down(tmp_path)
    assert not cms.record(tmp_path).exists()


def test_the_flow_is_the_one_that_people_are_told_to_set_up():
    page = (places.ROOT / "events" / "cms" / "README.md").read_text()
    assert f"```js\n{inbound.SCRIPT}\n```" in page
    assert f"```json\n{inbound.BODY}\n```" in page
