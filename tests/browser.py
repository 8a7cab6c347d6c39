"""A headless Chromium, driven over the WebDriver protocol.

Selenium would do it too, but it brings trio and much else for a dozen requests.
"""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from helpers import find_free_port

OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


class Browser:
    """One window, empty at first."""

    def __init__(self, session: str) -> None:
        self._session = session

    def open(self, url: str) -> None:
        """Load a page; returns when it and what it names are loaded."""
        call("POST", f"{self._session}/url", url=url)

    def run(self, script: str, *arguments: Any) -> Any:
        """Run JavaScript, a function's body, in the page, and return what it returns."""
        return call("POST", f"{self._session}/execute/sync", script=script, args=arguments)

    def wait_for(self, condition: str, seconds: float = 30) -> None:
        """Wait until a JavaScript expression is true."""
        wait_until(lambda: self.run(f"return Boolean({condition})"), condition, seconds)

    def devtools(self, command: str, **parameters: Any) -> Any:
        """Give a command of Chromium's DevTools protocol."""
        path = f"{self._session}/goog/cdp/execute"
        return call("POST", path, cmd=command, params=parameters)

    def click(self, selector: str) -> None:
        """Click on the first element that a CSS selector finds, as a user's mouse does."""
        call("POST", f"{self._find(selector)}/click")

    def type(self, selector: str, text: str) -> None:
        """Type into the first element that a CSS selector finds."""
        call("POST", f"{self._find(selector)}/value", text=text)

    def read_errors(self) -> list[str]:
        """Return the errors on the console since the last call."""
        entries = call("POST", f"{self._session}/se/log", type="browser")
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def _find(self, selector: str) -> str:
        found = call("POST", f"{self._session}/element", using="css selector", value=selector)
        (element,) = found.values()
        return f"{self._session}/element/{element}"


def wait_until(condition: Callable[[], object], reason: str, seconds: float = 30) -> None:
    """Wait until a function's result is true; the reason is what a failure says."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, reason
        time.sleep(0.05)


@contextmanager
def start_browser(program: str, driver: str, profile: Path) -> Iterator[Browser]:
    """Start Chromium and its driver.

    Args:
        program: Path of chromium.
        driver: Path of chromedriver.
        profile: An empty folder.

    Yields:
        The browser, which ends with the block.
    """
    port = find_free_port()
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen([driver, f"--port={port}"], stdout=subprocess.DEVNULL)
    try:
        wait_for_driver(address)
        options = {"binary": program, "args": [*OPTIONS, f"--user-data-dir={profile}"]}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        made = call("POST", f"{address}/session", capabilities={"alwaysMatch": wanted})
        session = f"{address}/session/{made['sessionId']}"
        try:
            yield Browser(session)
        finally:
            call("DELETE", session)
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for_driver(address: str) -> None:
    """Wait until the driver answers."""
    deadline = time.monotonic() + 30
    while True:
        try:
            call("GET", f"{address}/status")
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


def call(method: str, address: str, /, **arguments: Any) -> Any:
    """Send a WebDriver command and return the value in its answer."""
    body = json.dumps(arguments).encode() if method == "POST" else None
    request = Request(address, body, {"Content-Type": "application/json"}, method=method)
    with urlopen(request, timeout=60) as response:
        return json.load(response)["value"]
