"""What intake's own work costs: its handler against a bare binary that makes the same calls, on the same emulator."""

import http.server
import json
import queue
import statistics
import subprocess
import threading
import time
import uuid

import emulator
import places
from say import Problem, line

WARM_UP, ROUNDS = 20, 200


class Invocations(http.server.BaseHTTPRequestHandler):
    """Lambda's runtime API: hands out events, and times each from its handing out to its answer."""

    protocol_version = "HTTP/1.1"
    # Else head and body of an event travel 40 ms apart.
    disable_nagle_algorithm = True
    events: queue.Queue
    answers: queue.Queue

    def do_GET(self):
        event = self.events.get()
        if event is None:
            return
        body = json.dumps(event).encode()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", str(uuid.uuid4()))
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 30_000))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:000000000000:function:bench")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        type(self).began = time.perf_counter()
        self.wfile.write(body)

    def do_POST(self):
        took = (time.perf_counter() - type(self).began) * 1000
        said = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.answers.put((took, self.path, said))

    def log_message(self, *_):
        pass


class Function:
    """One binary in a runtime of its own."""

    def __init__(self, bootstrap, env: dict):
        handler = type("Handler", (Invocations,), {"events": queue.Queue(), "answers": queue.Queue(), "began": 0.0})
        self.handler, self.server = handler, http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads, self.server.block_on_close = True, False
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        env = env | {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_port}"}
        self.child = subprocess.Popen([str(bootstrap)], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def call(self, event: dict) -> float:
        self.handler.events.put(event)
        took, path, said = self.handler.answers.get(timeout=30)
        if not path.endswith("/response") or json.loads(said).get("statusCode") != 202:
            raise Problem(f"{path}: {said.decode()[:500]}")
        return took

    def end(self) -> None:
        self.child.kill()
        self.child.wait()
        self.server.shutdown()


def handler_time(stack: dict, key: str, intake, bare, env: dict) -> None:
    """Both binaries in turn; their executions run on a machine that does nothing, so that no job disturbs the next call."""
    machine = _idle_machine(stack)
    env = env | {"AWS_ENDPOINT_URL": stack["endpoint_url"], "TABLE": stack["table"], "STATE_MACHINE_ARN": machine, "SIGNING_KEY_PARAM": "/galley/local/signing-key"}
    event = json.loads((places.ROOT / "events" / "api-submit.json").read_text())
    functions = {"intake": Function(intake, env), "bare": Function(bare, env)}
    times: dict[str, list[float]] = {name: [] for name in functions}
    try:
        for turn in range(WARM_UP + ROUNDS):
            event["headers"] |= {"authorization": f"Bearer {key}", "idempotency-key": f"bench-{uuid.uuid4()}"}
            event["body"], event["isBase64Encoded"] = json.dumps({"pipeline": "hero-image", "inputs": {"prompt": "a boat"}}), False
            for name, function in functions.items():
                took = function.call(event)
                if turn >= WARM_UP:
                    times[name].append(took)
    finally:
        for function in functions.values():
            function.end()
    middle = {name: statistics.median(taken) for name, taken in times.items()}
    line(f"  intake {middle['intake']:.2f} ms, bare {middle['bare']:.2f} ms: {middle['intake'] / middle['bare']:.2f} × (goal 1.3), medians of {ROUNDS}")


def _idle_machine(stack: dict) -> str:
    client = emulator.client("stepfunctions", stack["endpoint_url"])
    definition = json.dumps({"QueryLanguage": "JSONata", "StartAt": "End", "States": {"End": {"Type": "Pass", "End": True}}})
    role = client.describe_state_machine(stateMachineArn=stack["state_machine_arn"])["roleArn"]
    made = client.create_state_machine(name=f"bench-{uuid.uuid4().hex[:8]}", definition=definition, roleArn=role)
    return made["stateMachineArn"]
