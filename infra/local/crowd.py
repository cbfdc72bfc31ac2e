"""A crowd: each submits a job and watches it over a WebSocket, as a page does; and what gave way under them all."""

import asyncio
import collections
import concurrent.futures
import json
import random
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

# How long anybody waits for an answer; after how much silence one asks; how long one tries before one gives up.
PATIENCE, SILENCE, INSISTENCE = 20.0, 15.0, 240.0


class Socket:
    """A WebSocket and the texts that come over it."""

    def __init__(self, reader, writer, connection):
        self.reader, self.writer, self.connection = reader, writer, connection

    @classmethod
    async def open(cls, address: str) -> "Socket":
        # Late: only the virtual environment has it.
        import wsproto
        import wsproto.events

        url = urllib.parse.urlsplit(address)
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        socket = cls(reader, writer, wsproto.WSConnection(wsproto.ConnectionType.CLIENT))
        socket._send(wsproto.events.Request(host=url.netloc, target=url.path))
        async for event in socket._events():
            if isinstance(event, wsproto.events.AcceptConnection):
                return socket
            break
        raise OSError("the handshake was refused")

    def say(self, message: dict) -> None:
        import wsproto.events

        self._send(wsproto.events.TextMessage(json.dumps(message)))

    async def told(self) -> dict | None:
        """The next message; none once the connection is ended."""
        import wsproto.events

        text = ""
        async for event in self._events():
            if isinstance(event, wsproto.events.Ping):
                self._send(event.response())
            elif isinstance(event, wsproto.events.CloseConnection):
                return None
            elif isinstance(event, wsproto.events.TextMessage):
                text += event.data
                if event.message_finished:
                    return json.loads(text)
        return None

    def close(self) -> None:
        self.writer.close()

    def _send(self, event) -> None:
        self.writer.write(self.connection.send(event))

    async def _events(self):
        while True:
            for event in self.connection.events():
                yield event
            data = await self.reader.read(65536)
            if not data:
                return
            self.connection.receive_data(data)


class Listener:
    """Somebody with a job: when its first chunk came, and the number of each event in the order of coming."""

    def __init__(self, crowd: "Crowd", number: int, key: str):
        self.crowd, self.number, self.key = crowd, number, key
        self.job, self.seen, self.over = "", [], False
        self.asked, self.first_chunk = 0.0, None

    async def run(self) -> None:
        self.asked = time.time()
        self.job = (await self.crowd.insist(self.key, "/v1/jobs", {"pipeline": self.crowd.pipeline}))["id"]
        # Every other one comes and goes, each as often, so that all levels ask for the same.
        cuts, pause = 2 * (self.number % 2), 0.1
        while not self.over:
            cut = await self._watch(cuts)
            cuts, pause = (cuts - 1, 0.1) if cut else (cuts, min(2 * pause, 5.0))
            if not cut and not self.over:
                await asyncio.sleep(pause * random.uniform(0.5, 1))

    async def _watch(self, cuts: int) -> bool:
        """One connection, as long as it lasts; whether we left it ourselves."""
        token = await self.crowd.insist(self.key, f"/v1/jobs/{self.job}/token", {})
        socket = None
        try:
            async with asyncio.timeout(PATIENCE):
                socket = await Socket.open(token["stream"])
                socket.say({"action": "subscribe", "job": self.job, "token": token["token"], "after": self.seen[-1] if self.seen else 0})
                told = await socket.told()
            if not told or told.get("type") != "subscribed":
                return self._note("the WebSocket API took a connection and no subscription")
            return await self._listen(socket, cuts)
        except TimeoutError:
            return self._note(f"the WebSocket API subscribed nobody within {PATIENCE:.0f} s")
        except OSError as error:
            return self._note(f"the WebSocket API was not reached: {error.strerror or error}")
        finally:
            if socket:
                socket.close()

    async def _listen(self, socket: Socket, cuts: int) -> bool:
        while not self.over:
            try:
                told = await asyncio.wait_for(socket.told(), SILENCE)
            except TimeoutError:
                socket.say({"action": "ping"})
                continue
            if told is None:
                return self._note("a connection was ended as too slow, or lost")
            if "type" not in told:
                return self._note(f"the WebSocket API said: {told.get('message') or told.get('errorMessage') or told}")
            if told["type"] == "pong" and self.job not in told["jobs"]:
                return self._note("a connection was forgotten")
            for event in told.get("events", []):
                self.seen.append(event["n"])
                if event["type"] == "step.chunk" and self.first_chunk is None:
                    self.first_chunk = time.time() - self.asked
            self.over = told.get("terminal", False)
            if cuts and "events" in told and not self.over:
                return True
        return False

    def _note(self, what: str) -> bool:
        self.crowd.gave_way[what] += 1
        return False


class Crowd:
    """So many listeners at once, spread over tiers."""

    def __init__(self, api: str, keys: dict[str, list[str]], pipeline: dict):
        self.api, self.keys, self.pipeline = api, keys, pipeline
        self.gave_way: collections.Counter = collections.Counter()
        self.pool = concurrent.futures.ThreadPoolExecutor(64)

    async def gather(self, many: int) -> dict[str, list[Listener]]:
        """All of them to the end of their jobs, by tier."""
        tiers = list(self.keys)
        by_tier: dict[str, list[Listener]] = {tier: [] for tier in tiers}
        for number in range(many):
            # A tier's listeners are of both kinds: those who stay, and those who come and go.
            tier = tiers[number // 2 % len(tiers)]
            keys = self.keys[tier]
            by_tier[tier].append(Listener(self, number, keys[len(by_tier[tier]) % len(keys)]))
        await asyncio.gather(*(one.run() for listeners in by_tier.values() for one in listeners))
        return by_tier

    async def insist(self, key: str, path: str, body: dict) -> dict:
        """What the API answers, sooner or later: the same request, however often it is made."""
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        request = urllib.request.Request(self.api + path, data=json.dumps(body).encode(), headers=headers)
        until, pause = time.monotonic() + INSISTENCE, 0.1
        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(self.pool, _answer, request)
            except urllib.error.HTTPError as problem:
                if problem.code < 500 and problem.code != 429:
                    raise
                self.gave_way[f"the HTTP API answered {problem.code}"] += 1
            except OSError:
                self.gave_way[f"the HTTP API gave no answer within {PATIENCE:.0f} s"] += 1
            if until < time.monotonic():
                raise TimeoutError(f"{path}: no answer within {INSISTENCE:.0f} s")
            await asyncio.sleep(pause * random.uniform(0.5, 1))
            pause = min(2 * pause, 5.0)


def _answer(request: urllib.request.Request) -> dict:
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)
