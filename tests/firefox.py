"""A headless Firefox driven over Marionette, its own remote protocol: no driver, no packages."""

import json
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from tests import programs

FLAGS = ("--headless", "--no-remote", "--marionette", "--remote-allow-system-access")
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c"}
NAMES = ("firefox-esr", "firefox")
STARTING, ANSWERING = 120, 600
"""Seconds after which a browser counts as hung, on a machine that does other things too."""
PREFERENCES = {
    "marionette.port": 0,  # any that is free; Firefox writes it to PORT_FILE in its profile
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "",
}
PORT_FILE = "MarionetteActivePort"
# Firefox does not make a window narrower than its toolbar; the page's frame inside it may be as narrow as a phone.
FRAME = """
const [width, height, dark] = arguments;
Services.prefs.setIntPref("layout.css.prefers-color-scheme.content-override", dark ? 0 : 1);
for (const side of ["min", "max"]) {
  gBrowser.selectedBrowser.style.setProperty(`${side}-width`, `${width}px`);
  gBrowser.selectedBrowser.style.setProperty(`${side}-height`, `${height}px`);
}
"""
# In the page's own world, as if it stood in the page.
EVALUATE = """
const [expression, done] = arguments;
Promise.resolve().then(() => window.eval(expression))
  .then((value) => done([true, value === undefined ? null : value]), (error) => done([false, String(error)]));
"""


def executable() -> str | None:
    """The browser that FIREFOX names, else the first of NAMES on PATH, if any."""
    return programs.executable("FIREFOX", NAMES)


def missing() -> str:
    """Why there is no browser, and what to do about it."""
    return programs.missing("FIREFOX", "no Firefox on PATH: install Debian's firefox-esr, or let FIREFOX name one")


class Firefox:
    """One page; use as a context manager. `open`, `evaluate` and `press` are those of `tests.browser.Browser`."""

    def __init__(self) -> None:
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        folder = Path(self.profile.name)
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
        (folder / "user.js").write_text("".join(lines), encoding="utf-8")
        self.process = subprocess.Popen(
            [executable(), *FLAGS, "--profile", str(folder)],
            env=os.environ | {"HOME": str(folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.rest, self.number = b"", 0

    def __enter__(self) -> "Firefox":
        try:
            self.socket = socket.create_connection(("127.0.0.1", self._port()), ANSWERING)
            self._receive()  # its greeting
            self.call("WebDriver:NewSession")
            self.call("WebDriver:SetTimeouts", script=ANSWERING * 1000)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()
        self._stop()

    def _stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.profile.cleanup()

    def _port(self) -> int:
        file, end = Path(self.profile.name) / PORT_FILE, time.monotonic() + STARTING
        while time.monotonic() < end and self.process.poll() is None:
            if file.is_file() and (text := file.read_text()):
                return int(text)
            time.sleep(0.1)
        raise RuntimeError("Firefox does not start; run it by hand with --headless --marionette to see why.")

    def _receive(self) -> Any:
        """One message: its length in bytes, a colon, JSON."""
        while b":" not in self.rest:
            self.rest += self._bytes()
        length, _, self.rest = self.rest.partition(b":")
        while len(self.rest) < int(length):
            self.rest += self._bytes()
        message, self.rest = self.rest[: int(length)], self.rest[int(length) :]
        return json.loads(message)

    def _bytes(self) -> bytes:
        received = self.socket.recv(1 << 16)
        if not received:
            raise RuntimeError("Firefox ended; run it by hand with --headless to see why.")
        return received

    def call(self, method: str, **parameters: Any) -> Any:
        """Send one command and wait for its answer."""
        self.number += 1
        message = json.dumps([0, self.number, method, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self._receive()
        if error:
            raise RuntimeError(f"{method}: {error['message']}")
        return result["value"] if isinstance(result, dict) and "value" in result else result

    def open(self, path: Path, width: int, height: int = 900, *, dark: bool = False) -> None:
        """Load a file at a viewport size and wait until it is there."""
        self.call("WebDriver:SetWindowRect", width=max(width, 500), height=height + 200)
        self.call("Marionette:SetContext", value="chrome")
        self.call("WebDriver:ExecuteScript", script=FRAME, args=[width, height, dark])
        self.call("Marionette:SetContext", value="content")
        self.call("WebDriver:Navigate", url=path.resolve().as_uri())

    def evaluate(self, expression: str) -> Any:
        """Value of a JavaScript expression in the page."""
        fine, value = self.call("WebDriver:ExecuteAsyncScript", script=EVALUATE, args=[expression])
        if not fine:
            raise RuntimeError(value)
        return value

    def press(self, key: str) -> None:
        """Press and release a key of KEYS."""
        strokes = [{"type": kind, "value": KEYS[key]} for kind in ("keyDown", "keyUp")]
        self.call("WebDriver:PerformActions", actions=[{"type": "key", "id": "keyboard", "actions": strokes}])
