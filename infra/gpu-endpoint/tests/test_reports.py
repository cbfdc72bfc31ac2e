"""Reports: delivered at least once, in order, no more often than agreed."""

import hashlib
import io
import time

from PIL import Image

from .conftest import SECRET, HostClient
from .world import World, until


def test_a_report_is_repeated_until_it_is_taken(host: HostClient, world: World):
    order = host.order()
    path = f"/v1/reports/{order['attempt']}"
    world.answers[path] = [500, 503, 429, 408]
    host.put(order)
    until(lambda: len(world.reports_of(order["attempt"])) == 5)

    reports = world.reports_of(order["attempt"])
    assert {r.raw for r in reports} == {reports[0].raw}, "a repeated report is the same report"
    assert all(r.signed_with(SECRET) for r in reports)
    assert host.http.get(f"/v1/renders/{order['attempt']}").json()["state"] == "succeeded"


def test_back_off_grows_and_has_jitter(host: HostClient, world: World):
    order = host.order()
    world.answers[f"/v1/reports/{order['attempt']}"] = [500] * 3
    host.put(order)
    until(lambda: len(world.reports_of(order["attempt"])) == 4)
    at = [r.at for r in world.reports_of(order["attempt"])]
    gaps = [later - earlier for earlier, later in zip(at, at[1:], strict=False)]
    assert 0.1 < gaps[0] < 0.6
    assert gaps[2] > gaps[0]


def test_a_refused_report_is_given_up_and_the_next_has_the_next_number(host: HostClient, world: World):
    order = host.order(test={"seconds": 0.7})
    world.answers[f"/v1/reports/{order['attempt']}"] = [404]
    host.put(order)
    assert world.end(order["attempt"])["kind"] == "succeeded"
    numbers = [r.body["seq"] for r in world.reports_of(order["attempt"])]
    assert numbers == list(range(1, len(numbers) + 1))


def test_progress_rises_and_comes_no_more_often_than_agreed(host: HostClient, world: World):
    order = host.order(test={"seconds": 1.5})
    host.render(order)
    progress = [r for r in world.reports_of(order["attempt"]) if r.body["kind"] == "progress"]
    fractions = [r.body["fraction"] for r in progress]
    assert fractions == sorted(fractions)
    assert len(progress) <= 1.5 / 0.2 + 1, "these hosts report at most every 0.2 s"
    assert all(0 < f <= 1 for f in fractions)
    assert all(r.body["slot_seconds"] > 0 for r in progress)


def test_a_render_shorter_than_the_interval_reports_only_its_end(world: World):
    from .conftest import in_thread

    for host in in_thread(world, progress_s=30.0):
        order = host.order()
        host.render(order)
        assert world.kinds(order["attempt"]) == ["succeeded"]


def test_a_silent_render_is_reported_alive(host: HostClient, world: World):
    order = host.order(test={"stall_after": 0.3})
    host.put(order)
    until(lambda: world.kinds(order["attempt"]).count("alive") >= 2)
    host.http.post(f"/v1/renders/{order['attempt']}/cancel")
    assert world.end(order["attempt"])["kind"] == "canceled"


def test_a_preview_is_stored_before_it_is_reported(host: HostClient, world: World):
    order = host.order(preview=True, test={"seconds": 0.6})
    host.render(order)
    previews = [r.body for r in world.reports_of(order["attempt"]) if r.body["kind"] == "preview"]
    assert previews
    stored = world.objects[f"/preview/{order['attempt']}"]
    assert previews[-1]["outputs"] == [
        {
            "name": "preview",
            "media_type": "image/jpeg",
            "sha256": hashlib.sha256(stored).hexdigest(),
            "bytes": len(stored),
        }
    ]
    picture = Image.open(io.BytesIO(stored))
    assert picture.format == "JPEG"
    assert max(picture.size) <= 384
    kinds = world.kinds(order["attempt"])
    assert kinds.index("preview") < kinds.index("succeeded")


def test_a_preview_that_cannot_be_stored_costs_nothing(host: HostClient, world: World):
    order = host.order(preview=True)
    world.answers[f"/preview/{order['attempt']}"] = [403]
    assert host.render(order)["kind"] == "succeeded"


def test_no_preview_is_made_where_none_is_wanted(host: HostClient, world: World):
    order = host.order(preview=True)
    order["params"]["preview"] = False
    host.render(order)
    assert "preview" not in world.kinds(order["attempt"])
    assert f"/preview/{order['attempt']}" not in world.objects


def test_the_end_of_a_render_does_not_wait_out_a_long_back_off(host: HostClient, world: World):
    order = host.order(test={"seconds": 2.5})
    # Progress begins to fail at once: by the end its back-off has grown to seconds.
    world.answers[f"/v1/reports/{order['attempt']}"] = [500] * 4
    host.put(order)
    until(lambda: host.http.get(f"/v1/renders/{order['attempt']}").json()["state"] == "succeeded")
    ended = time.monotonic()
    world.end(order["attempt"])
    assert time.monotonic() - ended < 1
