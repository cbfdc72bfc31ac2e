"""Real targets on this machine: Directus and a server of Bluesky's protocol, from their pinned packages."""

import json
import os
import pathlib
import secrets
import shutil
import sys
import time
import urllib.error
import urllib.request

import deploy
import places
import ports
import process
import tools
from say import Problem, doing

PINS = places.INFRA / "local" / "cms"
# What has a native part that does not come built: each is built by name, and nothing else of any package is run.
BUILT = {"directus": ("isolated-vm", "sqlite3"), "pds": ("better-sqlite3",)}
NAMES = {"directus": "Directus", "pds": "Bluesky's server"}
HANDLE = "galley.test"
PATIENCE_S = 120


def install() -> dict[str, pathlib.Path]:
    """The folder of each, and of the Node that they run on. Minutes at first, nothing later."""
    folders = {"node": tools.packages(PINS / "node", "cms-node", "Node for real targets")}
    program = _node(folders["node"])
    for name, built in BUILT.items():
        folders[name] = tools.packages(PINS / name, f"cms-{name}", NAMES[name], lambda folder, built=built: _build(folder, built, program))
    return folders


def _node(folder: pathlib.Path) -> pathlib.Path:
    found = next(folder.glob("node_modules/node-*/bin/node"), None)
    if not found:
        raise Problem("there is no packaged Node 22 for this kind of machine, which Directus and Bluesky's server need")
    return found


def _build(folder: pathlib.Path, packages: tuple[str, ...], program: pathlib.Path) -> None:
    lacking = [name for name in ("make", "g++") if not shutil.which(name)]
    if lacking:
        raise Problem(f"{' and '.join(lacking)} missing, to build {' and '.join(packages)} with. Debian: apt-get install build-essential")
    for package in packages:
        with doing(f"Build {package}; that takes minutes, once"):
            command = [str(program), tools.gyp(), "rebuild", "--release", f"--nodedir={program.parents[1]}", f"--python={sys.executable}", "-j", "2"]
            tools.run(command, f"{package} could not be built", cwd=folder / "node_modules" / package)


def up(home: pathlib.Path) -> list[dict]:
    """Both, at once where they are up in this home already, else started empty. What comes back says where they are,
    who is who there, and how each is ended."""
    running = known(home)
    if running and all(process.alive(server["process"]) for server in running):
        return running
    down(home)
    folders, began = install(), []
    try:
        for act in (_directus, _pds):
            began.append(act(folders, home))
            _save(home, began)
        for server, fill in zip(began, (_collection, _account)):
            with doing(f"Start {NAMES[server['id']]} at {server['site']}"):
                _wait(server)
                fill(server)
        _save(home, began)
    except BaseException:
        down(home)
        raise
    return began


def down(home: pathlib.Path) -> None:
    """Ends what runs in this home, by its id."""
    for server in known(home):
        process.end(server["process"], grace=3)
    record(home).unlink(missing_ok=True)


def record(home: pathlib.Path) -> pathlib.Path:
    """The file that says what runs in a home."""
    return home / "cms.json"


def known(home: pathlib.Path) -> list[dict]:
    """What runs in a home, as `up` told."""
    file = record(home)
    return json.loads(file.read_text())["servers"] if file.exists() else []


def _save(home: pathlib.Path, servers: list[dict]) -> None:
    places.write(record(home), {"servers": servers})


def _fresh(home: pathlib.Path, name: str) -> pathlib.Path:
    folder = home / "cms" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _plain() -> dict:
    """Nothing of our environment that could change what a server does."""
    return {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ} | {"NODE_ENV": "production"}


def _server(name: str, port: int, command: list[str], env: dict, folder: pathlib.Path, **more: object) -> dict:
    running = process.spawn(command, folder.parents[1] / "logs" / f"{name}.log", _plain() | env, folder)
    return {"id": name, "port": port, "site": f"http://127.0.0.1:{port}", "process": running} | more


def _directus(folders: dict[str, pathlib.Path], home: pathlib.Path) -> dict:
    folder, port = _fresh(home, "directus"), ports.reserve(8861)[0]
    password, token = f"Galley-{secrets.token_hex(6)}", secrets.token_urlsafe(24)
    env = {
        "HOST": "127.0.0.1", "PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}", "KEY": secrets.token_hex(16), "SECRET": secrets.token_hex(32),
        "ADMIN_EMAIL": "admin@example.com", "ADMIN_PASSWORD": password, "ADMIN_TOKEN": token,
        "DB_CLIENT": "sqlite3", "DB_FILENAME": str(folder / "data.db"), "STORAGE_LOCATIONS": "local", "STORAGE_LOCAL_ROOT": str(folder / "files"),
        # A slow machine is no reason to answer nothing.
        "PRESSURE_LIMITER_ENABLED": "false",
        # By default its flows call nothing on its own machine, where Galley is here. The metadata of clouds stays out of reach.
        "IMPORT_IP_DENY_LIST": "169.254.169.254", "TELEMETRY": "false", "LOG_LEVEL": "warn", "LOG_STYLE": "raw", "EXTENSIONS_PATH": str(folder / "extensions"),
    }
    command = [str(_node(folders["node"])), str(folders["directus"] / "node_modules" / "directus" / "cli.js")]
    with doing("Set Directus up"):
        tools.run([*command, "bootstrap"], "Directus could not be set up", env=_plain() | env, cwd=folder)
    return _server("directus", port, [*command, "start"], env, folder, token=token, who=env["ADMIN_EMAIL"], password=password, ready="/server/ping")


