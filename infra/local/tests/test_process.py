"""Ending what we started, all of it, and nothing else."""

import os
import subprocess
import sys
import time

import pytest

import process


@pytest.fixture
def started(tmp_path):
    began = []

    def start(code: str) -> dict:
        began.append(process.spawn([sys.executable, "-c", code], tmp_path / "log", dict(os.environ), tmp_path))
        return began[-1]

    yield start
    for one in began:
        process.end(one, grace=1)


def _until(true, seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    return true()


def test_a_process_is_alive_until_it_is_ended(started):
    one = started("import time; time.sleep(60)")
    assert process.alive(one)
    process.end(one)
    assert not process.alive(one)


def test_a_process_that_ignores_the_term_signal_ends_all_the_same(started, tmp_path):
    one = started("import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)")
    assert _until(lambda: "deaf" in (tmp_path / "log").read_text())
    process.end(one, grace=0.3)
    assert not process.alive(one)


def test_children_end_with_their_leader_even_when_it_died_first(started, tmp_path):
    one = started("import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid, flush=True)")
    assert _until(lambda: (tmp_path / "log").read_text().strip().isdigit())
    child = process.identity(int((tmp_path / "log").read_text()))
    assert _until(lambda: not process.alive(one)) and process.alive(child)
    process.end(one)
    assert not process.alive(child)


def test_a_recycled_id_is_left_alone(started):
    one = started("import time; time.sleep(60)")
    stale = one | {"started": "0"}
    assert not process.alive(stale)
    process.end(stale)
    assert process.alive(one)


def test_the_command_explains_itself():
    stack = os.path.join(os.path.dirname(process.__file__), "stack.py")
    shown = subprocess.run([sys.executable, stack, "--help"], capture_output=True, text=True)
    assert shown.returncode == 0 and "local stack" in shown.stdout
