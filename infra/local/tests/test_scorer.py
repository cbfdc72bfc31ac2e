"""The example of a scorer of one's own: it answers who signs, and nobody else."""

import base64
import hashlib
import hmac
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

import places

SECRET = base64.b64encode(b"a secret of thirty-two bytes....").decode()


@pytest.fixture(scope="module")
def address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    scorer = places.ROOT / "tests" / "examples" / "scorer.py"
    process = subprocess.Popen([sys.executable, str(scorer), str(port)], env={"SCORER_SECRET": f"whsec_{SECRET}"}, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, "the scorer ended"
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/v1/brand"
    finally:
        process.kill()
        process.wait()


def ask(address: str, text: str, at: float | None = None, sent: bytes | None = None) -> tuple[int, dict]:
    body = json.dumps({"attempt": "a", "criterion": "ours", "text": text, "images": []}).encode()
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(base64.b64decode(SECRET), b"m1." + stamp.encode() + b"." + body, hashlib.sha256).digest()
    headers = {"webhook-id": "m1", "webhook-timestamp": stamp, "webhook-signature": "v1," + base64.b64encode(digest).decode()}
    try:
        with urllib.request.urlopen(urllib.request.Request(address, data=sent or body, headers=headers), timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def test_who_signs_is_told_a_score_and_why(address):
    assert ask(address, "a red kite") == (200, {"score": 1.0, "reason": "3 words"})
    assert ask(address, "so " * 60) == (200, {"score": 0.2, "reason": "60 words"})


def test_a_body_that_was_changed_or_is_old_is_refused(address):
    assert ask(address, "a red kite", sent=b'{"text": "another"}')[0] == 401
    assert ask(address, "a red kite", at=time.time() - 400)[0] == 401
