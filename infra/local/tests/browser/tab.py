"""A tab of a browser without a window, driven as its own tools drive it."""

import base64
import json
import pathlib
import socket
import subprocess
import time
import urllib.parse
import urllib.request

# How long anything may take, in seconds.
PATIENCE = 30


class Tab:
    """One tab: goes places, types, looks, and takes pictures of what it shows."""

    def __init__(self, command: list[str], env: dict[str, str], home: pathlib.Path):
        profile = home / "tab"
        self.log = (home / "tab.log").open("w")
        self.process = subprocess.Popen([*command, f"--user-data-dir={profile}", "about:blank"], env=env | {"HOME": str(home)}, stdout=self.log, stderr=self.log)
        self.counter, self.heard = 0, []
        port = self._wait(lambda: (profile / "DevToolsActivePort").exists() and (profile / "DevToolsActivePort").read_text().split()[0])
        tabs = self._wait(lambda: [t for t in json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json")) if t["type"] == "page"])
        self._connect(tabs[0]["webSocketDebuggerUrl"])
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.wire.close()
        self.log.close()

    def go(self, url: str) -> None:
        """Opens an address, and returns when its page is whole."""
        self.call("Page.navigate", url=url)
        self.settled()

    def settled(self) -> None:
        """Returns when the page is whole and its pictures are there."""
        ready = "document.readyState === 'complete' && [...document.images].every(it => it.complete || it.loading === 'lazy')"
        self.until(ready)

    def run(self, script: str):
        """What an expression comes to, or what it promises."""
        said = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    def until(self, script: str, why: str = "") -> None:
        def holds():
            try:
                return self.run(script)
            except (AssertionError, LookupError):
                return False  # between two pages

        assert self._wait(holds), f"never: {why or script}; at {self.run('location.href')}: {self.run('document.body.innerText')[:600]}"

    def press(self, key: str) -> None:
        """One key, as from a keyboard."""
        code = {"Enter": 13, "Escape": 27, "Tab": 9}.get(key, ord(key[0].upper()))
        text = {"text": "\r"} if key == "Enter" else {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def type(self, text: str) -> None:
        self.call("Input.insertText", text=text)

    def wide(self, width: int, height: int, dark: bool = False) -> None:
        """How large the window is, and whether its owner likes it dark."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def shoot(self, file: pathlib.Path) -> None:
        """A picture of what is seen without scrolling."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def said(self) -> list[str]:
        """What the browser complained of: errors of scripts, and what the page's policy forbade."""
        errors = [m["params"]["exceptionDetails"]["text"] for m in self.heard if m.get("method") == "Runtime.exceptionThrown"]
        entries = [m["params"]["entry"] for m in self.heard if m.get("method") == "Log.entryAdded"]
        return errors + [entry["text"] for entry in entries if entry["level"] == "error"]

    def call(self, method: str, **params) -> dict:
        import wsproto.events

        self.counter += 1
        self.wire.sendall(self.ws.send(wsproto.events.TextMessage(json.dumps({"id": self.counter, "method": method, "params": params}))))
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            message = self._message()
            if message.get("id") == self.counter:
                assert "error" not in message, f"{method}: {message['error']}"
                return message["result"]
            self.heard.append(message)
        raise AssertionError(f"{method} was never answered")

    def _connect(self, url: str) -> None:
        # Late: only the virtual environment has it.
        import wsproto
        import wsproto.events

        place = urllib.parse.urlsplit(url)
        self.wire = socket.create_connection((place.hostname, place.port), PATIENCE)
        self.ws, self.waiting, self.text = wsproto.WSConnection(wsproto.ConnectionType.CLIENT), [], ""
        self.wire.sendall(self.ws.send(wsproto.events.Request(host=place.netloc, target=place.path)))
        while not any(isinstance(event, wsproto.events.AcceptConnection) for event in self._events()):
            pass

    def _events(self) -> list:
        self.ws.receive_data(self.wire.recv(1 << 20))
        return list(self.ws.events())

    def _message(self) -> dict:
        import wsproto.events

        while not self.waiting:
            for event in self._events():
                if isinstance(event, wsproto.events.TextMessage):
                    self.text += event.data
                    if event.message_finished:
                        self.waiting.append(json.loads(self.text))
                        self.text = ""
        return self.waiting.pop(0)

    @staticmethod
    def _wait(holds, seconds: float = PATIENCE):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if found := holds():
                    return found
            except OSError:
                pass
            time.sleep(0.05)
        return None
