"""A host as a process: registered, renewed, drained by a signal, gone."""

import asyncio
import json
import signal
import subprocess
import sys

import httpx
import pytest

from galley_endpoint import backends, ecs, host
from galley_endpoint.errors import Problem
from galley_endpoint.renders import Renders
from galley_endpoint.settings import Settings

from .conftest import KEY, ROOT, HostClient, log_lines
from .world import World, until

STATES = ("PUT ready", "PUT draining", "DELETE")


def calls(world: World) -> list[str]:
    """Registrations as short words."""
    return [f"{method} {body.get('state', '')}".strip() for method, _, body, _ in world.registrations]


def test_a_host_registers_what_it_is(process: HostClient, world: World):
    method, path, body, key = world.registrations[0]
    assert (method, path, key) == ("PUT", "/v1/hosts/host-p", f"Bearer {KEY}")
    assert body == {
        "host": "host-p",
        "address": process.url,
        "slots": 2,
        "models": ["sketch-1"],
        "kinds": ["audio.generate", "image.generate", "image.remove_background", "image.upscale", "video.generate"],
        "usd_per_slot_second": 0.0004,
        "state": "ready",
        "renew_s": 30,
        "boot": body["boot"],
        "ahead": True,
    }
    assert len(body["boot"]) == 32, "tells this process from the next"
    assert process.http.get("/ready").status_code == 200, "it serves by the time it registers"


def test_a_signal_drains_and_what_runs_is_finished_and_reported(process: HostClient, world: World):
    running = process.order(test={"seconds": 2.0})
    process.put(running)
    process.process.send_signal(signal.SIGTERM)
    until(lambda: "PUT draining" in calls(world))

    assert process.http.get("/ready").json()["state"] == "draining"
    refused = process.put(process.order())
    assert (refused.status_code, refused.json()["type"]) == (503, "/v1/errors/draining")
    assert process.put(running).status_code == 200, "attaching is not new work"

    output, _ = process.process.communicate(timeout=20)
    assert process.process.returncode == 0
    assert world.kinds(running["attempt"])[-1] == "succeeded"
    assert f"/out/{running['attempt']}" in world.objects
    assert calls(world) == list(STATES)
    messages = [line["message"] for line in log_lines(output)]
    assert messages.index("host.signalled") < messages.index("render.succeeded") < messages.index("host.gone")


def test_an_idle_host_is_gone_at_once(process: HostClient, world: World):
    process.process.send_signal(signal.SIGTERM)
    process.process.communicate(timeout=10)
    assert process.process.returncode == 0
    assert calls(world)[-1] == "DELETE"


def test_a_drain_waits_until_the_last_report_is_taken(process: HostClient, world: World):
    order = process.order(test={"seconds": 0.5})
    world.answers[f"/v1/reports/{order['attempt']}"] = [503, 503, 503]
    process.put(order)
    process.process.send_signal(signal.SIGTERM)
    process.process.communicate(timeout=20)
    assert process.process.returncode == 0
    assert world.kinds(order["attempt"]).count("succeeded") >= 2


def test_logs_are_json_with_the_trace_and_without_credentials(process: HostClient, world: World):
    order = process.order()
    order["outputs"][0]["url"] += "?X-Amz-Signature=credential"
    process.put(order, traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    world.end(order["attempt"])
    process.process.send_signal(signal.SIGTERM)
    output, _ = process.process.communicate(timeout=10)

    lines = [line for line in log_lines(output) if line.get("attempt") == order["attempt"]]
    assert [line["message"] for line in lines] == ["render.accepted", "render.succeeded"]
    for line in lines:
        assert line["host"] == "host-p"
        assert line["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
        assert line["parent_span_id"] == "00f067aa0ba902b7"
        assert "job" not in line
    assert "credential" not in output
    assert KEY not in output


def test_a_wrong_environment_ends_the_process_with_the_reason():
    run = subprocess.run(
        [sys.executable, "-m", "galley_endpoint"], cwd=ROOT, env={"GALLEY_SLOTS": "2"}, capture_output=True, text=True
    )
    assert run.returncode == 2
    assert run.stderr == "GALLEY_ENDPOINT_KEY must be set, to 16 characters or more\n"


@pytest.mark.anyio
async def test_a_render_that_outlasts_the_drain_is_handed_over(world: World):
    settings = Settings(endpoint_key=KEY, host_id="h", address="http://h", test_faults=True)
    async with httpx.AsyncClient(trust_env=False) as client:
        renders = Renders(settings, backends.load("sketch"), client)
        order = HostClient("http://unused", world).order(test={"seconds": 60})
        renders.start(order["attempt"], order, "")
        await renders.drain(0.3)
        await renders.delivered(5)
    end = world.end(order["attempt"])
    assert (end["kind"], end["error"]["code"], end["error"]["retryable"]) == ("failed", "host_drained", True)


@pytest.mark.anyio
async def test_registration_is_renewed_and_survives_a_callback_that_is_away(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(host, "FIRST_WAIT_S", 0.02)
    monkeypatch.setattr(host, "_sensible", lambda answer, default: 0.05 if answer == {"renew_s": 30} else default)
    world.answers["/v1/hosts/h"] = [503, 500]
    settings = Settings(endpoint_key=KEY, host_id="h", address="http://h", callback_url=world.url)
    async with httpx.AsyncClient(trust_env=False) as client:
        here = host.Host(settings, client)
        here.register(backends.load("sketch").models)
        await asyncio.to_thread(until, lambda: len(world.registrations) >= 3)
        await here.leave()
    assert world.puts.count("/v1/hosts/h") >= 5
    assert calls(world)[-1] == "DELETE"


@pytest.mark.anyio
async def test_a_host_that_is_loading_its_models_lives_but_takes_nothing(world: World):
    settings = Settings(endpoint_key=KEY, host_id="h", address="http://h")
    async with httpx.AsyncClient(trust_env=False) as client:
        renders = Renders(settings, None, client)
        order = HostClient("http://unused", world).order()
        assert renders.state == "loading"
        with pytest.raises(Problem) as refused:
            renders.start(order["attempt"], order, "")
        assert (refused.value.status, refused.value.body["type"]) == (503, "/v1/errors/loading")
        renders.backend = backends.load("sketch")
        assert renders.state == "ready"


@pytest.mark.anyio
async def test_on_ecs_a_host_learns_its_name_and_address_from_its_task(world: World):
    task = {
        "TaskARN": "arn:aws:ecs:eu-central-1:111122223333:task/galley-gpu/0f9de17a6465404e8b1b2356dc13c2f8",
        "Containers": [{"Networks": [{"NetworkMode": "awsvpc", "IPv4Addresses": ["10.0.2.106"]}]}],
    }
    world.objects["/v4/abc/task"] = json.dumps(task).encode()
    env = {"GALLEY_ENDPOINT_KEY": KEY, "ECS_CONTAINER_METADATA_URI_V4": f"{world.url}/v4/abc", "GALLEY_PORT": "8080"}
    async with httpx.AsyncClient(trust_env=False) as client:
        settings = await ecs.discover(Settings.from_env(env), client)
    assert settings.host_id == "0f9de17a6465404e8b1b2356dc13c2f8"
    assert settings.address == "http://10.0.2.106:8080"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
