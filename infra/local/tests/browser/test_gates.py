"""How good the gates are, in a real browser: charts, tables and what other thresholds would have done."""

import random
import time

from callers import tenant
from conftest import SHOTS
from faults import World
from visitors import Visitor

POLICY = """
name: brand
owner: design@example.com
criteria:
  sharp: { evaluator: technical }
  look: { evaluator: judge, with: { model: chat/gpt-5-mini, rubric: one clear subject } }
sample: 2 %
"""
DAY_MS = 86_400_000


def judged(caller) -> None:
    """Some four hundred verdicts of a fortnight; today's model passes less than it did."""
    world, chance, now = World(), random.Random(7), int(time.time() * 1000)
    for n in range(400):
        at = now - (n * 14 * DAY_MS) // 400 - 1_000 if n < 370 else now - n
        score = round(min(1, max(0, chance.gauss(0.55 if 370 <= n else 0.88, 0.12))), 2)
        said = "pass" if 0.8 <= score else "fail" if score < 0.4 else "doubtful"
        verdict = {"pass": "pass", "fail": "fail", "doubtful": "review"}[said]
        review = f"j01hf7yat{n:04d}1c70w3gh0s6r2w.good.1"
        row = {
            "pk": f"VERDICTS#{caller.name}#brand", "sk": f"{at:015d}#{review}", "id": review, "at": at, "version": 1 if at < now - 7 * DAY_MS else 2,
            "verdict": verdict, "sampled": verdict == "pass" and n % 40 == 0, "planted": n % 97 == 5, "score": score, "made_by": ["fal/flux-dev (flux-2026-10)"],
            "criteria": {
                "sharp": {"said": "pass", "score": 1, "by": "technical 1"},
                "look": {"said": said, "score": score, "by": "chat/gpt-5-mini (gpt-5-mini-2026-08-07)", "thresholds": [0.8, 0.4]},
            },
            "expires_at": now // 1000 + 86_400,
        }
        if verdict == "review" or row["sampled"] or row["planted"]:
            word = {"by": chance.choice(["mia@example.com", "bo@example.com"]), "decision": "approve" if chance.random() < score else "reject", "at": at + 60_000}
            word["since"] = word["at"] - (900 if n % 50 == 1 else chance.randrange(3_000, 40_000))
            row["people"] = {"decision": word["decision"], "words": [word]}
        world.put(row)


def test_the_report_is_seen_at_every_width_with_its_thresholds_open(tab, signed_in, looked, tmp_path):
    caller = tenant("measured")
    (tmp_path / "brand.yaml").write_text(POLICY)
    key = caller.galley("admin", "people", "put", caller.name, "ed", "--role", "editor").strip()
    caller.galley("policies", "put", str(tmp_path / "brand.yaml"), "--key", key)
    judged(caller)
    visitor = Visitor(caller.name, "editor")
    signed_in(visitor, "gates")
    tab.go(f"{visitor.stack['console_url']}/gates?policy=brand")
    assert "400 verdicts" in tab.run("document.querySelector('main').innerText")
    tab.run("document.querySelectorAll('details.more').forEach(it => it.open = true)")
    looked("gates-judged")
    tab.wide(1280, 3200)
    tab.settled()
    tab.shoot(SHOTS / "gates-judged-whole.png")
    assert tab.said() == [], "the page's policy forbids nothing that it needs"
