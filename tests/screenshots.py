"""Take the pictures of the page that the docs show, of a server that runs: `make screenshots`."""

import base64
import shutil
import sys
from pathlib import Path

from browser import start_browser
from page import Page

IMAGES = Path(__file__).parents[1] / "docs/images"
SPAM = "You've WON a PRIZE, text back to find out what"
TEXTS = {
    "Order {} is on its way, track it at parcel.example": 30,
    "FREE entry! Text WIN {} to 80085 now": 40,
    "I am at stop {}, call me when you are home": 70,
    "Win {} points and claim your reward today": 20,
    "Shall we meet at {} for dinner?": 90,
    "URGENT: invoice {} is unpaid, call 0900 555 0100": 30,
}
LINES = "\n".join(text.format(each) for text, count in TEXTS.items() for each in range(count))


def main() -> None:
    """Take a picture of each tab."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        sys.exit("Error: chromium and chromedriver are missing: type `make test-tools`.")
    IMAGES.mkdir(exist_ok=True)
    with start_browser(program, driver) as browser:
        size = {"width": 1280, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        browser.devtools("Emulation.setDeviceMetricsOverride", **size)
        page = Page(browser.driver)
        page.visit(sys.argv[1])
        page.check(SPAM)
        take(page, "app")
        page.click("#tab-many")
        page.check_many(LINES)
        page.run("document.getElementById('answers').scrollIntoView()")
        take(page, "app-many")


def take(page: Page, name: str) -> None:
    """Write what the window shows, once fonts and transitions are done, as PNG."""
    page.run("document.activeElement.blur(); return document.fonts.ready.then(() => 1)")
    page.run("return new Promise((done) => setTimeout(done, 400))")
    shot = page.devtools("Page.captureScreenshot")
    (IMAGES / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    main()
