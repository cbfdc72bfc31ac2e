"""`make package`: what ships, as zips beside a template, so that a deploy needs the SAM command and nothing else."""

import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import zipfile

import cloud
import places
from say import Problem, doing, note

# Zips remember when their files were written; the same binary must give the same zip.
THEN = (2020, 1, 1, 0, 0, 0)


def package() -> None:
    """Builds for Graviton and packs it."""
    binaries = places.ROOT / "target" / "lambda-package"
    cloud.build(binaries)
    out = places.ROOT / "target" / "package"
    with doing(f"Pack {len(places.FUNCTIONS)} functions into target/package"):
        manifest = pack(binaries, out)
    note(f"{sum(f['bytes'] for f in manifest['functions'].values()) // 1024} KiB in all; infra/DEPLOY.md says how to deploy it")


def pack(binaries: pathlib.Path, out: pathlib.Path) -> dict:
    """Writes zips, template, machine and manifest to a folder that is made anew; returns the manifest."""
    missing = [f for f in places.FUNCTIONS if not (binaries / f / "bootstrap").exists()]
    if missing:
        raise Problem(f"no binary of {', '.join(missing)} under {binaries}")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    functions = {}
    for function in places.FUNCTIONS:
        packed = out / f"{function}.zip"
        entry = zipfile.ZipInfo("bootstrap", THEN)
        entry.external_attr, entry.compress_type = 0o100755 << 16, zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(entry, (binaries / function / "bootstrap").read_bytes(), compresslevel=9)
        functions[function] = {"file": packed.name, "bytes": packed.stat().st_size, "sha256": hashlib.sha256(packed.read_bytes()).hexdigest()}
    template = (places.INFRA / "template.yaml").read_text()
    (out / "template.yaml").write_text(re.sub(r"CodeUri: \.\./target/lambda/(\w+)/", r"CodeUri: \1.zip", template))
    shutil.copy(places.INFRA / "pipeline.asl.json", out)
    manifest = {"commit": _commit(), "architecture": "arm64", "functions": functions}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest


def _commit() -> str:
    """What was packed; with a mark where it is not what was committed."""
    said = subprocess.run(["git", "describe", "--always", "--dirty", "--abbrev=40"], cwd=places.ROOT, capture_output=True, text=True)
    return said.stdout.strip() or "unknown"
