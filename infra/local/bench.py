"""`make bench`: the figures that this machine can measure, beside what they are compared with."""

import concurrent.futures
import contextlib
import datetime
import http.server
import json
import os
import platform
import statistics
import subprocess
import threading
import time
import urllib.request

import bench_intake
import bench_streams
import bench_watch
import build
import emulator
import places
import process
import tools
from say import Problem, doing, line, title

RELEASE = places.ROOT / "target" / "lambda-release"
YARDSTICKS = places.INFRA / "local" / "bench"
YARDSTICK = places.target() / "yardsticks" / "release"


class Runtime(http.server.BaseHTTPRequestHandler):
    """Lambda's runtime API as far as the first poll, which is when a function has started; and the parameters it reads."""

    polled: threading.Event

    def do_GET(self):
        self.polled.set()
        time.sleep(3600)

    def do_POST(self):
        answer = json.dumps({"Parameter": {"Name": "n", "Type": "SecureString", "Value": "v" * 43}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def _first_poll(bootstrap, env: dict) -> float:
    """Milliseconds from the process's start to its first poll."""
    Runtime.polled = threading.Event()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Runtime) as server:
        server.daemon_threads, server.block_on_close = True, False
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        env = env | {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}"}
        began = time.perf_counter()
        child = subprocess.Popen([str(bootstrap)], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        polled = Runtime.polled.wait(10)
        took = (time.perf_counter() - began) * 1000
        child.kill()
        said = child.communicate()[1]
        server.shutdown()
    if not polled:
        raise Problem(f"{bootstrap} did not start: {said.decode()[-500:]}")
    return took


def _environment() -> dict:
    """What Lambda gives a function at its start; nothing is called before the first event."""
    # Late: only the virtual environment can read YAML.
    from template import Template

    template = Template(places.INFRA / "template.yaml")
    own = [set(function.get("Environment", {}).get("Variables", {})) for function in template.functions().values()]
    names = set(template.whole["Globals"]["Function"]["Environment"]["Variables"]).union(*own)
    return {n: "http://127.0.0.1:9" if n.endswith("_URL") else n.lower() for n in names} | emulator.KEYS | {
        "PATH": os.environ["PATH"], "LEASE_S": "60", "REVIEW_UNDO_S": "30", "NOTIFY_PACE": "100", "AWS_REGION": emulator.REGION,
        "AWS_LAMBDA_FUNCTION_NAME": "bench", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "AWS_LAMBDA_FUNCTION_VERSION": "1", "AWS_LAMBDA_LOG_GROUP_NAME": "g", "AWS_LAMBDA_LOG_STREAM_NAME": "s",
    }


def _release() -> None:
    with doing("Build for release, with LTO (minutes)"):
        tools.run(["cargo", "lambda", "build", "--compiler", "cargo", "--release", "--locked", "--workspace", "--exclude", "client", "--exclude", "tests", "--lambda-dir", str(RELEASE)], "the release build failed", cwd=places.ROOT, env=tools.environment())
        tools.run(["cargo", "build", "--release", "--locked", "--target-dir", str(places.target() / "yardsticks")], "the yardsticks' build failed", cwd=YARDSTICKS, env=tools.environment())


def cold_starts(runs: int = 30) -> None:
    """Release builds against a hello-world of the same runtime, taking turns."""
    title("Cold start: process start to first poll, release build")
    _release()
    hello = YARDSTICK / "hello"
    env = _environment()
    binaries = {"hello": hello} | {f: RELEASE / f / "bootstrap" for f in places.FUNCTIONS}
    times: dict[str, list[float]] = {name: [] for name in binaries}
    for _ in range(runs):
        for name, binary in binaries.items():
            times[name].append(_first_poll(binary, env))
    base = statistics.median(times["hello"])
    for name, taken in times.items():
        middle = statistics.median(taken)
        line(f"  {name:10} {middle:6.1f} ms   {middle / base:4.2f} × hello   {binaries[name].stat().st_size / 1e6:5.1f} MB")


def memory() -> None:
    title("Resizing a 50-megapixel JPEG, goal 512 MiB resident")
    subprocess.run(["cargo", "run", "--quiet", "--release", "--locked", "-p", "media", "--example", "resize_rss"], cwd=places.ROOT, env=tools.environment())


class Load:
    """A tenant that submits jobs of one render each, which may be told to last for so long."""

    PIPELINE = {
        "name": "one-render",
        "inputs": {"prompt": {"type": "text"}},
        "budget_usd": 0.1,
        "steps": {
            "generate": {"kind": "image.generate", "with": {"prompt": "{{ inputs.prompt }}", "model": "sketch-1", "width": 256, "height": 256, "seed": 7}, "cache": "off"},
            "good": {"kind": "gate.quality", "with": {"images": "{{ generate.image }}", "min_width": 64}},
        },
    }

    def __init__(self, stack: dict, seconds: float | None = None):
        self.stack = stack
        self.pipeline = json.loads(json.dumps(self.PIPELINE))
        if seconds:
            self.pipeline["steps"]["generate"]["with"]["test"] = {"seconds": seconds}
        env = emulator.KEYS | {"AWS_ENDPOINT_URL": stack["endpoint_url"], "AWS_REGION": stack["region"], "GALLEY_TABLE": stack["table"], "GALLEY_API": stack["api_url"]}
        self.key = tools.run([stack["galley"], "admin", "tenants", "add", f"bench-{int(time.time())}"], "no tenant could be added", env=env).strip().splitlines()[-1]

    def ask(self, path: str, body: dict | None = None) -> dict:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.stack["api_url"] + path, data=None if body is None else json.dumps(body).encode(), headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def submit(self, number: int) -> str:
        return self.ask("/v1/jobs", {"pipeline": self.pipeline, "inputs": {"prompt": f"boat {number}"}})["id"]

    def end(self, job: str, every: float) -> str:
        """The state it ends in. Asked seldom, for on this machine asking takes from the work itself."""
        until = time.monotonic() + 300
        while time.monotonic() < until:
            if (answer := self.ask(f"/v1/jobs/{job}"))["terminal"]:
                return answer["state"]
            time.sleep(every)
        raise Problem(f"job {job} did not end within 300 s")


def throughput(stack: dict) -> None:
    title(f"Jobs a minute: one render and one gate each, {sum(h['slots'] for h in stack['hosts'])} slots, {os.cpu_count()} cores")
    load = Load(stack)
    for at_once, jobs in ((1, 10), (10, 60), (100, 200)):
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            states = list(pool.map(lambda n: load.end(load.submit(n), every=max(0.1, at_once / 20)), range(jobs)))
        took = time.monotonic() - began
        line(f"  {at_once:4} at once  {60 * jobs / took:7.1f} a minute   {states.count('succeeded')} of {jobs} succeeded")


def slot_gap(stack: dict) -> None:
    """From the hosts' own books: how long a slot was idle although work waited."""
    title("Slot idle between two renders with backlog, goal 50 ms")
    _gaps(stack, 1.0, "renders of a second")
    # Shorter than it takes to find, claim and order the next one.
    _gaps(stack, None, "the shortest renders")


def _gaps(stack: dict, seconds: float | None, name: str) -> None:
    load = Load(stack, seconds)
    before = {h["id"]: len(_books(h)) for h in stack["hosts"]}
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        jobs = list(pool.map(load.submit, range(30)))
    for job in jobs:
        load.end(job, every=1)
    gaps = []
    for host in stack["hosts"]:
        renders = sorted(_books(host)[before[host["id"]]:], key=lambda r: r["started"])
        # The last third runs without a backlog.
        gaps += [(b["started"] - a["ended"]) * 1000 for a, b in zip(renders, renders[1:])][: 2 * len(renders) // 3]
    line(f"  {name:20} median {max(0, statistics.median(gaps)):.0f} ms, 95th percentile {sorted(gaps)[int(0.95 * len(gaps))]:.0f} ms, {len(gaps)} gaps")


def estimates(stack: dict) -> None:
    """How far what a waiting job is told of its turn is from what comes."""
    title("Estimates of waiting jobs on a steady lane, goal 30 % median error")
    load = Load(stack, 1.0)
    # So many renders are seen before anything is told.
    for job in [load.submit(number) for number in range(12)]:
        load.end(job, every=0.5)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        jobs = list(pool.map(load.submit, range(24)))
    told = {}
    for job in jobs:
        asked = time.time()
        waits = load.ask(f"/v1/jobs/{job}")["steps"][0].get("waiting_for", {})
        if isinstance(waits.get("estimate_s"), int | float) and 1 <= waits["estimate_s"]:
            told[job] = (asked, waits["estimate_s"])
    errors = []
    for job, (asked, seconds) in told.items():
        load.end(job, every=0.5)
        began = load.ask(f"/v1/jobs/{job}")["steps"][0]["attempts"][0]["started_at"]
        waited = datetime.datetime.fromisoformat(began).timestamp() - asked
        errors.append(abs(seconds - waited) / waited)
    line(f"  median error {100 * statistics.median(errors):.0f} % of {len(errors)} estimates, of waits of a second and more")


def _books(host: dict) -> list[dict]:
    import deploy

    request = urllib.request.Request(f"{host['url']}/v1/test/books", headers={"Authorization": f"Bearer {deploy.secrets()['endpoint_key']}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        books = json.load(answer)
    renders = books["renders"] if isinstance(books, dict) else books
    at = lambda text: datetime.datetime.fromisoformat(text).timestamp()
    return [r | {"started": at(r["started"]), "ended": at(r["ended"])} for r in renders if r.get("ended")]


def intake(stack: dict) -> None:
    title("Intake: handler time of a submission, release build")
    _release()
    load = Load(stack)
    env = emulator.KEYS | {"AWS_ENDPOINT_URL": stack["endpoint_url"], "AWS_REGION": stack["region"], "GALLEY_API": stack["api_url"], "GALLEY_KEY": load.key}
    tools.run([stack["galley"], "pipelines", "push", "infra/pipelines/hero-image.yaml"], "no pipeline could be stored", cwd=places.ROOT, env=env)
    bench_intake.handler_time(stack, load.key, RELEASE / "intake" / "bootstrap", YARDSTICK / "bare", _environment())


def idle() -> None:
    title("Idle, dollars a month")
    subprocess.run([tools.binary("python"), "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "infra/local/tests/test_bill.py", "-k", "idle"], cwd=places.ROOT)


def gates() -> None:
    title("What gates find: 800 labelled pictures to choose thresholds by, 800 others to report on")
    tests = ["cargo", "test", "--quiet", "--profile", "local", "-p", "gate", "--", "labelled", "--nocapture"]
    subprocess.run(tests, cwd=places.ROOT, env=tools.environment() | {"GALLEY_LABELLED": "1"})


def run(only: list[str], up) -> None:
    """All of it, or what is named."""
    line(f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}")
    wanted, home = lambda name: not only or name in only, str(places.home() / "test")
    if wanted("idle"):
        idle()
    if wanted("cold"):
        cold_starts()
    if wanted("memory"):
        memory()
    if wanted("gates"):
        gates()
    if any(wanted(one) for one in ("throughput", "gap", "estimates", "watch", "intake")):
        with _stack(home, up, record=False) as stack:
            if wanted("gap"):
                slot_gap(stack)
            if wanted("estimates"):
                estimates(stack)
            if wanted("watch"):
                title("From an event to those who watch")
                bench_watch.lags(Load(stack))
            if wanted("throughput"):
                throughput(stack)
            # Last, for the sweep would start what it submits.
            if wanted("intake"):
                intake(stack)
    if wanted("streams"):
        with _stack(home, up, record=True) as stack:
            title(f"Jobs with listeners, half of which come and go; {sum(h['slots'] for h in stack['hosts'])} slots, renders of a second, {os.cpu_count()} cores")
            bench_streams.rise(stack)
    if wanted("near"):
        near()
    if wanted("paid"):
        with _stack(home, up, record=False):
            paid()
    if wanted("posts"):
        with _stack(home, up, record=False):
            posts()


def near() -> None:
    """Pairs of pictures made by named edits: the bound of near results chosen on one half, precision and recall on the other."""
    title("Near results: copies of a picture told from other pictures")
    command = ["cargo", "test", "--quiet", "--workspace", "--profile", "local", "--locked", "--", "looks::tests", "--nocapture", "--test-threads", "1"]
    said = tools.run(command, "the bound does not hold", cwd=places.ROOT, env=tools.environment())
    for row in said.splitlines():
        if row.strip() and not row.startswith(("running", "test result", ".")):
            line(f"  {row}")


def paid(jobs: int = 200) -> None:
    """Starts of vendors' work that are cut wherever a connection can break: who accepted, billed and got what."""
    title(f"Paid once: {jobs} jobs over 4 vendors, each start cut somewhere")
    test = "scenarios::vendors::wherever_a_start_is_cut_it_is_paid_once_and_adopted_or_reported"
    command = ["cargo", "test", "--quiet", "--workspace", "--lib", "--profile", "local", "--locked", "--", "--exact", test, "--nocapture"]
    said = tools.run(command, "not every job is known to be paid once", cwd=places.ROOT, env=tools.environment() | {"GALLEY_CUT_JOBS": str(jobs)})
    vendors = ("vendor ", "chat ", "openai ", "fal ", "stability ")
    for row in said.splitlines():
        if row.startswith(vendors):
            line(row)


def posts(rounds: int = 10) -> None:
    """Posts to three platforms and a bucket, while whoever publishes is killed and the platforms take what they do not answer."""
    title(f"Posts once: {3 * rounds} posts to 4 targets, whoever publishes killed {6 * rounds} times")
    test = "scenarios::posts_die::posts_are_at_each_target_once_although_whoever_publishes_is_killed_again_and_again"
    command = ["cargo", "test", "--quiet", "--workspace", "--lib", "--profile", "local", "--locked", "--", "--exact", test, "--nocapture"]
    said = tools.run(command, "not every post is at each target once", cwd=places.ROOT, env=tools.environment() | {"GALLEY_KILLS": str(rounds)})
    rows = said.splitlines()
    at = next(n for n, row in enumerate(rows) if row.startswith("posts  "))
    for row in rows[at : at + 2]:
        line(f"  {row}")


@contextlib.contextmanager
def _stack(home: str, up, record: bool):
    """A stack of its own. Where calls are to be counted each is recorded, which takes time."""
    os.environ["GALLEY_HOME"] = home
    build.build()
    up(record)
    stack = places.load()
    try:
        yield stack
    finally:
        for host in stack["hosts"]:
            process.end(host.get("process"), grace=3)
        process.end(stack["emulator"])
        (places.home() / "stack.json").unlink()
