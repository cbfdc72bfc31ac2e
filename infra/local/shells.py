"""The shells that `galley completions` writes for: those of this machine, or Debian's, unpacked into the cache without root."""

import os
import pathlib
import shutil
import subprocess

import places
from say import Problem, doing

NAMES = ("zsh", "fish")
PACKAGES = ("zsh", "zsh-common", "fish", "fish-common", "libpcre2-32-0")


def find() -> dict[str, list[str]]:
    """Each shell with its first arguments. A problem where one is neither here nor to be had."""
    found = {name: [path] for name in NAMES if (path := shutil.which(name))}
    if len(found) < len(NAMES):
        root = _unpacked()
        library = next(root.glob("usr/lib/*-linux-*"), root)
        program = {"zsh": root / "bin" / "zsh", "fish": root / "usr" / "bin" / "fish"}
        found |= {name: ["env", f"LD_LIBRARY_PATH={library}", str(program[name])] for name in NAMES if name not in found}
    for name, command in found.items():
        if subprocess.run([*command, "-c", "exit 0"], stdin=subprocess.DEVNULL, capture_output=True).returncode != 0:
            raise Problem(f"{name} does not run here")
    return found


def functions(name: str, command: list[str]) -> str:
    """What a shell must be told to find its own functions, where it was not installed but unpacked."""
    if command[0] != "env":
        return ""
    root = _folder() / "root"
    if name == "fish":
        return f"set -g fish_function_path {root / 'usr/share/fish/functions'}; "
    paths = " ".join(str(path) for path in (root / "usr/share/zsh/functions").rglob("*") if path.is_dir())
    return f"module_path=({next(root.glob('usr/lib/*/zsh/*'), root)}); fpath=({paths}); "


def _folder() -> pathlib.Path:
    return (places.cache() or places.ROOT / ".venv") / "shells"


def _unpacked() -> pathlib.Path:
    folder = _folder()
    if (folder / "whole").exists():
        return folder / "root"
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise Problem("install zsh and fish")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "lists" / "partial").mkdir(parents=True)
    own = ["-qq", "-o", f"Dir::State::lists={folder / 'lists'}", "-o", f"Dir::Cache={folder}", "-o", "APT::Sandbox::User=", "-o", "Debug::NoLocking=1"]
    with doing("Unpack Debian's zsh and fish"):
        for command in (["apt-get", "update", *own], ["apt-get", "download", *own, *PACKAGES]):
            _run(command, folder)
        for package in sorted(folder.glob("*.deb")):
            _run(["dpkg-deb", "-x", str(package), str(folder / "root")], folder)
            package.unlink()
        shutil.rmtree(folder / "lists")
        (folder / "whole").touch()
    return folder / "root"


def _run(command: list[str], folder: pathlib.Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, env=os.environ | {"LC_ALL": "C"}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired as late:
        raise Problem(f"`{command[0]}` took longer than two minutes") from late
    if done.returncode != 0:
        raise Problem(f"`{' '.join(command[:2])}` failed: {done.stderr.strip()[-300:]}")
