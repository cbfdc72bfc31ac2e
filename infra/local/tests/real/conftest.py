"""The stack that is up, the real servers beside it, and a tenant with an account at each."""

import json
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "deployed"))

import cms
import inbound
import places
from faults import World


@pytest.fixture(scope="session")
def servers():
    """Directus, and the server of Bluesky's protocol."""
    return cms.known(places.home())


@pytest.fixture
def world(servers):
    """A tenant of its own, whose posts go to the accounts of both."""
    directus, pds = servers
    world = World()
    connect(world, "here-blog", "directus", {"token": directus["token"]}, site=directus["site"], page=f"{directus['site']}/admin/content/articles/{{id}}")
    connect(world, "here-brand", "bluesky", {"password": pds["app_password"]}, site=pds["site"], identifier=pds["who"])
    assert world.run("galley connections test here-brand") == f"here-brand opens @{pds['who']}\n"
    return world


def connect(world: World, name: str, kind: str, secret: dict, **settings: str) -> None:
    told = " ".join(f"--set '{key}={value}'" for key, value in settings.items())
    world.run(f"printf '%s' '{json.dumps(secret)}' | galley connections put {name} --kind {kind} {told}")


@pytest.fixture
def flow(world, servers):
    """A flow at Directus that tells the tenant's trigger everything twice; what it did, in order."""
    world.run("galley pipelines push infra/local/cms/entry-here.yaml")
    hook = json.loads(world.run("galley triggers put infra/local/cms/entry-here-trigger.yaml --json"))
    made = inbound.flow(servers[0], world.stack["api_url"] + hook["url"], hook["secret"], times=2)
    yield lambda count: world.until(f"the flow ran {count} times", lambda: len(done := inbound.runs(servers[0], made)) >= count and done, 40)
    cms.ask(cms.operator(servers[0]), "DELETE", f"/flows/{made}")
