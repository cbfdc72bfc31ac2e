"""A page from another origin watches a job, both ways, while its connections are cut."""

import http.server
import json
import threading
import time
import urllib.error
import urllib.request

import pytest

from callers import tenant

PAINT = {"kind": "image.generate", "with": {"prompt": "a red boat", "width": 256, "height": 256, "test": {"seconds": 1.5}}}
IMAGES = ["{{ one.image }}", "{{ two.image }}", "{{ three.image }}"]
PIPELINE = {
    "name": "three",
    "budget_usd": 0.1,
    "steps": {name: PAINT for name in ("one", "two", "three")} | {"good": {"kind": "gate.quality", "with": {"images": IMAGES}}},
}

PAGE = """<!doctype html><script>
const {log, stream, job, token} = %s;
const say = (what, seen) => fetch("/said", {method: "POST", body: JSON.stringify({what, seen})});
const logged = [], pushed = [];
const source = new EventSource(log);
source.onmessage = message => logged.push(JSON.parse(message.data).n);
source.onerror = () => { if (source.readyState === EventSource.CLOSED) say("logged", logged); };
let last = 0, left = 4;
function watch() {
  const socket = new WebSocket(stream);
  socket.onopen = () => socket.send(JSON.stringify({action: "subscribe", job, token, after: last}));
  socket.onmessage = ({data}) => {
    const {events = [], terminal} = JSON.parse(data);
    for (const event of events) { pushed.push(event.n); last = event.n; }
    if (terminal) { socket.onclose = null; socket.close(); say("pushed", pushed); }
    else if (events.length && left-- > 0) socket.close();
  };
  socket.onclose = watch;
}
watch();
</script>"""


@pytest.fixture
def cutting():
    """Stands before the API and cuts most of its streams off somewhere in the middle."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def before(api: str) -> tuple[str, list[int]]:
        cut: list[int] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_) -> None:
                pass

            def do_GET(self) -> None:
                headers = {name: self.headers[name] for name in ("Accept", "Origin", "Last-Event-ID") if name in self.headers}
                try:
                    answer = urllib.request.urlopen(urllib.request.Request(api + self.path, headers=headers), timeout=60)
                except urllib.error.HTTPError as problem:
                    answer = problem
                body = answer.read()
                self.send_response(answer.status)
                for name in ("Content-Type", "Access-Control-Allow-Origin"):
                    if answer.headers[name]:
                        self.send_header(name, answer.headers[name])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                whole = len(cut) % 3 == 2 or len(body) < 60
                self.wfile.write(body if whole else body[: len(body) * 2 // 3])
                cut.append(0 if whole else 1)
                self.close_connection = True

        servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_address[1]}", cut

    yield before
    for server in servers:
        server.shutdown()
        server.server_close()


def test_event_source_and_websocket_see_every_event_once_though_they_are_cut_off(chromium, page, ask, cutting):
    caller = tenant("page")
    job = caller.submit(PIPELINE)["id"]
    watch = ask(caller, "POST", f"/v1/jobs/{job}/token")
    proxy, cut = cutting(caller.stack["api_url"])
    told = {"log": f"{proxy}/v1/jobs/{job}/events?token={watch['token']}", "stream": watch["stream"], "job": job, "token": watch["token"]}
    shown = page(PAGE % json.dumps(told))
    chromium(shown.address)

    end = time.monotonic() + 90
    while time.monotonic() < end and not (shown.times("logged") and shown.times("pushed")):
        time.sleep(0.2)
    seen = {one["what"]: one["seen"] for one in shown.said}
    events = ask(caller, "GET", f"/v1/jobs/{job}/events?limit=1000")["events"]
    numbers = [event["n"] for event in events]
    assert events[-1]["type"] == "job.succeeded"
    assert seen == {"logged": numbers, "pushed": numbers}
    assert 2 <= sum(cut), "some streams were cut off in the middle"
