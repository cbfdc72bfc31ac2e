"""What the local stack prints: one line per thing done, with its time."""

import contextlib
import os
import sys
import time


class Problem(Exception):
    """Something the person at the keyboard can mend; its text says how."""


def _colours() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def paint(code: str, text: str) -> str:
    """`text` in an ANSI colour, on a terminal only."""
    return f"\033[{code}m{text}\033[0m" if _colours() else text


def line(text: str = "") -> None:
    print(text, flush=True)


def title(text: str) -> None:
    line("\n" + paint("1", text))


def note(text: str) -> None:
    line("  " + paint("2", text))


def warn(text: str) -> None:
    line(paint("33", "! ") + text)


def fail(text: str) -> None:
    print(paint("31", "✗ ") + text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def doing(what: str):
    """Prints `what` with the seconds it took; yields a list for a closing remark."""
    remark: list[str] = []
    began = time.monotonic()
    if _colours():
        print(paint("36", "· ") + what + " …", end="\r", flush=True)
    try:
        yield remark
    except BaseException:
        print("\033[2K" * _colours() + paint("31", "✗ ") + what, flush=True)
        raise
    took = f"{time.monotonic() - began:.1f} s"
    tail = " ".join([*(paint("2", r) for r in remark), paint("2", took)])
    print("\033[2K" * _colours() + paint("32", "✓ ") + f"{what}  {tail}", flush=True)
