"""A real browser for tests: this machine's Chromium, or Debian's, unpacked into the cache without root."""

import os
import pathlib
import shutil
import subprocess

import debian
from say import Problem

NAMES = ("chromium-headless-shell", "chromium", "google-chrome")
PACKAGE = "chromium-headless-shell"
# Sounds and films begin without a click, and root may run it.
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required", "--remote-debugging-port=0")


def find() -> tuple[list[str], dict[str, str]]:
    """The command and its environment. A problem where there is no Chromium that runs, nor one to be had."""
    command, env = _here() or _unpacked()
    if subprocess.run([*command, "--version"], env=env, stdin=subprocess.DEVNULL, capture_output=True).returncode != 0:
        raise Problem("Chromium does not run here")
    return [*command, *FLAGS], env


def _here() -> tuple[list[str], dict[str, str]] | None:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return ([found], dict(os.environ)) if found else None


def _unpacked() -> tuple[list[str], dict[str, str]]:
    root: pathlib.Path = debian.unpacked("chromium", (), PACKAGE)
    program = root / "usr" / "lib" / "chromium" / PACKAGE
    return [str(program)], os.environ | {"LD_LIBRARY_PATH": debian.libraries(root)}
