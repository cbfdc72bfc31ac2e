"""Receivers of webhooks on this machine, of every manner; they remember what they got."""

import http.server
import json
import threading
import time

STATUS = 204


class Receiver:
    """Listens on one of the ports that samconfig.toml allows, and answers with `answer(nth)`: a status and headers."""

    def __init__(self, port: int, answer=lambda nth: (STATUS, {}), takes_s: float = 0.0):
        self.port, self.answer, self.takes_s, self.got, self.url = port, answer, takes_s, [], f"http://127.0.0.1:{port}/hook"
        lock, receiver = threading.Lock(), self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                with lock:
                    receiver.got.append({"at": time.monotonic(), "headers": {k.lower(): v for k, v in self.headers.items()}, "body": body})
                    nth = len(receiver.got)
                time.sleep(receiver.takes_s)
                status, headers = receiver.answer(nth)
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                except OSError:
                    pass  # The caller was killed, or had no more patience.

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def of(self, job: str) -> list[dict]:
        """What it got of a job, in order."""
        return [g for g in list(self.got) if json.loads(g["body"])["data"]["job"] == job]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
