"""The HTTP contract: what is accepted, attached to, refused and reported."""

import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from .conftest import SECRET, HostClient
from .world import World, until


def test_a_render_is_answered_at_once_and_its_output_is_stored_before_it_is_reported(host: HostClient, world: World):
    order = host.order()
    answer = host.put(order)

    assert (answer.status_code, answer.json()["attempt"]) == (202, order["attempt"])
    assert answer.json()["state"] in ("accepted", "running")
    end = world.end(order["attempt"])
    stored = world.objects[f"/out/{order['attempt']}"]
    assert end["kind"] == "succeeded"
    assert end["made_by"] == {"model": "sketch-1", "procedural": True}
    assert end["outputs"] == [
        {
            "name": "image",
            "media_type": "image/png",
            "sha256": hashlib.sha256(stored).hexdigest(),
            "bytes": len(stored),
            "width": 256,
            "height": 144,
        }
    ]
    assert end["slot_seconds"] > 0
    headers = world.object_headers[f"/out/{order['attempt']}"]
    assert (headers["x-signed"], headers["content-type"]) == ("yes", "image/png")


def test_reports_are_signed_numbered_traced_and_echo_the_context(host: HostClient, world: World):
    order = host.order(test={"seconds": 1.2})
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    host.put(order, traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    world.end(order["attempt"])

    reports = world.reports_of(order["attempt"])
    assert len(reports) >= 3
    assert [r.body["seq"] for r in reports] == list(range(1, len(reports) + 1))
    for report in reports:
        assert report.signed_with(SECRET)
        assert not report.signed_with("another secret")
        assert abs(int(report.headers["galley-timestamp"]) - time.time()) < 10
        assert report.body["context"] == {"job": "j-1", "n": [1, 2]}
        assert report.body["v"] == 1
        assert report.body["at"].endswith("+00:00")
    spans = {r.headers["traceparent"] for r in reports}
    assert len(spans) == 1, "a render is one span"
    version, its_trace, its_span, _ = spans.pop().split("-")
    assert (version, its_trace) == ("00", trace)
    assert its_span != "00f067aa0ba902b7", "a child has an id of its own"


def test_ten_puts_at_once_are_one_render(host: HostClient, world: World):
    order = host.order(test={"seconds": 0.5})
    with ThreadPoolExecutor(10) as callers:
        answers = list(callers.map(lambda _: host.put(order), range(10)))

    assert sorted(a.status_code for a in answers) == [200] * 9 + [202]
    assert world.end(order["attempt"])["kind"] == "succeeded"
    assert len(host.books(order)) == 1
    assert world.kinds(order["attempt"]).count("succeeded") == 1


def test_a_put_after_the_end_attaches_to_what_was_done(host: HostClient, world: World):
    order = host.order()
    end = host.render(order)

    again = host.put(order)
    read = host.http.get(f"/v1/renders/{order['attempt']}")
    assert again.status_code == 200
    assert again.json() == read.json()
    assert again.json()["state"] == "succeeded"
    assert again.json()["progress"] == 1.0
    assert again.json()["report"]["outputs"] == end["outputs"]
    assert len(host.books(order)) == 1


def test_a_full_host_refuses_a_new_render_but_attaches_to_a_running_one(one_slot: HostClient, world: World):
    first, second = one_slot.order(test={"seconds": 1.0}), one_slot.order()
    assert one_slot.put(first).status_code == 202

    busy = one_slot.put(second)
    assert busy.status_code == 409
    assert busy.headers["content-type"] == "application/problem+json"
    assert busy.json()["type"] == "/v1/errors/busy"
    assert one_slot.put(first).status_code == 200
    assert one_slot.http.get("/ready").status_code == 503
    assert one_slot.http.get("/ready").json()["state"] == "full"
    assert one_slot.http.get("/ping").status_code == 200

    world.end(first["attempt"])
    assert one_slot.put(second).status_code == 202, "the slot is free when the end is reported"


def test_a_malformed_order_takes_no_slot_even_of_a_full_host(one_slot: HostClient):
    one_slot.put(one_slot.order(test={"seconds": 0.5}))
    assert one_slot.put(one_slot.order(seed=-1)).status_code == 422


def test_a_canceled_render_stops_early_and_says_so(host: HostClient, world: World):
    order = host.order(test={"seconds": 30})
    host.put(order)
    until(lambda: "progress" in world.kinds(order["attempt"]))
    started = time.monotonic()

    assert host.http.post(f"/v1/renders/{order['attempt']}/cancel").status_code == 202
    end = world.end(order["attempt"])
    assert (end["kind"], time.monotonic() - started < 5) == ("canceled", True)
    assert end["slot_seconds"] > 0, "what was used is said, also of what was not finished"
    assert f"/out/{order['attempt']}" not in world.objects
    assert [entry["state"] for entry in host.books(order)] == ["canceled"]
    assert host.http.post(f"/v1/renders/{order['attempt']}/cancel").status_code == 202
    assert world.kinds(order["attempt"]).count("canceled") == 1


def test_cancelling_after_the_end_changes_nothing(host: HostClient, world: World):
    order = host.order()
    host.render(order)
    answer = host.http.post(f"/v1/renders/{order['attempt']}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (202, "succeeded")


def test_a_report_answered_with_continue_false_cancels(host: HostClient, world: World):
    world.goes_on = False
    order = host.order(test={"seconds": 30})
    end = host.render(order)
    assert end["kind"] == "canceled"
    assert f"/out/{order['attempt']}" not in world.objects


def test_an_unknown_attempt_is_not_found(host: HostClient):
    for answer in (host.http.get("/v1/renders/nobody"), host.http.post("/v1/renders/nobody/cancel")):
        assert (answer.status_code, answer.json()["type"]) == (404, "/v1/errors/no-render")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer wrong",
        "Basic an-endpoint-key-for-tests",
        "Bearer an-endpoint-key-for-testsX",
        "Bearer ü",
    ],
)
def test_without_the_key_every_route_but_the_health_checks_is_closed(host: HostClient, header: str | None):
    headers = {} if header is None else {"Authorization": header.encode()}
    with httpx.Client(base_url=host.url, headers=headers, trust_env=False) as http:
        calls = [
            ("PUT", "/v1/renders/x"),
            ("GET", "/v1/renders/x"),
            ("POST", "/v1/renders/x/cancel"),
            ("GET", "/v1/test/books"),
        ]
        for method, path in calls:
            answer = http.request(method, path)
            assert answer.status_code == 401, path
            assert answer.json()["type"] == "/v1/errors/unauthorized"
        assert http.get("/ping").status_code == 200
        assert http.get("/ready").status_code == 200


