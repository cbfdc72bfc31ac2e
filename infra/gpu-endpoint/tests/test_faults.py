"""Faults: those that happen, and those that tests ask for."""

import socket

import pytest

from galley_endpoint.backends import sketch
from galley_endpoint.settings import Settings, SettingsError

from .conftest import KEY, HostClient, in_thread
from .world import World, until


def test_a_stalled_render_is_ended_by_its_host(host: HostClient, world: World):
    order = host.order(test={"stall_after": 0.4})
    order["stall_s"] = 0.6
    end = host.render(order)
    assert end["kind"] == "failed"
    assert end["error"] == {"code": "stalled", "message": "no progress for 0.6 s", "retryable": True}
    assert end["fraction"] == 0.4


def test_a_render_that_is_late_is_ended_at_its_deadline(host: HostClient, world: World):
    order = host.order(test={"seconds": 30})
    order["deadline_s"] = 0.6
    end = host.render(order)
    assert end["error"]["code"] == "deadline"
    assert end["error"]["retryable"] is False


def test_a_fault_fails_with_its_code_on_the_hosts_it_names(host: HostClient):
    everywhere = host.render(host.order(test={"fail": "out_of_memory"}))
    here = host.render(host.order(test={"fail": "broken", "fail_hosts": ["host-1", "host-2"]}))
    elsewhere = host.render(host.order(test={"fail": "broken", "fail_hosts": ["host-2"]}))
    assert everywhere["error"]["code"] == "out_of_memory"
    assert here["error"]["code"] == "broken"
    assert elsewhere["kind"] == "succeeded"


def test_a_render_that_never_reports_still_renders(host: HostClient, world: World):
    order = host.order(preview=True, test={"never_report": True, "seconds": 0.5})
    host.put(order)
    until(lambda: host.http.get(f"/v1/renders/{order['attempt']}").json()["state"] == "succeeded")
    assert f"/out/{order['attempt']}" in world.objects
    assert world.reports_of(order["attempt"]) == []


def test_a_silent_fault_reports_the_end_alone(host: HostClient, world: World):
    order = host.order(preview=True, test={"silent": True, "seconds": 0.9})
    host.render(order)
    assert world.kinds(order["attempt"]) == ["succeeded"]


def test_duplicate_reports_carry_the_same_number(host: HostClient, world: World):
    order = host.order(test={"duplicate_reports": True, "seconds": 0.7})
    host.render(order)
    until(lambda: world.kinds(order["attempt"]).count("succeeded") == 2)
    reports = world.reports_of(order["attempt"])
    numbers = [r.body["seq"] for r in reports]
    assert numbers == sorted(list(range(1, max(numbers) + 1)) * 2)
    assert reports[-1].raw == reports[-2].raw


def test_seconds_are_the_least_that_a_render_lasts(host: HostClient):
    assert host.render(host.order(test={"seconds": 0.8}))["slot_seconds"] >= 0.8


def test_a_host_without_the_switch_knows_neither_faults_nor_books(world: World):
    for host in in_thread(world, test_faults=False):
        answer = host.put(host.order(test={"seconds": 1}))
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/params/test"
        assert host.http.get("/v1/test/books").status_code == 404


def test_a_crash_of_one_render_is_one_failed_report(host: HostClient, world: World, monkeypatch: pytest.MonkeyPatch):
    def explode(*_: object) -> None:
        raise ZeroDivisionError("a secret detail")

    with monkeypatch.context() as patch:
        patch.setattr(sketch, "generate", explode)
        end = host.render(host.order())
    assert end["error"] == {"code": "crashed", "message": "the render crashed: ZeroDivisionError", "retryable": True}
    assert host.render(host.order())["kind"] == "succeeded", "the slot is free and the host lives"


def test_a_lack_of_memory_is_said_as_such(host: HostClient, monkeypatch: pytest.MonkeyPatch):
    def starve(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(sketch, "generate", starve)
    assert host.render(host.order())["error"]["code"] == "out_of_memory"


def test_what_ended_is_remembered_for_a_time_and_to_a_number(one_slot: HostClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("galley_endpoint.renders.REMEMBERED", 2)
    orders = [one_slot.order() for _ in range(4)]
    for order in orders:
        one_slot.render(order)
    statuses = [one_slot.http.get(f"/v1/renders/{o['attempt']}").status_code for o in orders]
    assert statuses == [404, 404, 200, 200]

    monkeypatch.setattr("galley_endpoint.renders.REMEMBERED_S", 0.0)
    assert one_slot.http.get(f"/v1/renders/{orders[3]['attempt']}").status_code == 404


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({}, "GALLEY_ENDPOINT_KEY must be set"),
        ({"GALLEY_ENDPOINT_KEY": "short"}, "16 characters or more"),
        ({"GALLEY_ENDPOINT_KEY": KEY, "GALLEY_SLOTS": "0"}, "GALLEY_SLOTS is 0; it must be 1 or more"),
        ({"GALLEY_ENDPOINT_KEY": KEY, "GALLEY_PORT": "http"}, "GALLEY_PORT is 'http'; it must be a number"),
        ({"GALLEY_ENDPOINT_KEY": KEY, "GALLEY_BACKEND": "dall-e"}, "it can be sketch or diffusers"),
        ({"GALLEY_ENDPOINT_KEY": KEY, "GALLEY_BACKEND": "diffusers", "GALLEY_TEST_FAULTS": "1"}, "sketch only"),
    ],
)
def test_a_wrong_environment_is_named(env: dict, said: str):
    with pytest.raises(SettingsError, match=said.replace("?", r"\?")):
        Settings.from_env(env)


def test_a_connection_that_breaks_off_hurts_nobody(host: HostClient):
    address = ("127.0.0.1", int(host.url.rsplit(":", 1)[1]))
    for sent in (b"", b"PUT /v1/ren", b"PUT /v1/renders/x HTTP/1.1\r\nContent-Length: 500\r\n\r\n{", b"\x16\x03\x01"):
        with socket.create_connection(address) as hasty:
            hasty.sendall(sent)
    assert host.http.get("/ping").status_code == 200
