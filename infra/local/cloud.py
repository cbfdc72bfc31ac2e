"""Deploying to AWS, with the credentials of whoever runs it: the secrets once, then what ships."""

import secrets
import subprocess

import deploy as local
import places
import tools
from say import Problem, doing, line, note, paint


def deploy(environment: str) -> None:
    """Builds for Graviton with zig and LTO, makes the secrets that are missing, and runs `sam deploy`."""
    _secrets(local.configured(environment))
    build(places.LAMBDA)
    _run("sam", "deploy", "--config-env", environment)


def build(folder) -> None:
    """The functions as they ship."""
    _run("cargo", "lambda", "build", "--release", "--arm64", "--locked", "--workspace", "--exclude", "client", "--exclude", "tests", "--lambda-dir", str(folder))


def _secrets(parameters: dict) -> None:
    """Random values for names that have none yet; one that is there is never touched."""
    import boto3

    ssm = boto3.client("ssm")
    for name in (parameters["EndpointKeyName"], parameters["SigningKeyName"]):
        with doing(f"Make sure of {name}") as remark:
            try:
                ssm.put_parameter(Name=name, Value=secrets.token_urlsafe(32), Type="SecureString", Overwrite=False)
                remark.append("made")
            except ssm.exceptions.ParameterAlreadyExists:
                remark.append("was there")
    note(f"GPU hosts need the value of {parameters['EndpointKeyName']} as GALLEY_ENDPOINT_KEY")


def _run(*command: str) -> None:
    line(paint("2", "$ " + " ".join(command)))
    if subprocess.run(command, cwd=places.ROOT, env=tools.environment()).returncode != 0:
        raise Problem(f"`{' '.join(command)}` failed")