def test_a_route_that_does_not_exist_is_a_problem_too(host: HostClient):
    for method, path, status in (("GET", "/v2/renders", 404), ("DELETE", "/v1/renders/x", 405)):
        answer = host.http.request(method, path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def _changed(order: dict, path: str, value: object) -> dict:
    *parents, last = path.strip("/").split("/")
    place = order
    for part in parents:
        place = place[int(part)] if isinstance(place, list) else place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return order


BAD = [
    ("image.generate", "/attempt", ..., "/attempt is missing"),
    ("image.generate", "/attempt", "../etc", "/attempt must match pattern"),
    ("image.generate", "/kind", "image.print", "/kind 'image.print' is not rendered here"),
    ("image.generate", "/kind", 5, "/kind must be a valid string; it is 5"),
    ("image.generate", "/outputs", [], "/outputs List should have at least 1 item"),
    ("image.generate", "/outputs/0/name", "mask", "/outputs/0/name must be 'image', 'video' or 'audio'"),
    ("image.generate", "/outputs/0/name", "video", "/outputs/0 must be 'image' as 'image/png'; image.generate makes"),
    ("image.generate", "/outputs/0/media_type", "image/gif", "/outputs/0/media_type must be 'image/png'"),
    ("image.generate", "/outputs/0/url", "file:///etc/passwd", "/outputs/0/url must match pattern"),
    ("image.generate", "/report", ..., "/report is missing"),
    ("image.generate", "/report/secret", "short", "/report/secret must have at least 16 characters"),
    ("image.generate", "/report/url", "gopher://x", "/report/url must match pattern"),
    ("image.generate", "/stall_s", 0, "/stall_s must be greater than 0; it is 0"),
    ("image.generate", "/deadline_s", "soon", "/deadline_s must be a valid number; it is 'soon'"),
    ("image.generate", "/extra", 1, "/extra is not known here"),
    ("image.generate", "/params", [], "/params must be a valid dictionary; it is []"),
    ("image.generate", "/params/prompt", ..., "/params/prompt is missing"),
    ("image.generate", "/params/prompt", "", "/params/prompt must have at least 1 character"),
    ("image.generate", "/params/prompt", "x" * 2001, "/params/prompt must have at most 2000 characters"),
    (
        "image.generate",
        "/params/model",
        "sdxl",
        "/params/model 'sdxl' cannot do image.generate here; this host has sketch-1",
    ),
    ("image.generate", "/params/width", 63, "/params/width must be greater than or equal to 64; it is 63"),
    ("image.generate", "/params/height", 2049, "/params/height must be less than or equal to 2048; it is 2049"),
    ("image.generate", "/params/width", "1024", "/params/width must be a valid integer; it is '1024'"),
    ("image.generate", "/params/seed", -1, "/params/seed must be greater than or equal to 0; it is -1"),
    ("image.generate", "/params/seed", 1.5, "/params/seed must be a valid integer"),
    ("image.generate", "/params/steps", 30, "/params/steps is not known here"),
    ("image.generate", "/params/test", {"seconds": -1}, "/params/test/seconds must be greater than or equal to 0"),
    ("image.generate", "/params/test", {"explode": True}, "/params/test/explode is not known here"),
    ("image.generate", "/inputs", {"image": {"url": "http://x/y"}}, "/inputs/image is not an input of image.generate"),
    ("image.upscale", "/params/factor", 3, "/params/factor must be 2 or 4; it is 3"),
    ("image.upscale", "/params/factor", ..., "/params/factor is missing"),
    ("image.upscale", "/inputs/image", ..., "/inputs/image is missing; image.upscale works on it"),
    ("image.remove_background", "/inputs/image", ..., "/inputs/image is missing; image.remove_background works on it"),
    ("image.remove_background", "/inputs/image/sha256", "abc", "/inputs/image/sha256 must match pattern"),
    (
        "image.remove_background",
        "/inputs/mask",
        {"url": "http://x/y"},
        "/inputs/mask is not an input of image.remove_background",
    ),
]


def _malformed(host: HostClient, kind: str, path: str, value: object) -> dict:
    order = host.order(kind, **({"factor": 2} if kind == "image.upscale" else {}))
    if kind != "image.generate":
        order["inputs"] = {"image": {"url": f"{host.world.url}/in/x"}}
    return _changed(order, path, value)


@pytest.mark.parametrize(("kind", "path", "value", "detail"), BAD)
def test_a_malformed_order_is_refused_with_its_place(
    host: HostClient, kind: str, path: str, value: object, detail: str
):
    order = _malformed(host, kind, path, value)
    answer = host.http.put(
        f"/v1/renders/{order.get('attempt', 'x') if '/' not in str(order.get('attempt')) else 'x'}", json=order
    )

    assert answer.status_code == 422, answer.text
    body = answer.json()
    assert detail in body["detail"]
    assert any(f"{e['pointer']} {e['detail']}".startswith(detail) for e in body["errors"])
    assert host.books(order) == []


def test_no_two_malformed_orders_get_the_same_answer():
    assert len({detail for _, _, _, detail in BAD}) == len(BAD)


def test_all_mistakes_are_said_at_once_and_no_credential_is_repeated(host: HostClient):
    order = host.order(width=1, seed=-5)
    order["report"]["secret"] = "too-short-this"
    order["outputs"][0]["url"] = "ftp://x?Signature=credential"
    answer = host.put(order)

    pointers = {e["pointer"] for e in answer.json()["errors"]}
    assert pointers == {"/report/secret", "/outputs/0/url", "/params/width", "/params/seed"}
    assert "too-short-this" not in answer.text
    assert "credential" not in answer.text


def test_an_attempt_that_is_not_the_one_in_the_path_is_refused(host: HostClient):
    order = host.order()
    answer = host.http.put("/v1/renders/another", json=order)
    assert answer.status_code == 422
    assert "they must agree" in answer.json()["detail"]


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe"])
def test_a_body_that_is_not_json_is_refused(host: HostClient, raw: bytes):
    answer = host.http.put("/v1/renders/x", content=raw)
    assert (answer.status_code, answer.json()["type"]) == (422, "/v1/errors/not-json")


def test_a_body_without_end_is_refused_early(host: HostClient):
    answer = host.http.put("/v1/renders/x", content=json.dumps({"attempt": "x" * 300_000}))
    assert answer.status_code == 413


def test_parameters_that_are_null_count_as_absent(host: HostClient):
    order = host.order(factor=None)
    order["params"]["model"] = None
    assert host.render(order)["kind"] == "succeeded"
