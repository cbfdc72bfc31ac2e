"""The state machine, walked with scripted outcomes: its expressions are evaluated, its services are not called."""

import json

import jsonata
import pytest

PLAN = ("lane", "lane", "lane", "gate", "publish")
HERO = ("lane", "lane", "lane", "gate", "step", "publish")


class Walk:
    """One execution. `answer(payload)` gives each call's outcome, or raises to fail it."""

    def __init__(self, machine: dict, waves, answer, **changed):
        self.machine, self.answer = machine, answer
        waves = [{"fn": w.split("*")[0], "n": int((w + "*1").split("*")[1])} for w in waves]
        self.given = {"job": "j1", "run": 1, "round": 1, "from": 0, "event": 1, "traceparent": "00-aa-bb-01", "waves": waves} | changed
        self.entered, self.calls, self.settled, self.largest = [], [], None, 0
        name, value = machine["StartAt"], self.given
        while name:
            self.entered.append(name)
            self.largest = max(self.largest, len(json.dumps(value)))
            name, value = self.step(name, machine["States"][name], value)
        self.output = value

    def evaluate(self, value, **states):
        if isinstance(value, dict):
            return {k: self.evaluate(v, **states) for k, v in value.items()}
        if not (isinstance(value, str) and value.startswith("{%")):
            return value
        states.setdefault("context", {})
        context = {"Execution": {"Input": self.given}, "Task": {"Token": "token"}} | states["context"]
        expression = jsonata.Jsonata(value[2:-2])
        frame = expression.create_frame()
        frame.bind("states", states | {"context": context})
        return expression.evaluate({}, frame)

    def step(self, name, state, value):
        if state["Type"] == "Choice":
            taken = [c for c in state["Choices"] if self.evaluate(c["Condition"], input=value) is True]
            return (taken[0]["Next"] if taken else state["Default"]), value
        if state["Type"] in ("Fail", "Pass"):
            return state.get("Next"), {"error": state["Error"]} if "Error" in state else value
        try:
            result = self.map(state, value) if state["Type"] == "Map" else self.call(name, state, value)
        except Exception as failure:
            error = str(failure)
            catch = next(c for c in state["Catch"] if c["ErrorEquals"][0] in (error, "States.ALL"))
            return catch["Next"], self.evaluate(catch["Output"], input=value, errorOutput={"Error": error})
        output = self.evaluate(state["Output"], input=value, result=result) if "Output" in state else result
        return state.get("Next"), output

    def call(self, name, state, value):
        arguments = self.evaluate(state["Arguments"], input=value)
        payload = arguments.get("Payload") or arguments["MessageBody"]
        self.largest = max(self.largest, len(json.dumps(payload)))
        if name == "Settle":
            self.settled = payload
        else:
            self.calls.append((name, payload))
        outcome = self.answer(payload)
        return {"Payload": outcome} if "Payload" in arguments else outcome

    def map(self, state, value):
        results = []
        for item in self.evaluate(state["Items"], input=value):
            selected = self.evaluate(state["ItemSelector"], input=value, context={"Map": {"Item": {"Value": item}}})
            name = state["ItemProcessor"]["StartAt"]
            while name:
                self.entered.append(name)
                name, selected = self.step(name, state["ItemProcessor"]["States"][name], selected)
            results.append(selected)
        return results


def ok(payload):
    return {"ok": True, "event": payload.get("event", 0) + 2}


def test_the_reference_job_takes_twelve_transitions_and_the_hero_fourteen(machine):
    assert len(Walk(machine, PLAN, ok).entered) == 12
    assert len(Walk(machine, HERO, ok).entered) == 14


def test_every_call_knows_its_place_and_the_last_event(machine):
    walk = Walk(machine, HERO, ok)
    for wave, (name, payload) in enumerate(walk.calls):
        token = {"token": "token", "v": 2} if name == "Lane" else {}
        assert payload == {"job": "j1", "run": 1, "round": 1, "wave": wave, "item": 0, "event": 1 + 2 * wave, "traceparent": "00-aa-bb-01"} | token
    assert walk.settled == {"job": "j1", "run": 1, "round": 1, "end": "succeeded", "event": 13, "traceparent": "00-aa-bb-01"}


def test_a_wave_of_several_runs_each_item_and_remembers_the_newest_event(machine):
    walk = Walk(machine, ("lane*3", "step*2", "publish"), lambda p: {"ok": True, "event": 10 + p.get("item", 0)})
    assert [(n, p["item"]) for n, p in walk.calls] == [("LaneItem", 0), ("LaneItem", 1), ("LaneItem", 2), ("StepItem", 0), ("StepItem", 1), ("Publish", 0)]
    assert [p["event"] for n, p in walk.calls] == [1, 1, 1, 12, 12, 11]


def test_an_end_goes_straight_to_settle(machine):
    walk = Walk(machine, PLAN, lambda p: {"end": "rejected", "event": 9} if p.get("wave") == 3 else {"ok": True})
    assert walk.settled["end"] == "rejected" and walk.settled["event"] == 9
    assert "Publish" not in walk.entered


