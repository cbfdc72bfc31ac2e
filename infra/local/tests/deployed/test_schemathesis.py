"""Requests made from the API's own description, sensible and not: no server error, no answer that is not described.

GALLEY_SCHEMATHESIS_EXAMPLES is how many of each kind an operation gets.
"""

import os
import subprocess

import pytest

from callers import program, tenant

EXAMPLES = os.environ.get("GALLEY_SCHEMATHESIS_EXAMPLES", "4")
SECONDS = 400
# The others hold descriptions to more than they say: that everything a schema allows makes sense, for one.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,missing_required_header,ignored_auth,use_after_free,negative_data_rejection"


@pytest.fixture(scope="module")
def stranger():
    """A tenant without anything: what it breaks is its own."""
    return tenant("schemathesis")


def test_no_request_finds_a_server_error_or_an_answer_that_is_not_described(stranger, tmp_path):
    url = stranger.stack["api_url"]
    command = [*program("schemathesis.cli"), "run", f"{url}/openapi.json", "--url", url, "--header", f"Authorization: Bearer {stranger.key}", "--exclude-tag", "hosts"]
    command += ["--checks", CHECKS, "--max-examples", EXAMPLES, "--phases", "examples,coverage,fuzzing", "--seed", "1", "--workers", "1", "--request-timeout", "30", "--continue-on-failure", "--no-shrink", "--warnings", "off", "--output-truncate", "true"]
    done = subprocess.run(command, cwd=tmp_path, env=stranger.env, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stdout[-12000:] + done.stderr[-2000:]
