"""What can go wrong with a call (a problem) and with a render (a failure)."""


class Problem(Exception):
    """An answer to an HTTP call that is not done: RFC 9457."""

    def __init__(
        self, status: int, slug: str, title: str, detail: str, errors: list[dict[str, str]] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.body: dict[str, object] = {
            "type": f"/v1/errors/{slug}",
            "title": title,
            "status": status,
            "detail": detail,
        }
        if errors:
            self.body["errors"] = errors


class Failure(Exception):
    """A render that ends without its outputs. `retryable` says whether another try may go better."""

    def __init__(self, code: str, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable

    @property
    def body(self) -> dict[str, object]:
        """The `error` of a `failed` report."""
        return {"code": self.code, "message": self.message, "retryable": self.retryable}


class Halted(Exception):
    """Raised inside a render that has been told to stop; never leaves the host."""
