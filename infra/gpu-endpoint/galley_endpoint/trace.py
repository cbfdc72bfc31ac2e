"""W3C trace context: a render is a child span of the call that started it."""

import re
import secrets
from dataclasses import dataclass

_SHAPE = re.compile(r"^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$")


@dataclass(frozen=True)
class Span:
    """One span: whose trace it belongs to, its own id and its parent's."""

    trace_id: str
    span_id: str
    parent_id: str
    flags: str

    @property
    def traceparent(self) -> str:
        """The header that names this span as the parent of what comes next."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"

    @property
    def fields(self) -> dict[str, str]:
        """The span as log fields."""
        return {"trace_id": self.trace_id, "span_id": self.span_id, "parent_span_id": self.parent_id}


def child_of(traceparent: str) -> Span:
    """A span below the caller's, or the root of a new trace if the header is missing or malformed."""
    match = _SHAPE.match(traceparent.strip().lower())
    if match is None or set(match[1]) == {"0"} or set(match[2]) == {"0"}:
        return Span(secrets.token_hex(16), secrets.token_hex(8), "", "01")
    return Span(match[1], secrets.token_hex(8), match[2], match[3])
