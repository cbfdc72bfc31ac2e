"""Those who call the API in tests: a tenant of their own, and the programs that they bring."""

import dataclasses
import json
import os
import secrets
import subprocess
import urllib.error
import urllib.request

import emulator
import places
import tools


@dataclasses.dataclass
class Tenant:
    """A tenant of the running stack, with its key."""

    name: str
    stack: dict
    key: str = ""

    @property
    def env(self) -> dict:
        return os.environ | emulator.KEYS | {"GALLEY_API": self.stack["api_url"], "GALLEY_KEY": self.key, "GALLEY_TABLE": self.stack["table"], "AWS_ENDPOINT_URL": self.stack["endpoint_url"], "AWS_REGION": self.stack["region"]}

    def galley(self, *words: str) -> str:
        done = subprocess.run([str(places.galley()), *words], cwd=places.ROOT, env=self.env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def submit(self, pipeline: dict, **inputs: object) -> dict:
        """A job of a pipeline with these inputs, as it was accepted."""
        body = json.dumps({"pipeline": pipeline, "inputs": inputs}).encode()
        status, _, said = self.ask("POST", "/v1/jobs", body, Authorization=f"Bearer {self.key}", Content_Type="application/json")
        assert status == 202, said
        return json.loads(said)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict, bytes]:
        """Status, headers by lower-case names, body; refusals too."""
        request = urllib.request.Request(self.stack["api_url"] + path, body, method=method, headers={name.replace("_", "-"): value for name, value in headers.items()})
        try:
            answer = urllib.request.urlopen(request, timeout=40)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()


def tenant(name: str) -> Tenant:
    """A tenant that may do what any may: its jobs and its money are its own."""
    made = Tenant(f"{name}-{secrets.token_hex(4)}", places.load())
    made.key = made.galley("admin", "tenants", "add", made.name).strip()
    return made


def program(module: str) -> list[str]:
    """A program by its module: the scripts name the folder that they were installed into, which may have moved."""
    return [tools.binary("python", "callers"), "-m", module]
