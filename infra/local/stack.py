#!/usr/bin/env python3
"""The local stack: `make up` and its relatives. Starts with any Python 3.11+, goes on in the virtual environment."""

import argparse
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import build
import certificate
import cloud
import cms
import deploy
import doubles
import emulator
import hosts
import people
import places
import ports
import process
import tools
from say import Problem, doing, fail, line, note, paint, warn


def up(args) -> None:
    """Brings the stack up, or an already running one up to date."""
    build.check()
    stack = places.load()
    if not process.alive(stack.get("emulator")):
        stack = _fresh(args)
    if args.set:
        stack["set"] = stack["set"] | dict(s.split("=", 1) for s in args.set)
    if args.doubles and not stack.get("doubles"):
        stack["doubles"] = doubles.choose()
        places.save(stack)
    if "certificate_key" not in stack:
        stack["certificate_key"] = certificate.key(emulator.client("kms", stack["endpoint_url"]))
        places.save(stack)
    wanted = deploy.fingerprint(stack)
    if stack.get("deployed") != wanted:
        deploy.prepare(stack)
        stack = deploy.deploy(stack) | {"deployed": wanted}
        people.ensure(stack, deploy.secrets()["console_password"])
        places.save(stack)
    secrets = deploy.secrets()
    asleep = [h for h in stack["hosts"] if not process.alive(h.get("process"))]
    if asleep and (places.ENDPOINT / hosts.MODULE).exists():
        with doing(f"Start {len(asleep)} GPU hosts (sketch)"):
            stack["hosts"] = [hosts.start(h, stack, secrets) for h in stack["hosts"]]
            places.save(stack)
            for host in stack["hosts"]:
                hosts.wait(host)
    if stack.get("doubles") and not process.alive(stack.get("doubles_process")):
        with doing(f"Start doubles of {', '.join(one['vendor'] for one in stack['doubles'])}: nothing is bought there"):
            stack["doubles_process"] = doubles.start(stack)
            places.save(stack)
            doubles.register(stack)
    note(f"API {stack['api_url']}")
    note(f"console {stack['console_url']}, as {people.EDITOR} with the password {secrets['console_password']}")


def _fresh(args) -> dict:
    """A stack with its ports chosen and its emulator running."""
    _end(args)
    port = ports.reserve_this(args.port) if args.port else ports.reserve(4566)[0]
    chosen = [
        {"id": f"local-{number}", "port": own, "url": f"http://127.0.0.1:{own}", "slots": args.slots}
        for number, own in enumerate(ports.reserve(8701, args.hosts), start=1)
    ]
    with doing(f"Start MiniStack on port {port}"):
        running = emulator.start(port, record=args.test if args.verb != "bench" else args.record)
    stack = {
        "emulator": running,
        "endpoint_url": f"http://127.0.0.1:{port}",
        "region": emulator.REGION,
        "credentials": {"access_key_id": emulator.KEYS["AWS_ACCESS_KEY_ID"], "secret_access_key": emulator.KEYS["AWS_SECRET_ACCESS_KEY"]},
        "secrets": str(places.home() / "secrets.json"),
        "galley": str(places.galley()),
        "hosts": chosen,
        "test_faults": args.test,
        "set": {},
    }
    places.save(stack)
    return stack


def _homes() -> tuple:
    """The stack's own folder, and those of the tests' stacks, if one was left."""
    return places.home(), places.home() / "test", places.home() / "real"


def down(args) -> None:
    """Ends every process of the stack, by its id, and forgets the stack; the tests' own stacks too."""
    for home in _homes():
        cms.down(home)
    _end(args)


def _end(_args) -> None:
    """The same, but for real targets beside it."""
    for home in _homes():
        if not (stack := places.load(home)):
            continue
        with doing(f"End the stack on port {stack['emulator']['port']}"):
            for host in stack.get("hosts", []):
                process.end(host.get("process"), grace=3)
            process.end(stack.get("doubles_process"), grace=1)
            process.end(stack["emulator"])
            (home / "stack.json").unlink()


def status(_args) -> None:
    stack = places.load()
    if not stack:
        line("down")
        return
    beside = [("doubles", stack.get("doubles_process"))] if stack.get("doubles") else []
    for name, what in [("ministack", stack["emulator"])] + [(h["id"], h.get("process")) for h in stack["hosts"]] + beside:
        word = paint("32", "up") if process.alive(what) else paint("31", "down")
        line(f"{name:12} {word}  {'process ' + str(what['pid']) if what else ''}")
    line(f"{'api':12} {stack.get('api_url', 'not deployed')}")


def logs(args) -> None:
    """What a function printed, from the emulator's CloudWatch Logs; or a process's own log."""
    stack = _running()
    own = places.home() / "logs" / f"{args.name}.log"
    if args.name not in stack["functions"] and own.exists():
        line(own.read_text(errors="replace"))
        return
    if args.name not in stack["functions"]:
        raise Problem(f"no logs of {args.name}; there are {', '.join([*stack['functions'], 'ministack', *(h['id'] for h in stack['hosts'])])}")
    pages = emulator.client("logs", stack["endpoint_url"]).get_paginator("filter_log_events")
    for page in pages.paginate(logGroupName=f"/aws/lambda/{stack['functions'][args.name]}"):
        for event in page["events"]:
            line(event["message"].rstrip("\n"))


