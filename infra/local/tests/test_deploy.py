"""What `sam deploy` is told locally: it refuses a parameter that is empty."""

import deploy
import pytest


@pytest.mark.parametrize("faults", [True, False])
def test_no_parameter_of_a_stack_is_empty(faults):
    stack = {"endpoint_url": "http://127.0.0.1:4566", "hosts": [{"url": "http://127.0.0.1:8001"}], "test_faults": faults, "set": {}}
    told = deploy.parameters(stack)
    assert [name for name, value in told.items() if not value] == []
    assert ("LocalVendorHosts" in told) == faults, "doubles of vendors are the tests' alone"
