"""After the tests have used the stack: what each function called is what its policy allows, both ways."""

import pytest

import calls
import places
from conftest import ROOT, Template

TEMPLATE = Template(ROOT / "infra" / "template.yaml")
# Done by Lambda for the function; or never a call, but what makes S3 admit that an object is absent.
QUEUE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
UNSEEN = {"dispatch": QUEUE, "call": QUEUE, "notify": QUEUE | {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}}
# The emulator asks for it, but notes no call to a connection.
UNSEEN["stream"] = {"execute-api:ManageConnections"}
# A listing of versions is noted as one of objects.
EVERYWHERE = {"s3:ListBucket", "s3:ListBucketVersions"}


def allowed(function: str) -> set[str]:
    policy = TEMPLATE.functions()[f"{function.title()}Function"]["Policies"][0]
    return {action for s in policy["Statement"] for action in (s["Action"] if isinstance(s["Action"], list) else [s["Action"]])}


@pytest.mark.parametrize("function", places.FUNCTIONS)
def test_a_function_s_policy_is_what_it_calls(function):
    used, may = calls.used(places.load(), function), allowed(function)
    assert used - may == set(), f"{function} called what its policy does not allow"
    assert may - used - UNSEEN.get(function, set()) - EVERYWHERE == set(), f"{function} never called what its policy allows"
