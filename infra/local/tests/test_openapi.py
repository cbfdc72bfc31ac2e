"""The committed description of the API is valid OpenAPI 3.1, by another's judgement than our own."""

import subprocess

import places
import tools


def test_the_description_is_valid_openapi():
    # By its module: the script names the folder that it was installed into, which may have moved.
    validator = [tools.binary("python", "callers"), "-m", "openapi_spec_validator"]
    done = subprocess.run([*validator, str(places.INFRA / "openapi.json")], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
