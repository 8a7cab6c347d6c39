"""Take the pictures of the page that the docs show, of a server that runs: `make screenshots`."""

import base64
import shutil
import sys
import tempfile
from pathlib import Path

from browser import Browser, start_browser
from page import check, check_many

IMAGES = Path(__file__).parents[1] / "docs/images"
SPAM = "You've WON a PRIZE, text back to find out what"
LINES = "\n".join(
    text.format(number)
    for text, count in (
        ("Order {} is on its way, track it at parcel.example", 30),
        ("FREE entry! Text WIN {} to 80085 now", 40),
        ("I am at stop {}, call me when you are home", 70),
        ("Win {} points and claim your reward today", 20),
        ("Shall we meet at {} for dinner?", 90),
        ("URGENT: invoice {} is unpaid, call 0900 555 0100", 30),
    )
    for number in range(count)
)
PICTURES = ("app", "app-many")


def main() -> None:
    """Take each picture."""
    url = sys.argv[1]
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        sys.exit("Error: chromium and chromedriver are missing: type `make test-tools`.")
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as profile,
        start_browser(program, driver, Path(profile)) as browser,
    ):
        for name in PICTURES:
            (IMAGES / f"{name}.png").write_bytes(take(browser, url, name))


def take(browser: Browser, url: str, name: str) -> bytes:
    """Open the page, ask about something, and return a picture as PNG."""
    browser.devtools(
        "Emulation.setDeviceMetricsOverride",
        **{"width": 1280, "height": 800, "deviceScaleFactor": 1, "mobile": False},
    )
    browser.open("about:blank")
    browser.open(f"{url}/app")
    browser.wait_for("document.getElementById('model').textContent")
    if name == "app-many":
        browser.click("#tab-many")
        check_many(browser, LINES)
        browser.run("document.getElementById('answers').scrollIntoView()")
    else:
        check(browser, SPAM)
    browser.run("document.activeElement.blur(); return document.fonts.ready.then(() => 1)")
    browser.run("return new Promise((done) => setTimeout(done, 400))")  # transitions
    shot = browser.devtools("Page.captureScreenshot")
    return base64.b64decode(shot["data"])


if __name__ == "__main__":
    main()
