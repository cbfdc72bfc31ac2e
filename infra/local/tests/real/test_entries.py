"""An entry at a real Directus: its webhook is one job, the picture goes into that very entry, and word of that is none."""

import json
import urllib.request

import cms
import inbound


def answers(run: dict) -> list[tuple]:
    """What Galley said to each of the two times that Directus told it."""
    told = [run[name] for name in ("told_1", "told_2")]
    return [(one["status"], one["data"]["matches"], one["data"]["job"]) for one in told]


def jobs(world) -> list[str]:
    return [json.loads(line)["id"] for line in world.run("galley list --json").splitlines()]


def picture(directus: dict, image: dict) -> bytes:
    request = urllib.request.Request(f"{directus['site']}/assets/{image['id']}", headers={"Authorization": f"Bearer {directus['token']}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.headers["Content-Type"] == image["type"]
        return answer.read()


def test_an_entry_gets_its_picture_once_and_word_of_that_makes_no_second_job(world, servers, flow):
    directus = servers[0]
    entry = inbound.write(directus, title="A kettle, \"singing\"", summary="It is on the hob.")
    (first, again), = [answers(run) for run in flow(1)]
    assert (first[:2], again) == ((202, True), (200, True, first[2])), "the same delivery again is the job that is there"
    world.ends(first[2], "succeeded")
    there = inbound.read(directus, entry)
    assert (there["title"], there["summary"], there["status"]) == ('A kettle, "singing"', "It is on the hob.", "published")
    assert there["image"]["description"] == 'A kettle, "singing"'
    assert picture(directus, there["image"])[:8] == b"\x89PNG\r\n\x1a\n"

    # Directus tells of our change, twice.
    ours = flow(2)[1]
    assert ours["change"]["payload"] == {"image": there["image"]["id"]} and ours["change"]["keys"] == [entry]
    assert answers(ours) == [(200, False, None)] * 2
    assert [miss["detail"] for miss in ours["told_1"]["data"]["misses"]] == [f"Galley itself wrote that into {entry}: it fires no trigger"]
    assert jobs(world) == [first[2]]

    # People change the words, and our picture is still there.
    cms.ask(cms.operator(directus), "PATCH", f"/items/articles/{entry}", {"title": "A kettle, silent"})
    (second, again) = answers(flow(3)[2])
    assert (second[:2], again) == ((202, True), (200, True, second[2])) and second[2] != first[2]
    world.ends(second[2], "succeeded")
    assert answers(flow(4)[3]) == [(200, False, None)] * 2
    assert sorted(jobs(world)) == sorted([first[2], second[2]])
    changed = inbound.read(directus, entry)
    assert (changed["title"], changed["image"]["description"]) == ("A kettle, silent", "A kettle, silent")
    assert changed["image"]["id"] != there["image"]["id"]

    # Our picture is in their entry: only they can take it out, and that is told.
    asset = next(one["id"] for one in json.loads(world.run(f"galley get {second[2]} --json"))["assets"] if one["step"] == "generate")
    taken = json.loads(world.run(f"galley takedown {asset} --reason 'a likeness' --json", fine=(1,)))
    page = f"{directus['site']}/admin/content/articles/{entry}"
    why = f"entry {entry} stays, and the picture in it is to go by hand: open {page} with the account of connection here-blog, and delete it there"
    assert [(place["target"], place["state"], place["detail"]) for place in taken["places"]] == [("directus", "cannot", why)]
    assert inbound.read(directus, entry)["image"]["id"] == changed["image"]["id"]
