"""What a host is told by its environment, read once."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass


class SettingsError(Exception):
    """The environment is incomplete or wrong; the message names the variable."""


@dataclass(frozen=True)
class Settings:
    """One host's configuration. Each field is the variable GALLEY_<FIELD>, except where noted."""

    endpoint_key: str
    host_id: str
    address: str
    """How Galley reaches this host, e.g. http://10.0.3.7:8080."""
    callback_url: str = ""
    """Base of Galley's HTTP API. Empty: the host serves renders but registers nowhere."""
    slots: int = 1
    backend: str = "sketch"
    usd_per_slot_second: float = 0.0004
    port: int = 8080
    bind: str = "127.0.0.1"
    drain_s: float = 90.0
    """How long a drain waits for running renders; with all that follows it stays below the 120 s that ECS grants."""
    max_input_bytes: int = 64 * 1024 * 1024
    max_pixels: int = 50_000_000
    test_faults: bool = False
    renew_s: float = 30.0
    alive_s: float = 4.0
    """Silence after which `alive` is reported; the contract promises 5 s."""
    progress_s: float = 1.0
    """The least time between two progress reports of one attempt."""
    ecs_metadata: str = ""
    """ECS_CONTAINER_METADATA_URI_V4: where a task learns its own id and address."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Reads and checks the environment."""
        port = _number(env, "GALLEY_PORT", 8080, least=1)
        settings = cls(
            endpoint_key=env.get("GALLEY_ENDPOINT_KEY", ""),
            host_id=env.get("GALLEY_HOST_ID") or socket.gethostname(),
            address=(env.get("GALLEY_ADDRESS") or f"http://127.0.0.1:{int(port)}").rstrip("/"),
            callback_url=env.get("GALLEY_CALLBACK_URL", "").rstrip("/"),
            slots=int(_number(env, "GALLEY_SLOTS", 1, least=1)),
            backend=env.get("GALLEY_BACKEND") or "sketch",
            usd_per_slot_second=_number(env, "GALLEY_USD_PER_SLOT_SECOND", 0.0004, least=0),
            port=int(port),
            bind=env.get("GALLEY_BIND") or "127.0.0.1",
            drain_s=_number(env, "GALLEY_DRAIN_S", 90, least=0),
            max_input_bytes=int(_number(env, "GALLEY_MAX_INPUT_BYTES", 64 * 1024 * 1024, least=1)),
            max_pixels=int(_number(env, "GALLEY_MAX_PIXELS", 50_000_000, least=1)),
            test_faults=env.get("GALLEY_TEST_FAULTS") == "1",
            renew_s=_number(env, "GALLEY_RENEW_S", 30, least=0.1),
            ecs_metadata="" if env.get("GALLEY_ADDRESS") else env.get("ECS_CONTAINER_METADATA_URI_V4", ""),
        )
        if len(settings.endpoint_key) < 16:
            raise SettingsError("GALLEY_ENDPOINT_KEY must be set, to 16 characters or more")
        if settings.backend not in ("sketch", "diffusers"):
            raise SettingsError(f"GALLEY_BACKEND is {settings.backend!r}; it can be sketch or diffusers")
        if settings.test_faults and settings.backend != "sketch":
            raise SettingsError("GALLEY_TEST_FAULTS=1 works with GALLEY_BACKEND=sketch only")
        return settings


def _number(env: Mapping[str, str], name: str, default: float, *, least: float) -> float:
    raw = env.get(name)
    if not raw:
        return default
    try:
        value = float(raw)
    except ValueError:
        raise SettingsError(f"{name} is {raw!r}; it must be a number") from None
    if not value >= least:
        raise SettingsError(f"{name} is {raw}; it must be {least} or more")
    return value
