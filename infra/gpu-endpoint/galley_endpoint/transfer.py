"""Bytes between the host and S3, by presigned URL. Both directions may be repeated: GET and PUT are idempotent."""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import httpx

from .errors import Failure

T = TypeVar("T")

TRIES = 4
FIRST_WAIT_S = 0.2


class _Again(Exception):
    """This try failed in a way that the next may not."""


async def fetch(client: httpx.AsyncClient, url: str, sha256: str | None, max_bytes: int) -> bytes:
    """Reads an input of at most `max_bytes` and checks its hash if one is given."""

    async def once() -> bytes:
        async with client.stream("GET", url) as answer:
            _raise_for(answer.status_code, "input")
            chunks, size = [], 0
            async for chunk in answer.aiter_bytes():
                size += len(chunk)
                if size > max_bytes:
                    raise Failure(
                        "input_too_large", f"the input is larger than the limit of {max_bytes} bytes", retryable=False
                    )
                chunks.append(chunk)
            return b"".join(chunks)

    data = await _retried(once, "input")
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256.lower():
        raise Failure("input_changed", "the input's SHA-256 is not the one that was ordered", retryable=False)
    return data


async def store(client: httpx.AsyncClient, url: str, headers: Mapping[str, str], media_type: str, data: bytes) -> None:
    """Writes an output with the headers that its URL was signed with."""
    sent = dict(headers)
    if "content-type" not in (name.lower() for name in sent):
        sent["Content-Type"] = media_type

    async def once() -> None:
        answer = await client.put(url, headers=sent, content=data)
        # 412 answers `If-None-Match: *`: a try whose answer was lost has already written it.
        if answer.status_code != 412:
            _raise_for(answer.status_code, "output")

    await _retried(once, "output")


def _raise_for(status: int, what: str) -> None:
    if 200 <= status < 300:
        return
    if status in (401, 403):
        raise Failure(f"{what}_url_expired", f"the {what}'s URL was refused with {status}: expired?", retryable=True)
    if status in (408, 429) or status >= 500:
        raise _Again(f"the {what}'s URL answered {status}")
    raise Failure(f"{what}_refused", f"the {what}'s URL answered {status}", retryable=False)


async def _retried(once: Callable[[], Awaitable[T]], what: str) -> T:
    wait = FIRST_WAIT_S
    for left in reversed(range(TRIES)):
        try:
            return await once()
        except (_Again, httpx.TransportError) as error:
            if left == 0:
                cause = str(error) or type(error).__name__
                raise Failure(
                    f"{what}_unreachable", f"given up after {TRIES} tries: {cause}", retryable=True
                ) from error
        await asyncio.sleep(wait * random.uniform(0.5, 1.0))
        wait *= 2
    raise AssertionError("unreachable")
