"""`make test`: every group of tests, one after the other, and an honest table at the end."""

import os
import pathlib
import subprocess
import sys
import time

import browser
import build
import cms
import places
import shells
import tools
from say import Problem, fail, line, paint, title


class CannotRun(Exception):
    """This machine lacks what a group needs; the text says what."""


def _run(*command: str, venv: str = "tools", cwd: pathlib.Path = places.ROOT, **env: str) -> None:
    """Runs a command with its output as it comes, so that the runners' own summaries are seen."""
    program = tools.binary(command[0], venv)
    found = program if os.path.exists(program) else command[0]
    line(paint("2", "$ " + " ".join(command)))
    done = subprocess.run([found, *command[1:]], cwd=cwd, env=tools.environment() | env, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise Problem(f"`{' '.join(command)}` ended with {done.returncode}")


def _template() -> None:
    templates = [places.INFRA / "template.yaml", *sorted(places.ENDPOINT.glob("template*.yaml"))]
    for template in templates:
        name = str(template.relative_to(places.ROOT))
        _run("sam", "validate", "--lint", "--template", name, "--region", "us-east-1")
    _run("cfn-lint", *(str(t.relative_to(places.ROOT)) for t in templates))


def _local() -> None:
    _run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--ignore", "infra/local/tests/deployed", "--ignore", "infra/local/tests/shells", "--ignore", "infra/local/tests/browser", "--ignore", "infra/local/tests/real", "infra/local/tests")


def _endpoint() -> None:
    _run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", venv="endpoint", cwd=places.ENDPOINT)


def _format() -> None:
    _run("cargo", "fmt", "--all", "--check")


def _clippy() -> None:
    _run("cargo", "clippy", "--workspace", "--all-targets", "--profile", "local", "--locked", "--", "-D", "warnings")


def _typescript() -> None:
    try:
        checker = tools.tsc()
    except Problem as problem:
        # Nothing else needs npm's registry, so a machine may do without it.
        raise CannotRun("npm could not install TypeScript") from problem
    _run(*checker, "--project", str(tools.TYPES.relative_to(places.ROOT)))


def _deny() -> None:
    """Licences, sources and bans. Advisories need their database from the network, so they are for whoever has one."""
    try:
        program = tools.cargo_deny()
    except Problem as problem:
        # Without a network a laptop can do all else; continuous integration leaves nothing out.
        if os.environ.get("CI"):
            raise
        raise CannotRun("cargo-deny could not be built") from problem
    _run(program, "--workspace", "check", "bans", "licenses", "sources")


def _rust() -> None:
    """All of `cargo test`, with a stack of its own beside whatever else is up."""
    build.build()
    cargo = ("cargo", "test", "--workspace", "--profile", "local", "--locked")
    _run(*cargo, "--no-run")
    home = str(places.home() / "test")
    stack = ("python", "infra/local/stack.py")
    _run(*stack, "down", GALLEY_HOME=home)
    try:
        _run(*stack, "up", "--test", GALLEY_HOME=home)
        _run(*cargo, "--no-fail-fast", GALLEY_HOME=home)
        _run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "infra/local/tests/deployed", GALLEY_HOME=home)
    finally:
        _run(*stack, "down", GALLEY_HOME=home)


def _cms() -> None:
    """Real servers come from npm's registry, and are built; a machine may do without them."""
    try:
        cms.install()
    except Problem as problem:
        raise CannotRun(str(problem)) from problem
    build.build()
    home = places.home() / "real"
    stack = ("python", "infra/local/stack.py")
    _run(*stack, "down", GALLEY_HOME=str(home))
    try:
        servers = cms.up(home)
        _run("cargo", "test", "--workspace", "--profile", "local", "--locked", "--test", "real", GALLEY_CMS=str(cms.record(home)))
        _run(*stack, "up", "--hosts", "1", "--set", cms.allowed(servers), GALLEY_HOME=str(home))
        _run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "infra/local/tests/real", GALLEY_HOME=str(home))
    finally:
        _run(*stack, "down", GALLEY_HOME=str(home))


def _shells() -> None:
    """No shell but the user's own is needed for anything else, so a machine may lack them."""
    build.build()
    try:
        shells.find()
    except Problem as problem:
        raise CannotRun(str(problem)) from problem
    _run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "infra/local/tests/shells")


def _browser() -> None:
    """No browser is needed for anything else, so a machine may do without one."""
    try:
        browser.find()
    except Problem as problem:
        raise CannotRun(str(problem)) from problem
    build.build()
    home = str(places.home() / "browser")
    stack = ("python", "infra/local/stack.py")
    _run(*stack, "down", GALLEY_HOME=home)
    try:
        _run(*stack, "up", "--test", "--set", "CorsOrigins=*", GALLEY_HOME=home)
        _run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "infra/local/tests/browser", GALLEY_HOME=home)
    finally:
        _run(*stack, "down", GALLEY_HOME=home)


GROUPS = {
    "template": (_template, "sam validate --lint and cfn-lint"),
    "local": (_local, "the limits of AWS, the roles, the runbook, the local stack's own code"),
    "format": (_format, "cargo fmt"),
    "endpoint": (_endpoint, "the GPU endpoint"),
    "clippy": (_clippy, "cargo clippy, warnings denied"),
    "deny": (_deny, "licences and sources of dependencies"),
    "typescript": (_typescript, "the types of the example in TypeScript"),
    "rust": (_rust, "cargo test: rules, handlers, adapters, contracts, and whole jobs on the deployed stack"),
    "cms": (_cms, "a real Directus and a real server of Bluesky's protocol: adapters, then whole jobs on the deployed stack"),
    "shells": (_shells, "completions in zsh and fish"),
    "browser": (_browser, "a real browser that plays what is still being made"),
}


def run(only: list[str]) -> int:
    """Runs the groups, all of them whatever fails; 1 when one failed."""
    if unknown := set(only) - set(GROUPS):
        raise Problem(f"no group {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    table, failed = [], False
    for name, (act, what) in GROUPS.items():
        if only and name not in only:
            continue
        title(f"{name}: {what}")
        began, word, why = time.monotonic(), paint("32", "passed"), ""
        try:
            act()
        except CannotRun as reason:
            word, why = paint("33", "not run"), str(reason)
        except Problem as problem:
            word, why, failed = paint("31", "FAILED"), str(problem), True
            fail(str(problem))
        table.append((name, word, time.monotonic() - began, why))
    title("groups")
    for name, word, took, why in table:
        line(f"  {name:10} {word}  {took:6.1f} s  {why}")
    sys.stdout.flush()
    return 1 if failed else 0
