"""Stacks beside each other: each has ports of its own, and believes nobody else's answer."""

import contextlib
import http.server
import json
import os
import socket
import subprocess
import sys
import threading

import pytest

import hosts
import places
import ports
import process
from say import Problem

LOCAL = os.path.dirname(ports.__file__)
CHOOSE = "import sys; sys.path.insert(0, sys.argv[1]); import ports; print(*ports.reserve(int(sys.argv[2]), 3), flush=True); sys.stdin.read()"


@pytest.fixture(autouse=True)
def _own_book(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("GALLEY_HOME", str(tmp_path / "home"))


@contextlib.contextmanager
def _ready():
    """Somebody who answers that he is ready; gives his port."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_stacks_that_start_at_the_same_time_choose_different_ports(tmp_path):
    first = min(_free(), 65535 - ports.SPAN)
    command = [sys.executable, "-c", CHOOSE, LOCAL, str(first)]
    environments = [os.environ | {"GALLEY_HOME": str(tmp_path / f"stack-{n}")} for n in range(8)]
    choosers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, text=True) for env in environments]
    chosen = [port for one in choosers for port in one.stdout.readline().split()]
    for one in choosers:
        one.communicate("")
    assert len(chosen) == 24 and len(set(chosen)) == 24, chosen


def test_a_port_stays_with_its_stack_until_that_is_down(tmp_path):
    first = min(_free(), 65535 - ports.SPAN)
    command = [sys.executable, "-c", CHOOSE, LOCAL, str(first)]
    theirs = [int(port) for port in subprocess.run(command, input="", capture_output=True, text=True, env=os.environ | {"GALLEY_HOME": str(tmp_path / "other")}).stdout.split()]
    # Whoever chose them is gone, and no stack was made: they are free again.
    assert ports.reserve(theirs[0]) == [theirs[0]]
    (tmp_path / "cache" / "galley" / "ports.json").unlink()
    subprocess.run(command, input="", capture_output=True, env=os.environ | {"GALLEY_HOME": str(tmp_path / "other")})
    stack = {"emulator": process.identity(os.getpid()) | {"port": theirs[0]}, "hosts": [{"port": port} for port in theirs[1:]]}
    places.write(tmp_path / "other" / "stack.json", stack)
    # It is up, though nobody listens there just now.
    assert not set(ports.reserve(theirs[0], 3)) & set(theirs)
    with pytest.raises(Problem, match=f"port {theirs[1]} is in use by the stack in .*other"):
        ports.reserve_this(theirs[1])
    (tmp_path / "other" / "stack.json").unlink()
    assert ports.reserve_this(theirs[1]) == theirs[1]


def test_a_port_in_use_is_passed_over():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not ports.is_free(port)
        assert ports.reserve(port)[0] > port
        with pytest.raises(Problem, match=f"port {port} is in use. Leave --port out"):
            ports.reserve_this(port)


def test_a_book_that_cannot_be_read_is_begun_anew(tmp_path):
    book = tmp_path / "cache" / "galley" / "ports.json"
    book.parent.mkdir(parents=True)
    book.write_text("{")
    [port] = ports.reserve(min(_free(), 65535 - ports.SPAN))
    assert list(json.loads(book.read_text())) == [str(port)]


def test_a_process_listens_where_it_or_a_child_of_it_does(tmp_path):
    code = "import os, socket, sys, time; s = socket.create_server(('127.0.0.1', 0)); os.fork(); print(s.getsockname()[1], flush=True); time.sleep(60)"
    one = process.spawn([sys.executable, "-c", code], tmp_path / "log", dict(os.environ), tmp_path)
    try:
        while not (said := (tmp_path / "log").read_text().split()):
            assert process.alive(one)
        assert process.listens(one, int(said[0]))
        with _ready() as another:
            assert not process.listens(one, another)
    finally:
        process.end(one)


def test_a_host_is_not_ready_because_somebody_else_answers_at_its_port(tmp_path):
    own = process.spawn([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path / "log", dict(os.environ), tmp_path)
    try:
        with _ready() as port, pytest.raises(Problem, match="local-1 is not ready after 0 s: another process answers at port"):
            hosts.wait({"id": "local-1", "port": port, "url": f"http://127.0.0.1:{port}", "process": own}, seconds=0.3)
    finally:
        process.end(own)
