"""What counts likes in Bluesky's network, in small: it looks at the records that the real server has, when that server asks it."""

import http.server
import json
import secrets
import threading
import urllib.parse

import cms

LIKE = "app.bsky.feed.like"


class View:
    """Listens where the server was told that its view is."""

    def __init__(self, pds: dict):
        self.asked: list[str] = []
        asked = self.asked

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_) -> None:
                pass

            def do_GET(self) -> None:
                method, _, query = self.path.removeprefix("/xrpc/").partition("?")
                assert method == "app.bsky.feed.getPosts" and self.headers["Authorization"].startswith("Bearer "), self.path
                asked.append(method)
                body = json.dumps({"posts": [{"uri": uri, "likeCount": likes(pds, uri)} for uri in urllib.parse.parse_qs(query)["uris"]]}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", pds["view"]), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def likes(pds: dict, uri: str) -> int:
    """How many records of the server like a post."""
    repos = [repo["did"] for repo in cms.ask(pds, "GET", "/xrpc/com.atproto.sync.listRepos")["repos"]]
    kept = [cms.ask(pds, "GET", f"/xrpc/com.atproto.repo.listRecords?repo={did}&collection={LIKE}")["records"] for did in repos]
    return sum(record["value"]["subject"]["uri"] == uri for records in kept for record in records)


def like(pds: dict, record: dict) -> None:
    """Somebody else's account likes a post."""
    name = f"reader-{secrets.token_hex(3)}"
    reader = {"email": f"{name}@example.com", "handle": f"{name}.test", "password": pds["password"]}
    made = cms.post(pds, "/xrpc/com.atproto.server.createAccount", reader)
    value = {"$type": LIKE, "subject": {"uri": record["uri"], "cid": record["cid"]}, "createdAt": "2026-01-01T00:00:00.000Z"}
    cms.post(pds | {"token": made["accessJwt"]}, "/xrpc/com.atproto.repo.createRecord", {"repo": made["did"], "collection": LIKE, "record": value})
