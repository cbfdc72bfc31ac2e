"""The shells that `galley completions` writes for: those of this machine, or Debian's, unpacked into the cache without root."""

import shutil
import subprocess

import debian
from say import Problem

NAMES = ("zsh", "fish")
PACKAGES = ("zsh", "zsh-common", "fish", "fish-common", "libpcre2-32-0")


def find() -> dict[str, list[str]]:
    """Each shell with its first arguments. A problem where one is neither here nor to be had."""
    found = {name: [path] for name in NAMES if (path := shutil.which(name))}
    if len(found) < len(NAMES):
        root = debian.unpacked("shells", PACKAGES)
        program = {"zsh": root / "bin" / "zsh", "fish": root / "usr" / "bin" / "fish"}
        found |= {name: ["env", f"LD_LIBRARY_PATH={debian.libraries(root)}", str(program[name])] for name in NAMES if name not in found}
    for name, command in found.items():
        if subprocess.run([*command, "-c", "exit 0"], stdin=subprocess.DEVNULL, capture_output=True).returncode != 0:
            raise Problem(f"{name} does not run here")
    return found


def functions(name: str, command: list[str]) -> str:
    """What a shell must be told to find its own functions, where it was not installed but unpacked."""
    if command[0] != "env":
        return ""
    root = debian.unpacked("shells", PACKAGES)
    if name == "fish":
        return f"set -g fish_function_path {root / 'usr/share/fish/functions'}; "
    paths = " ".join(str(path) for path in (root / "usr/share/zsh/functions").rglob("*") if path.is_dir())
    return f"module_path=({next(root.glob('usr/lib/*/zsh/*'), root)}); fpath=({paths}); "
