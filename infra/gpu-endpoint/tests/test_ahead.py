"""Orders that come ahead: a slot is not idle while Galley looks for its next render."""

from datetime import datetime

from .conftest import HostClient, in_thread
from .world import World, until


def _ending(host: HostClient, **params) -> dict:
    order = host.order(**params)
    order["report"]["ending"] = True
    return order


def _at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_a_render_that_is_ending_says_so_once_and_only_where_it_is_asked_to(world: World):
    for host in in_thread(world, slots=1):
        plain, asked = host.order(test={"seconds": 1.2}), _ending(host, test={"seconds": 1.2})
        host.render(plain)
        host.render(asked)
        assert "ending" not in world.kinds(plain["attempt"])
        assert world.kinds(asked["attempt"]).count("ending") == 1
        [report] = [r.body for r in world.reports_of(asked["attempt"]) if r.body["kind"] == "ending"]
        assert 0.4 < report["fraction"] < 1


def test_one_order_ahead_is_taken_and_begins_when_the_slot_is_free(world: World):
    for host in in_thread(world, slots=1):
        first, second, third = _ending(host, test={"seconds": 1.5}), host.order(test={"seconds": 0.3}), host.order()
        assert host.put(first).status_code == 202
        assert host.put(second).status_code == 409, "it is not ending yet"
        until(lambda: "ending" in world.kinds(first["attempt"]))
        assert host.put(second).status_code == 202
        assert host.put(third).status_code == 409, "one order for one slot"
        assert world.end(first["attempt"])["kind"] == "succeeded"
        end = world.end(second["attempt"])
        assert end["kind"] == "succeeded"
        assert end["slot_seconds"] < 1, "what it waited for is not its own"
        [one] = host.books(first)
        [two] = host.books(second)
        assert _at(two["started"]) - _at(one["ended"]) < 0.05
        assert _at(one["started"]) + 1.4 < _at(two["started"]), "two renders in one slot"


def test_an_order_ahead_can_be_canceled_and_the_slot_goes_on(world: World):
    for host in in_thread(world, slots=1):
        first, second = _ending(host, test={"seconds": 1.5}), host.order(test={"seconds": 30})
        host.put(first)
        until(lambda: "ending" in world.kinds(first["attempt"]))
        host.put(second)
        host.http.post(f"/v1/renders/{second['attempt']}/cancel")
        assert world.end(second["attempt"])["kind"] == "canceled"
        assert world.end(first["attempt"])["kind"] == "succeeded"
        assert host.render(host.order())["kind"] == "succeeded"