def test_in_a_wave_of_several_an_end_outweighs_a_goto_and_cuts_nobody_off(machine):
    answers = [{"goto": 0, "round": 2}, {"end": "failed"}, {"ok": True}]
    walk = Walk(machine, ("lane*3", "publish"), lambda p: answers[p["item"]] if "item" in p else {})
    assert len(walk.calls) == 3 and walk.settled["end"] == "failed"


def test_a_gate_sends_the_flow_back_in_a_new_round(machine):
    walk = Walk(machine, PLAN, lambda p: {"goto": 0, "round": 2} if (p.get("wave"), p["round"]) == (3, 1) else {"ok": True})
    assert [p["wave"] for _, p in walk.calls] == [0, 1, 2, 3, 0, 1, 2, 3, 4]
    assert [p["round"] for _, p in walk.calls] == [1] * 4 + [2] * 5
    assert walk.settled["end"] == "succeeded" and walk.settled["round"] == 2


def test_a_later_run_begins_where_the_first_one_failed(machine):
    walk = Walk(machine, PLAN, ok, run=2, round=4, **{"from": 2})
    assert [p["wave"] for _, p in walk.calls] == [2, 3, 4]
    assert walk.settled["run"] == 2 and walk.settled["round"] == 4


WAVES = ["lane", "lane*2", "step", "step*2", "gate", "publish"]


def losing(answer, error="Lambda.Unknown", items=(0, 1)):
    """Every call of wave 0 fails, or of these items of it; settle says what that means."""

    def lose(payload):
        if "lost" in payload:
            return answer(payload)
        if payload.get("wave") == 0 and payload["item"] in items:
            raise RuntimeError(error)
        return {"ok": True}

    return lose


@pytest.mark.parametrize("wave", WAVES)
def test_of_a_lost_call_settle_hears_which_step_it_was_and_what_happened(machine, wave):
    walk = Walk(machine, (wave, "publish"), losing(lambda p: {"ok": True, "event": 7}))
    lost = [p for _, p in walk.calls if "lost" in p]
    call = {"job": "j1", "run": 1, "round": 1, "wave": 0, "event": 1, "traceparent": "00-aa-bb-01", "lost": "Lambda.Unknown"}
    assert lost == [call | {"item": n} for n in range(2 if "*" in wave else 1)]


@pytest.mark.parametrize("wave", WAVES)
def test_a_step_that_may_be_lost_is_gone_on_without(machine, wave):
    walk = Walk(machine, (wave, "publish"), losing(lambda p: {"ok": True, "event": 7}))
    assert walk.calls[-1][0] == "Publish" and walk.calls[-1][1]["event"] == 7
    assert walk.settled["end"] == "succeeded"


@pytest.mark.parametrize("wave", WAVES)
@pytest.mark.parametrize("end", ["failed", "expired", "canceled"])
def test_a_step_that_may_not_be_lost_ends_the_job_as_settle_says(machine, wave, end):
    walk = Walk(machine, (wave, "publish"), losing(lambda p: {"end": end, "event": 7}))
    assert walk.settled["end"] == end and walk.settled["event"] == 7
    assert sum(p.get("wave") == 1 for _, p in walk.calls) == 0


def test_one_lost_item_cuts_nobody_off(machine):
    for wave in ("lane*3", "step*3"):
        walk = Walk(machine, (wave, "publish"), losing(lambda p: {"end": "failed"}, items=(0,)))
        assert [p["item"] for _, p in walk.calls if "lost" not in p] == [0, 1, 2]
        assert walk.settled["end"] == "failed"


def test_what_was_done_before_its_answer_was_lost_counts(machine):
    answer = lambda p: {"goto": 0, "round": 2, "event": 7} if p["round"] == 1 else {"ok": True}
    walk = Walk(machine, ("lane", "gate"), lambda p: losing(answer)(p | {"wave": 1 - p["wave"]} if "wave" in p else p))
    assert [p["round"] for n, p in walk.calls if n == "Lane"] == [1, 2]


@pytest.mark.parametrize("wave", WAVES)
def test_where_settle_does_not_answer_either_the_job_failed(machine, wave):
    def nobody(payload):
        if "end" in payload:
            return {}
        raise RuntimeError("Lambda.Unknown")

    assert Walk(machine, (wave, "publish"), nobody).settled["end"] == "failed"


def test_a_plan_with_an_unknown_word_fails_the_execution_for_settle_to_see(machine):
    walk = Walk(machine, ("lane", "mystery"), ok)
    assert walk.entered[-1] == "Unsettled" and walk.settled is None


def test_state_stays_under_eight_kilobytes(machine):
    waves = ["lane*40"] * 60
    walk = Walk(machine, waves, lambda p: {"ok": True, "event": 100_000})
    assert walk.largest < 8 * 1024
