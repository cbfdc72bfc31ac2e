"""The committed description of the API is valid OpenAPI 3.1, by another's judgement than our own."""

import subprocess

import places


def test_the_description_is_valid_openapi():
    validator = places.venv("callers") / "bin" / "openapi-spec-validator"
    done = subprocess.run([str(validator), str(places.INFRA / "openapi.json")], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
