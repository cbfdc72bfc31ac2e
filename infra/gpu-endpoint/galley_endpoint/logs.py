"""Logs: one JSON object a line, with fields instead of sentences to parse."""

import json
import logging
import sys
import time

_log = logging.getLogger("galley")


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self.host = host

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {
            "at": f"{at}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            "host": self.host,
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure(host: str) -> None:
    """Sends everything, the web server's own lines too, to standard output as JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(host))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    # httpx logs each request with its URL, and a presigned URL is a credential.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("httpcore").setLevel(logging.WARNING)


def info(message: str, **fields: object) -> None:
    """Logs a fact."""
    _log.info(message, extra={"fields": fields})


def warning(message: str, **fields: object) -> None:
    """Logs a fact that somebody may want to look at."""
    _log.warning(message, extra={"fields": fields})


def crash(message: str, error: BaseException, **fields: object) -> None:
    """Logs an error of ours, with where it happened."""
    _log.error(message, exc_info=error, extra={"fields": fields})
