"""MiniStack, the emulator of AWS on one port of this machine.

With AUTH=true it checks who calls: the pair `test`/`test` below is the account's root; each function gets a session of
its own role, and that role's policy bites. Lambda processes inherit MiniStack's environment, so it is kept bare.
What a function prints goes to the emulator's CloudWatch Logs, `/aws/lambda/<function>`, with START and REPORT lines.
On a stack for tests every signed call is recorded by its access key, to be compared with the policies (calls.py).
"""

import json
import os
import time
import urllib.request

import places
import process
import tools
from say import Problem

REGION = "us-east-1"
ACCOUNT = "000000000000"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def start(port: int, record: bool, endpoint: str | None = None) -> dict:
    """Starts it and returns once it answers. `endpoint` is what functions call back, when a proxy stands between."""
    home = places.home()
    scratch = home / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    url = f"http://127.0.0.1:{port}"
    env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | KEYS | {
        "AUTH": "true",
        "AWS_ENDPOINT_URL": endpoint or url,
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "STATE_DIR": str(home / "state"),
        "TMPDIR": str(scratch),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "CLOUDTRAIL_RECORDING": "1" if record else "0",
        "CLOUDTRAIL_MAX_EVENTS": "100000",
    }
    running = process.spawn([tools.binary("python"), "-m", "ministack.app"], home / "logs" / "ministack.log", env, home)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if not process.alive(running):
            raise Problem(f"MiniStack ended at once; its log is {running['log']}")
        if answers(url) and process.listens(running, port):
            return running | {"port": port}
        time.sleep(0.05)
    process.end(running)
    raise Problem(f"MiniStack did not answer within a minute; its log is {running['log']}")


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_ministack/health", timeout=2) as answer:
            return json.load(answer).get("auth", "enabled") == "enabled"
    except (OSError, ValueError):
        return False


def client(service: str, endpoint: str):
    """A boto3 client of the account's root. Imported late: only the virtual environment has boto3."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"max_attempts": 2}, read_timeout=70),
    )
