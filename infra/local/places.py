"""Where everything lies: the project, the caches, and the one ignored folder of a running stack."""

import hashlib
import json
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INFRA = ROOT / "infra"
LAMBDA = ROOT / "target" / "lambda"
ENDPOINT = INFRA / "gpu-endpoint"
FUNCTIONS = sorted(p.name for p in (ROOT / "functions").iterdir() if (p / "Cargo.toml").exists()) if (ROOT / "functions").exists() else []


def home() -> pathlib.Path:
    """Ports, process ids, logs and state of one stack. GALLEY_HOME names another one beside it."""
    return pathlib.Path(os.environ.get("GALLEY_HOME") or ROOT / ".galley").resolve()


def cache() -> pathlib.Path | None:
    """Outside the checkout when CI is set, so that the next checkout finds it; None means inside."""
    if not os.environ.get("CI"):
        return None
    base = os.environ.get("GALLEY_CACHE") or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "galley"
    return pathlib.Path(base)


# An environment for each, because the pins of the tools, of the endpoint, of a receiver of webhooks and of callers need not agree.
PINS = {
    "tools": INFRA / "local" / "requirements.txt",
    "endpoint": ENDPOINT / "requirements-test.txt",
    "receiver": INFRA / "local" / "requirements-receiver.txt",
    "callers": INFRA / "local" / "requirements-callers.txt",
}


def venv(name: str = "tools") -> pathlib.Path:
    if not (outside := cache()):
        return ROOT / ".venv" / name
    return outside / f"venv-{name}-{pins_hash(name)[:12]}"


def pins_hash(name: str) -> str:
    """Changes when the pins or this Python do."""
    digest = hashlib.sha256(sys.version.encode())
    shared = {PINS[name].with_name("requirements.txt")} if name == "endpoint" else set()
    for file in sorted({PINS[name]} | shared):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def target() -> pathlib.Path:
    """Cargo's target folder."""
    if named := os.environ.get("CARGO_TARGET_DIR"):
        return pathlib.Path(named)
    return (cache() or ROOT) / "target"


def galley() -> pathlib.Path:
    """The command, as the local profile builds it."""
    return target() / "local" / "galley"


def load(folder: pathlib.Path | None = None) -> dict:
    """stack.json, or nothing when no stack is up."""
    try:
        return json.loads(((folder or home()) / "stack.json").read_text())
    except FileNotFoundError:
        return {}


def save(stack: dict) -> None:
    write(home() / "stack.json", stack)


def write(path: pathlib.Path, value: dict) -> None:
    """Whole or not at all, and for our eyes only: it may hold keys."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(value, out, indent=2)
        out.write("\n")
    half.replace(path)