def wait_ready(_args) -> None:
    stack = _running()
    for host in stack["hosts"]:
        hosts.wait(host)


def change_host(args) -> None:
    """kill, term or start host N (1, 2, …)."""
    stack = _running()
    found = [i for i, h in enumerate(stack["hosts"]) if args.host in (h["id"], str(i + 1))]
    if not found:
        raise Problem(f"no host {args.host}; there are {', '.join(h['id'] for h in stack['hosts'])}")
    host = stack["hosts"][found[0]]
    if args.action != "start":
        hosts.send(host, args.action)
        return
    stack["hosts"][found[0]] = hosts.start(host, stack, deploy.secrets())
    places.save(stack)
    hosts.wait(stack["hosts"][found[0]])


def env(_args) -> None:
    """Exports for a shell: `eval "$(python3 infra/local/stack.py env)"`."""
    stack = _running()
    for name, value in {**emulator.KEYS, "AWS_ENDPOINT_URL": stack["endpoint_url"], "AWS_REGION": stack["region"], "AWS_DEFAULT_REGION": stack["region"], "GALLEY_API": stack["api_url"], "GALLEY_TABLE": stack["table"]}.items():
        line(f"export {name}='{value}'")


def _running() -> dict:
    stack = places.load()
    if not process.alive(stack.get("emulator")) or "api_url" not in stack:
        raise Problem("the stack is not up: run `make up`")
    return stack


def demo(args) -> None:
    import demo as shown

    up(args)
    shown.run(_running())


def demo_cms(args) -> None:
    import demo_cms as shown

    servers = cms.up(places.home())
    args.set.append(cms.allowed(servers))
    up(args)
    shown.run(_running(), servers)


def test(args) -> None:
    import groups

    sys.exit(groups.run(args.only))


def measure(args) -> None:
    import bench

    def fresh(record: bool) -> None:
        args.record = record
        up(args)

    bench.run(args.only, fresh)


def _package(_args) -> None:
    import package

    package.package()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stack.py", description="Galley's local stack.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("setup", help="install the pinned tools").set_defaults(act=lambda _: None)
    verbs.add_parser("build", help="build functions and command").set_defaults(act=lambda _: build.build())
    for name, act in (("up", up), ("demo", demo), ("demo-cms", demo_cms), ("bench", measure)):
        verb = verbs.add_parser(name)
        if name == "bench":
            verb.add_argument("only", nargs="*", help="cold, memory, gates, gap, estimates, watch, throughput, intake, streams, near, paid, posts, idle; all by default")
        verb.add_argument("--port", type=int, default=0, help="MiniStack's port; 4566 or the next free one by default")
        verb.add_argument("--hosts", type=int, default=2)
        verb.add_argument("--slots", type=int, default=1, help="slots of each host")
        verb.add_argument("--test", action="store_true", help="for tests: hosts obey the faults they are asked for, and every call is recorded")
        doubled = name == "demo"
        verb.add_argument("--doubles", action=argparse.BooleanOptionalAction, default=doubled, help="doubles of vendors beside the stack, for trying pipelines over vendors without keys")
        verb.add_argument("--set", action="append", default=[], metavar="PARAMETER=VALUE", help="override a template parameter")
        verb.set_defaults(act=act)
        if name == "bench":
            verb.set_defaults(test=True)
    aws = verbs.add_parser("deploy", help="deploy to AWS: staging or production")
    aws.add_argument("environment", choices=["staging", "production"])
    aws.set_defaults(act=lambda args: cloud.deploy(args.environment))
    verbs.add_parser("package", help="release zips and a template that needs the SAM command alone").set_defaults(act=_package)
    verbs.add_parser("down", help="end everything").set_defaults(act=down)
    verbs.add_parser("status").set_defaults(act=status)
    verbs.add_parser("wait-ready").set_defaults(act=wait_ready)
    verbs.add_parser("env", help="exports for a shell").set_defaults(act=env)
    shown = verbs.add_parser("logs")
    shown.add_argument("name", help="a function, ministack, or a host")
    shown.set_defaults(act=logs)
    host = verbs.add_parser("hosts")
    host.add_argument("action", choices=["kill", "term", "start"])
    host.add_argument("host", help="1, 2, … or its id")
    host.set_defaults(act=change_host)
    tests = verbs.add_parser("test", help="every group of tests")
    tests.add_argument("only", nargs="*", help="groups; all by default")
    tests.set_defaults(act=test)
    return parser.parse_args()


def main() -> None:
    args = _arguments()
    try:
        # Ending needs no tools, and must work when they are broken.
        if args.verb not in ("down", "status"):
            tools.setup()
            python = places.venv() / "bin" / "python"
            if pathlib.Path(sys.prefix).resolve() != places.venv().resolve():
                os.execve(python, [str(python), str(pathlib.Path(__file__).resolve()), *sys.argv[1:]], dict(os.environ))
        args.act(args)
    except Problem as problem:
        fail(str(problem))
        sys.exit(1)
    except KeyboardInterrupt:
        warn("stopped; `make down` ends what still runs")
        sys.exit(130)


if __name__ == "__main__":
    main()
