"""The committed schema of pipelines, by another hand's reading of JSON Schema than the domain's own tests."""

import json
import pathlib

import jsonschema
import pytest
import yaml

PIPELINES = pathlib.Path(__file__).resolve().parents[2] / "pipelines"
SAMPLES = sorted(PIPELINES.glob("*.yaml"))


@pytest.fixture(scope="module")
def validator():
    schema = json.loads((PIPELINES / "pipeline.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def hero() -> dict:
    return yaml.safe_load((PIPELINES / "hero-image.yaml").read_text())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_fits(validator, sample):
    assert [error.message for error in validator.iter_errors(yaml.safe_load(sample.read_text()))] == []


@pytest.mark.parametrize(
    "step, field, value",
    [
        ("generate", "kind", "image.paint"),
        ("generate", "timeout", 5),
        ("generate", "retry", {"attempts": 11}),
        ("generate", "on_fail", {"retry": "generate", "attempts": 1}),
        ("large", "with", {"image": "{{ cutout.image }}", "factor": 3}),
        ("large", "with", {"image": "picture.png", "factor": 2}),
        ("large", "with", None),
        ("ladder", "with", {"image": "{{ large.image }}", "widths": [480, 480]}),
        ("ladder", "lane", "gpu"),
        ("publish", "with", {"assets": "{{ ladder.images }}", "target": {"kind": "ftp"}}),
        ("publish", "with", {"assets": "{{ ladder.images }}", "target": {"kind": "webhook"}}),
    ],
    ids=str,
)
def test_what_one_field_can_tell_is_refused(validator, step, field, value):
    document = hero()
    document["steps"][step][field] = value
    assert not validator.is_valid(document)


def test_fields_of_the_document_are_told_apart(validator):
    for change in ({"budget": 1}, {"budget_usd": -1}, {"name": "Hero"}, {"labels": {"Team": "web"}}, {"steps": {}}):
        assert not validator.is_valid(hero() | change), change
    assert validator.is_valid(hero() | {"labels": {"team": "web"}})
