"""The examples that callers copy: each submits, follows and downloads, on the deployed stack."""

import subprocess
import sys

import pytest

import places
import tools
from callers import tenant

EXAMPLES = places.ROOT / "tests" / "examples"


@pytest.fixture(scope="module")
def caller():
    made = tenant("examples")
    made.galley("pipelines", "push", "infra/pipelines/hero-image.yaml")
    return made


def _commands() -> dict[str, list[str]]:
    return {
        "submit.sh": ["sh", str(EXAMPLES / "submit.sh")],
        "submit.py": [sys.executable, str(EXAMPLES / "submit.py")],
        "submit.ts": [tools.node(), "--no-warnings", "--experimental-eventsource", str(EXAMPLES / "submit.ts")],
    }


def test_every_example_is_run_and_in_the_readme():
    # What calls nothing of ours has a test of its own: test_scorer.py.
    files = {path.name for path in EXAMPLES.iterdir() if path.is_file()} - {"README.md"}
    assert files == set(_commands()) | {"scorer.py"}
    readme = (EXAMPLES / "README.md").read_text()
    assert all(f"[{name}]({name})" in readme for name in files)


@pytest.mark.parametrize("name", sorted(["submit.sh", "submit.py", "submit.ts"]))
def test_an_example_submits_follows_and_downloads(name, caller, tmp_path):
    done = subprocess.run([*_commands()[name], "a red kite over hills"], cwd=tmp_path, env=caller.env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    words = done.stdout.split()
    assert words[0] == "submitted" and "step.succeeded" in words and "job.succeeded" in words
    files = list(tmp_path.iterdir())
    assert len(files) == words.count("downloaded") == 9
    assert all(path.stat().st_size > 1000 for path in files)


def test_an_example_shows_what_was_wrong_and_what_to_do(caller, tmp_path):
    stranger = caller.env | {"GALLEY_KEY": "gk_examples_00000000000000000000000000000000"}
    for name in ("submit.py", "submit.ts"):
        done = subprocess.run([*_commands()[name]], cwd=tmp_path, env=stranger, capture_output=True, text=True, timeout=60)
        assert done.returncode != 0 and "A valid key is needed" in done.stderr and "Send `Authorization: Bearer`" in done.stderr, done.stderr
