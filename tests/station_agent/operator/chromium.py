"""Chromium without a window, driven through its pipe by the DevTools protocol: no driver, no port."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.station_agent.waiting import DEADLINE

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MISSING = "Chromium is not installed: apt-get install chromium"

_OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--hide-scrollbars",
    "--mute-audio",
    "--remote-debugging-pipe",
)

_START = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)
"""Chromium reads the protocol from descriptor 3 and writes to 4."""

_SILENT = "The AudioContext was not allowed to start"
"""Chromium's word of a page that nobody touched yet, which says so itself."""


def _pipe() -> tuple[int, int]:
    """A pipe whose ends have numbers that are not in the way of 3 and 4."""
    ends = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return high[0], high[1]


class Browser:
    """One page in a Chromium of its own; ends with the block.

    Attributes:
        problems: what the page's script and the policy for its content complained of.
    """

    def __init__(self, folder: Path, *, language: str = "en", width: int = 1024, height: int = 600) -> None:
        """Start it; `folder` takes its profile."""
        self.problems: list[str] = []
        to_browser, self._out = _pipe()
        self._in, from_browser = _pipe()
        assert PROGRAM is not None, MISSING
        starter = [sys.executable, "-c", _START, str(to_browser), str(from_browser), PROGRAM]
        self._process = subprocess.Popen(
            [*starter, *_OPTIONS, f"--user-data-dir={folder}", f"--lang={language}", "about:blank"],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "LANGUAGE": language},
        )
        os.close(to_browser)
        os.close(from_browser)
        os.set_blocking(self._in, False)
        self._unread = b""
        self._number = 0
        self._session: str | None = None
        (target,) = [one for one in self.call("Target.getTargets")["targetInfos"] if one["type"] == "page"]
        attached = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setLocaleOverride", locale=language)
        self.call("Network.setExtraHTTPHeaders", headers={"Accept-Language": language})
        self.look(width, height)

    def __enter__(self) -> Self:
        """End the browser after the block."""
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        """Kill it: it keeps nothing."""
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def look(self, width: int, height: int, scheme: str = "light") -> None:
        """The size of the screen, and whether it is light or dark."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        media = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=media)

    def open(self, url: str) -> None:
        """Go there and wait until all is loaded."""
        answer = self.call("Page.navigate", url=url)
        assert "errorText" not in answer, answer["errorText"]
        self.until("document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, script: str) -> Any:
        """Wait until an expression is true; its value."""
        ends = time.monotonic() + DEADLINE
        while not (found := self.run(script)):
            assert time.monotonic() < ends, f"never true: {script}\n{self.run('document.body.innerText')}"
            time.sleep(0.02)
        return found

    def texts(self, selector: str) -> list[str]:
        """The visible words of all elements."""
        return list(self.run(f"[...document.querySelectorAll({json.dumps(selector)})].map((e) => e.innerText.trim())"))

    def tap(self, selector: str, times: int = 1) -> None:
        """Put a finger on the middle of an element, as a touch screen does: what lies above it gets the tap."""
        element = f"document.querySelector({json.dumps(selector)})"
        self.until(f"{element} && {element}.checkVisibility() && !{element}.disabled")
        x, y = self.middle(selector)
        for _ in range(times):
            self.tap_at(x, y)

    def middle(self, selector: str) -> tuple[float, float]:
        """Where the middle of an element is, in pixels from the upper left corner; it is scrolled into sight."""
        x, y = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            " e.scrollIntoView({block: 'nearest'});"
            " const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        return x, y

    def tap_at(self, x: float, y: float) -> None:
        """Put a finger on a place of the screen, in pixels from its upper left corner."""
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str) -> None:
        """A key of the keyboard."""
        text = {"text": "\r"} if key == "Enter" else {}
        code = {"Enter": 13, "Tab": 9, "Escape": 27}[key]
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)

    def screenshot(self, file: Path) -> None:
        """What is seen, as PNG."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def call(self, method: str, **parameters: Any) -> Any:
        """A command of the protocol and its answer."""
        self._number += 1
        said: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            said["sessionId"] = self._session
        os.write(self._out, json.dumps(said).encode() + b"\0")
        while True:
            heard = self._heard()
            if heard.get("id") == self._number:
                assert "error" not in heard, (method, heard["error"])
                return heard["result"]
            self._note(heard)

    def _note(self, heard: dict[str, Any]) -> None:
        if heard.get("method") == "Runtime.exceptionThrown":
            self.problems.append(str(heard["params"]["exceptionDetails"]))
        if heard.get("method") == "Log.entryAdded" and heard["params"]["entry"]["source"] != "network":
            text = heard["params"]["entry"]["text"]
            if not text.startswith(_SILENT):
                self.problems.append(text)

    def _heard(self) -> dict[str, Any]:
        ends = time.monotonic() + DEADLINE
        while b"\0" not in self._unread:
            assert time.monotonic() < ends, "Chromium does not answer"
            assert self._process.poll() is None, "Chromium ended"
            try:
                self._unread += os.read(self._in, 1 << 20)
            except BlockingIOError:
                time.sleep(0.002)
        message, _, self._unread = self._unread.partition(b"\0")
        heard: dict[str, Any] = json.loads(message)
        return heard
