"""The completion scripts, read and used by the shells that they are for."""

import subprocess

import pytest

import places
import shells


@pytest.fixture(scope="module")
def found():
    return shells.find()


@pytest.fixture(params=shells.NAMES)
def shell(request, found, tmp_path):
    """A shell, and the script for it."""
    script = tmp_path / request.param
    script.write_text(subprocess.run([places.galley(), "completions", request.param], capture_output=True, text=True, check=True).stdout)
    return request.param, found[request.param], script


def _say(command: list[str], text: str) -> subprocess.CompletedProcess:
    plain = {"zsh": ["-f"], "fish": ["--no-config"]}[command[-1].rsplit("/", 1)[-1]]
    return subprocess.run([*command, *plain, "-c", text], stdin=subprocess.DEVNULL, capture_output=True, text=True)


def test_a_shell_reads_its_script(shell, tmp_path):
    _, command, script = shell
    read = subprocess.run([*command, "-n", str(script)], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert (read.returncode, read.stdout, read.stderr) == (0, "", "")
    cut = tmp_path / "cut"
    cut.write_text(script.read_text() + "\nif true; (")
    assert subprocess.run([*command, "-n", str(cut)], stdin=subprocess.DEVNULL, capture_output=True).returncode != 0, "it does look"


def test_a_shell_completes_by_its_script(shell):
    name, command, script = shell
    if name == "fish":
        text, expected = f"source {script}; complete -C 'galley op'; complete -C 'galley ops dlq re'", ["open", "ops", "redrive"]
    else:
        text = f"autoload -U compinit; compinit -D -u; source {script}; print $_comps[galley]; print -l ${{(k)functions}}"
        expected = ["_galley", "_galley__subcmd__ops__subcmd__dlq_commands"]
    said = _say(command, shells.functions(name, command) + text)
    words = [line.split()[0] for line in said.stdout.splitlines() if line.strip()]
    assert said.stderr == "" and set(expected) <= set(words), said
