"""The binaries: the functions as Lambda wants them, and the command beside them."""

import filecmp
import os
import shutil
import subprocess

import places
import tools
from say import Problem, doing


def build() -> None:
    """Builds the whole workspace once, so that functions, command and tests share one set of compiled dependencies.

    By cargo itself: `cargo lambda build` names a target, and so would compile everything a second time.
    """
    with doing("Build the functions and the command"):
        command = ["cargo", "build", "--profile", "local", "--workspace", "--locked"]
        if subprocess.run(command, cwd=places.ROOT, env=tools.environment(), stdin=subprocess.DEVNULL).returncode != 0:
            raise Problem("the build failed; its errors are above")
        for function in places.FUNCTIONS:
            _place(function)
    check()


def _place(function: str) -> None:
    """Puts a binary where the template looks for it, whole or not at all: one that runs keeps its own."""
    built, placed = places.target() / "local" / function, places.LAMBDA / function / "bootstrap"
    if placed.exists() and filecmp.cmp(built, placed, shallow=False):
        return
    placed.parent.mkdir(parents=True, exist_ok=True)
    half = placed.with_suffix(".half")
    shutil.copy2(built, half)
    os.replace(half, placed)


def check() -> None:
    missing = [f for f in places.FUNCTIONS if not (places.LAMBDA / f / "bootstrap").exists()]
    if missing:
        raise Problem(f"no binary of {', '.join(missing)} under target/lambda: run `make build`")
