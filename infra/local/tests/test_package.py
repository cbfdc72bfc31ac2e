"""A package has all that a deploy needs, and the same binaries give the same package."""

import hashlib
import json
import zipfile

import package
import places
import pytest
from conftest import Template
from say import Problem


@pytest.fixture
def binaries(tmp_path):
    for function in places.FUNCTIONS:
        (tmp_path / "built" / function).mkdir(parents=True)
        (tmp_path / "built" / function / "bootstrap").write_bytes(b"\x7fELF " + function.encode())
    return tmp_path / "built"


def test_every_function_of_the_template_is_packed_beside_it(binaries, tmp_path):
    manifest = package.pack(binaries, tmp_path / "out")
    template = Template(tmp_path / "out" / "template.yaml")
    for name, function in template.functions().items():
        packed = tmp_path / "out" / function["CodeUri"]
        told = manifest["functions"][name.removesuffix("Function").lower()]
        assert told == {"file": packed.name, "bytes": packed.stat().st_size, "sha256": hashlib.sha256(packed.read_bytes()).hexdigest()}
        with zipfile.ZipFile(packed) as archive:
            assert archive.namelist() == ["bootstrap"]
            assert archive.getinfo("bootstrap").external_attr >> 16 & 0o777 == 0o755, "Lambda runs it"
    machine = template.of("AWS::Serverless::StateMachine")["Pipeline"]["DefinitionUri"]
    assert (tmp_path / "out" / machine).exists()
    assert json.loads((tmp_path / "out" / "manifest.json").read_text()) == manifest
    assert "../target" not in template.text


def test_the_same_binaries_give_the_same_package(binaries, tmp_path):
    one, other = (package.pack(binaries, tmp_path / name) for name in ("one", "other"))
    assert one == other


def test_a_binary_that_is_missing_is_named(binaries, tmp_path):
    (binaries / "settle" / "bootstrap").unlink()
    with pytest.raises(Problem, match="no binary of settle"):
        package.pack(binaries, tmp_path / "out")
