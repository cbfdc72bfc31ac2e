"""A scorer of one's own for `evaluator: endpoint`: verifies the signature, and scores by the length of the words.

SCORER_SECRET=whsec_… python3 scorer.py 8080
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer


def signed(headers, body: bytes, secret: str) -> bool:
    """Standard Webhooks: v1, HMAC-SHA256 over id.timestamp.body, within five minutes."""
    sent = headers.get("webhook-timestamp", "")
    if not sent.isdigit() or 300 < abs(time.time() - int(sent)):
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers.get('webhook-id', '')}.{sent}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(expected, one) for one in given)


def score(asked: dict) -> dict:
    """Yours to write: `images` have a `url` each, good for as long as the question is."""
    words = len(asked.get("text", "").split())
    return {"score": 1.0 if words <= 40 else 0.2, "reason": f"{words} words"}


class Scorer(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if signed(self.headers, body, os.environ["SCORER_SECRET"]):
            self.answer(200, score(json.loads(body)))
        else:
            self.answer(401, {"error": "the signature is not ours"})

    def answer(self, status: int, said: dict):
        text = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Scorer).serve_forever()
