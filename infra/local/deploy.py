"""`sam deploy` of the very template that goes to AWS, onto the emulator."""

import hashlib
import json
import platform
import re
import secrets as random
import tomllib

import certificate
import emulator
import places
import tools
from say import doing

ARTIFACTS = "galley-artifacts"


def secrets() -> dict:
    """The shared key of the hosts, the signing key, the console's password and who vouches for pictures: random, made once."""
    path = places.home() / "secrets.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    made = {"endpoint_key": random.token_urlsafe(32), "signing_key": random.token_urlsafe(32), "console_password": f"Galley-{random.randbelow(10**9):09}"} | known
    made = made if "certificate_root" in made else made | {"certificate_root": certificate.root()}
    if made != known:
        places.write(path, made)
    return made


def parameters(stack: dict) -> dict:
    """samconfig.toml's local parameters, with what only this run knows: ports and processor."""
    return configured("default") | {
        "Architecture": "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64",
        "LocalEndpoint": stack["endpoint_url"],
        "LocalHosts": ",".join(host["url"].removeprefix("http://") for host in stack["hosts"]),
    } | _key(stack) | _doubles(stack) | stack["set"]


def _key(stack: dict) -> dict:
    """The key that signs what is published, once the emulator's KMS has made it."""
    return {"CertificateKey": stack["certificate_key"]} if "certificate_key" in stack else {}


def _doubles(stack: dict) -> dict:
    """Where tests, or the stack itself, open doubles of vendors; `sam` takes no parameter that is empty."""
    tests = range(8801, 8806) if stack.get("test_faults") else []
    hosts = [f"127.0.0.1:{port}" for port in [*tests, *(one["port"] for one in stack.get("doubles", []))]]
    return {"LocalVendorHosts": ",".join(hosts)} if hosts else {}


def configured(environment: str) -> dict:
    """The parameters that samconfig.toml gives an environment."""
    config = tomllib.loads((places.ROOT / "samconfig.toml").read_text())
    return dict(part.split("=", 1) for part in config[environment]["deploy"]["parameters"]["parameter_overrides"])


def fingerprint(stack: dict) -> str:
    """Changes when a deployment would."""
    digest = hashlib.sha256(repr(sorted(parameters(stack).items())).encode())
    files = [places.INFRA / "template.yaml", places.INFRA / "pipeline.asl.json", places.ROOT / "samconfig.toml"]
    for file in files + [places.LAMBDA / f / "bootstrap" for f in places.FUNCTIONS]:
        with open(file, "rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()


def prepare(stack: dict) -> None:
    """What CloudFormation cannot make: the secrets; and the bucket that `sam deploy` uploads to."""
    values, names = secrets(), parameters(stack)
    ssm = emulator.client("ssm", stack["endpoint_url"])
    ssm.put_parameter(Name=names["EndpointKeyName"], Value=values["endpoint_key"], Type="SecureString", Overwrite=True)
    ssm.put_parameter(Name=names["SigningKeyName"], Value=values["signing_key"], Type="SecureString", Overwrite=True)
    public = emulator.client("kms", stack["endpoint_url"]).get_public_key(KeyId=stack["certificate_key"])["PublicKey"]
    _keep(emulator.client("secretsmanager", stack["endpoint_url"]), names["CertificateSecret"], certificate.of(public, values["certificate_root"]))
    s3 = emulator.client("s3", stack["endpoint_url"])
    if ARTIFACTS not in {b["Name"] for b in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=ARTIFACTS)


def _keep(manager, name: str, value: str) -> None:
    """Puts a secret in its place, instead of what was there."""
    try:
        manager.create_secret(Name=name, SecretString=value)
    except manager.exceptions.ResourceExistsException:
        manager.put_secret_value(SecretId=name, SecretString=value)


def deploy(stack: dict) -> dict:
    """Deploys, and returns the stack with the names that came of it."""
    with doing("Deploy with sam deploy"):
        overrides = [f"{name}={value}" for name, value in parameters(stack).items()]
        command = [tools.binary("sam"), "deploy", "--config-file", str(places.ROOT / "samconfig.toml"), "--no-progressbar", "--parameter-overrides", *overrides]
        tools.run(command, "sam deploy failed", cwd=places.ROOT, env=tools.environment() | emulator.KEYS | {"AWS_ENDPOINT_URL": stack["endpoint_url"], "AWS_DEFAULT_REGION": emulator.REGION})
    described = emulator.client("cloudformation", stack["endpoint_url"]).describe_stacks(StackName="galley")
    outputs = {o["OutputKey"]: o["OutputValue"] for o in described["Stacks"][0]["Outputs"]}
    _allow_origins(stack, outputs["ApiUrl"])
    return stack | {
        "stack": "galley",
        "api_url": outputs["ApiUrl"],
        "stream_url": outputs["StreamUrl"],
        "console_url": outputs["ConsoleUrl"],
        "people_pool": outputs["PeoplePoolId"],
        "table": outputs["TableName"],
        "buckets": {name: outputs[f"{name.title()}BucketName"] for name in ("assets", "uploads", "public")},
        **queues(outputs),
        "bus": outputs["BusName"],
        "distribution": outputs["CdnId"],
        "state_machine_arn": outputs["StateMachineArn"],
        "functions": {f: outputs[f"{f.title()}FunctionName"] for f in places.FUNCTIONS},
    }


def queues(outputs: dict) -> dict:
    """Queues and their dead letters, as the command wants them named: `NotifyQueueUrl` as `notify_queue_url`."""
    named = {name: url for name, url in outputs.items() if name.endswith(("QueueUrl", "DeadLettersUrl"))}
    return {re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower(): url for name, url in named.items()}


def _allow_origins(stack: dict, api_url: str) -> None:
    """The emulator keeps the template's CORS under names that it does not read: the same is said again through its API."""
    from template import Template  # late: only the virtual environment can read YAML

    cors = Template(places.INFRA / "template.yaml").of("AWS::ApiGatewayV2::Api")["Api"]["CorsConfiguration"]["Fn::If"][1]
    origins = [origin for origin in parameters(stack)["CorsOrigins"].split(",") if origin]
    if origins:
        api = api_url.split("/_aws/execute-api/")[1].split("/")[0]
        emulator.client("apigatewayv2", stack["endpoint_url"]).update_api(ApiId=api, CorsConfiguration=cors | {"AllowOrigins": origins})