def _pds(folders: dict[str, pathlib.Path], home: pathlib.Path) -> dict:
    folder = _fresh(home, "pds")
    port, directory, view = ports.reserve(8881, 3)
    env = {
        "PDS_PORT": str(port), "PLC_PORT": str(directory), "PDS_DID_PLC_URL": f"http://127.0.0.1:{directory}", "PDS_HOSTNAME": "localhost",
        "PDS_DATA_DIRECTORY": str(folder), "PDS_BLOBSTORE_DISK_LOCATION": str(folder / "blobs"), "PDS_DEV_MODE": "true", "PDS_INVITE_REQUIRED": "false",
        # Likes are counted elsewhere in its network: here by whoever listens there.
        "PDS_BSKY_APP_VIEW_URL": f"http://127.0.0.1:{view}", "PDS_BSKY_APP_VIEW_DID": "did:web:localhost",
        "PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX": f"0{secrets.token_hex(32)[1:]}", "PDS_JWT_SECRET": secrets.token_hex(16), "PDS_ADMIN_PASSWORD": secrets.token_hex(16),
    }
    command = [str(_node(folders["node"])), str(folders["pds"] / "main.mjs")]
    return _server("pds", port, command, env, folder, view=view, who=HANDLE, password=f"Galley-{secrets.token_hex(6)}", ready="/xrpc/_health")


def _wait(server: dict) -> None:
    until = time.monotonic() + PATIENCE_S
    while process.alive(server["process"]) and time.monotonic() < until:
        try:
            with urllib.request.urlopen(server["site"] + server["ready"], timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    said = pathlib.Path(server["process"]["log"]).read_text(errors="replace").strip()[-1500:]
    raise Problem(f"{NAMES[server['id']]} does not answer; its log is {server['process']['log']}:\n{said}")


def ask(server: dict, method: str, path: str, body: dict | None = None) -> dict:
    """Asks a server for something with the token that it is given with, where there is one."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {server['token']}"} if "token" in server else {})
    request = urllib.request.Request(server["site"] + path, data=None if body is None else json.dumps(body).encode(), headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as refused:
        raise Problem(f"{NAMES[server['id']]} refused {path} with {refused.code}: {refused.read().decode(errors='replace')[:500]}") from refused


def post(server: dict, path: str, body: dict) -> dict:
    return ask(server, "POST", path, body)


def operator(server: dict) -> dict:
    """A server, to be asked as whoever runs it: who may do anything."""
    return server | {"token": server.get("admin_token", server.get("token"))}


def allowed(servers: list[dict]) -> str:
    """The parameter that lets Galley call them, though they are on this machine and speak plain HTTP."""
    others = deploy.configured("default")["LocalWebhookHosts"]
    return "LocalWebhookHosts=" + ",".join([others, *(server["site"].removeprefix("http://") for server in servers)])


def _collection(server: dict) -> None:
    """The collection that posts go to, under keys that whoever writes chooses; and who may write there, and no more:
    what an administrator sends to a field that is not there is lost without a word."""
    kinds = {"status": "string", "title": "string", "slug": "string", "body": "text", "summary": "text", "tags": "json", "image": "uuid", "canonical_url": "string", "date_updated": "timestamp"}
    key = {"field": "id", "type": "uuid", "schema": {"is_primary_key": True}, "meta": {"special": ["uuid"]}}
    special = {"tags": ["cast-json"], "image": ["file"], "date_updated": ["date-updated"]}
    interface = {"image": "file-image", "body": "input-rich-text-html", "tags": "tags", "date_updated": "datetime"}
    fields = [key] + [{"field": name, "type": kind, "schema": {}, "meta": {"special": special.get(name), "interface": interface.get(name, "input")}} for name, kind in kinds.items()]
    post(server, "/collections", {"collection": "articles", "schema": {}, "meta": {}, "fields": fields})
    post(server, "/relations", {"collection": "articles", "field": "image", "related_collection": "directus_files"})
    opened = {"articles": ["id", *kinds], "directus_files": ["*"]}
    verbs = [(kept, verb) for kept in opened for verb in ("create", "read", "update", "delete")]
    permissions = [{"collection": kept, "action": verb, "fields": opened[kept], "permissions": {}, "validation": {}} for kept, verb in verbs]
    policy = post(server, "/policies", {"name": "Galley", "app_access": False, "admin_access": False, "permissions": permissions})["data"]["id"]
    server["token"], server["admin_token"] = secrets.token_urlsafe(24), server["token"]
    post(operator(server), "/users", {"email": "galley@example.com", "first_name": "Galley", "token": server["token"], "policies": [{"policy": policy}]})


def _account(server: dict) -> None:
    """The account that posts go to, and an app password of it, as people give to tools."""
    body = {"email": "galley@example.com", "handle": HANDLE, "password": server["password"]}
    made = post(server, "/xrpc/com.atproto.server.createAccount", body)
    session = server | {"token": made["accessJwt"]}
    server |= {"did": made["did"], "app_password": post(session, "/xrpc/com.atproto.server.createAppPassword", {"name": "galley"})["password"]}
