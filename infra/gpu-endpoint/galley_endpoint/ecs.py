"""On ECS a host learns its id and its address from the task it is."""

from dataclasses import replace

import httpx

from .settings import Settings


async def discover(settings: Settings, client: httpx.AsyncClient) -> Settings:
    """The settings with the task's own id and private address, where the environment gave no address."""
    if not settings.ecs_metadata:
        return settings
    answer = await client.get(f"{settings.ecs_metadata}/task", timeout=5)
    answer.raise_for_status()
    task = answer.json()
    address = task["Containers"][0]["Networks"][0]["IPv4Addresses"][0]
    host_id = str(task["TaskARN"]).rsplit("/", 1)[-1]
    return replace(settings, host_id=host_id, address=f"http://{address}:{settings.port}", ecs_metadata="")
