"""The binaries: the functions as Lambda wants them, and the command beside them."""

import shutil
import subprocess

import places
import tools
from say import Problem, doing


def build() -> None:
    """Builds the whole workspace once, so that all share one set of compiled dependencies."""
    with doing("Build the functions and the command"):
        command = ["cargo", "lambda", "build", "--compiler", "cargo", "--profile", "local", "--workspace", "--locked", "--lambda-dir", str(places.LAMBDA)]
        if subprocess.run(command, cwd=places.ROOT, env=tools.environment(), stdin=subprocess.DEVNULL).returncode != 0:
            raise Problem("the build failed; its errors are above")
    # It takes every binary for a function, the command too.
    if (taken := places.LAMBDA / "galley" / "bootstrap").exists():
        places.galley().parent.mkdir(parents=True, exist_ok=True)
        shutil.move(taken, places.galley())
        taken.parent.rmdir()
    check()


def check() -> None:
    missing = [f for f in places.FUNCTIONS if not (places.LAMBDA / f / "bootstrap").exists()]
    if missing:
        raise Problem(f"no binary of {', '.join(missing)} under target/lambda: run `make build`")
