"""Programs of Debian for tests, unpacked into the cache without root where the machine lacks them."""

import os
import pathlib
import shutil
import subprocess

import places
from say import Problem, doing

PATIENCE_S = 300


def unpacked(name: str, packages: tuple[str, ...], needs: str = "") -> pathlib.Path:
    """The root of these packages; with `needs`, also of whatever of that package's own needs is not installed here."""
    folder = (places.cache() or places.ROOT / ".venv") / name
    if (folder / "whole").exists():
        return folder / "root"
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise Problem(f"install {needs or ' and '.join(packages)}")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "lists" / "partial").mkdir(parents=True)
    own = ["-qq", "-o", f"Dir::State::lists={folder / 'lists'}", "-o", f"Dir::Cache={folder}", "-o", "APT::Sandbox::User=", "-o", "Debug::NoLocking=1"]
    with doing(f"Unpack Debian's {name}"):
        _run(["apt-get", "update", *own], folder)
        if needs:
            said = _run(["apt-get", "install", "--simulate", "--no-install-recommends", *own, needs], folder)
            packages += tuple(line.split()[1] for line in said.splitlines() if line.startswith("Inst "))
        _run(["apt-get", "download", *own, *packages], folder)
        for package in sorted(folder.glob("*.deb")):
            _run(["dpkg-deb", "-x", str(package), str(folder / "root")], folder)
            package.unlink()
        shutil.rmtree(folder / "lists")
        (folder / "whole").touch()
    return folder / "root"


def libraries(root: pathlib.Path) -> str:
    """Where programs that were unpacked find their libraries."""
    folders = [path for pattern in ("usr/lib/*-linux-*", "usr/lib/*-linux-*/pulseaudio") for path in sorted(root.glob(pattern))]
    return os.pathsep.join(str(path) for path in folders or [root])


def _run(command: list[str], folder: pathlib.Path) -> str:
    try:
        done = subprocess.run(command, cwd=folder, env=os.environ | {"LC_ALL": "C"}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired as late:
        raise Problem(f"`{command[0]}` took longer than {PATIENCE_S} s") from late
    if done.returncode != 0:
        raise Problem(f"`{' '.join(command[:2])}` failed: {done.stderr.strip()[-300:]}")
    return done.stdout
