"""The signature on a report, and the comparison of keys."""

import hashlib
import hmac


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """The value of `Galley-Signature` for a raw body sent at `timestamp`."""
    message = str(timestamp).encode() + b"." + body
    return "v1=" + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def same_key(given: str, expected: str) -> bool:
    """Compares two keys in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode(), expected.encode())
