"""Pages of the origins that the template's `CorsOrigins` names may call the API; others may not."""

import pytest

import deploy
import places
from callers import Tenant


@pytest.fixture(scope="module")
def anybody():
    return Tenant("nobody", places.load())


@pytest.fixture(scope="module")
def origin(anybody):
    return deploy.parameters(anybody.stack)["CorsOrigins"].split(",")[0]


def test_a_page_of_an_allowed_origin_may_ask_before_it_calls(anybody, origin):
    status, headers, _ = anybody.ask("OPTIONS", "/v1/jobs", Origin=origin, Access_Control_Request_Method="POST", Access_Control_Request_Headers="authorization,idempotency-key")
    assert status == 204 and headers["access-control-allow-origin"] == origin
    assert {"GET", "POST", "PUT", "DELETE"} <= set(headers["access-control-allow-methods"].split(","))
    assert {"authorization", "content-type", "idempotency-key", "prefer", "last-event-id"} <= set(headers["access-control-allow-headers"].split(","))
    assert "access-control-allow-credentials" not in headers


def test_a_page_reads_answers_and_refusals_alike(anybody, origin):
    for path, status in (("/openapi.json", 200), ("/v1/jobs", 401), ("/v1/nothing", 404)):
        answered, headers, _ = anybody.ask("GET", path, Origin=origin)
        assert (answered, headers["access-control-allow-origin"]) == (status, origin)
        assert {"location", "retry-after"} <= set(headers["access-control-expose-headers"].split(","))
        assert "access-control-allow-credentials" not in headers


def test_a_page_of_another_origin_is_told_nothing(anybody):
    status, headers, _ = anybody.ask("OPTIONS", "/v1/jobs", Origin="https://elsewhere.example", Access_Control_Request_Method="POST")
    assert status in (403, 404, 405) and "access-control-allow-origin" not in headers
    _, headers, _ = anybody.ask("GET", "/openapi.json", Origin="https://elsewhere.example")
    assert "access-control-allow-origin" not in headers
