"""Take the pictures of the page that the docs show: `python tests/screenshots.py URL`.

It needs chromium, chromedriver and a running `bentoml serve`.
"""

import base64
import shutil
import sys
import tempfile
from pathlib import Path

from browser import Browser, start_browser

IMAGES = Path(__file__).parents[1] / "docs/images"
SPAM = "You've WON a PRIZE, text back to find out what"
LINES = "\n".join(
    [SPAM, "Running late, start dinner without me", "FREE entry! Text WIN to 80085 now"] * 40
    + ["Can you pick up some milk?", "Call me when you are home", "Hello, are you free tonight?"]
    * 70
)
TYPE = (
    "const box = document.getElementById(arguments[0]);"
    "box.value = arguments[1]; box.dispatchEvent(new Event('input'));"
)
# name → width, height, colour scheme, tab, whether the whole page is shown
PICTURES = {
    "page": (1280, 800, "light", "one", False),
    "page-dark": (1280, 800, "dark", "one", False),
    "page-phone": (390, 844, "light", "one", False),
    "page-many": (1280, 800, "light", "many", False),
}


def main() -> None:
    """Take each picture."""
    url, *folder = sys.argv[1:]
    images = Path(folder[0]) if folder else IMAGES
    images.mkdir(parents=True, exist_ok=True)
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        sys.exit("Error: chromium and chromedriver are missing.")
    with (
        tempfile.TemporaryDirectory() as profile,
        start_browser(program, driver, Path(profile)) as browser,
    ):
        for name, picture in PICTURES.items():
            (images / f"{name}.png").write_bytes(take(browser, url, *picture))


def take(
    browser: Browser, url: str, width: int, height: int, scheme: str, tab: str, whole: bool
) -> bytes:
    """Open the page, ask about something, and return a picture as PNG."""
    browser.devtools(
        "Emulation.setDeviceMetricsOverride",
        **{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500},
    )
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.devtools("Emulation.setEmulatedMedia", features=features)
    browser.open("about:blank")
    browser.open(f"{url}/app")
    browser.wait_for("document.getElementById('model').textContent")
    if tab == "many":
        browser.click("#tab-many")
        browser.run(TYPE, "lines", LINES)
        browser.click("#start")
        browser.wait_for("!document.getElementById('answers').hidden")
        browser.run("document.getElementById('answers').scrollIntoView()")
    else:
        browser.run(TYPE, "message", SPAM)
        browser.wait_for("!document.getElementById('why').hidden")
    browser.run("document.activeElement.blur(); return document.fonts.ready.then(() => 1)")
    browser.run("return new Promise((done) => setTimeout(done, 400))")  # transitions
    shot = browser.devtools("Page.captureScreenshot", captureBeyondViewport=whole)
    return base64.b64decode(shot["data"])


if __name__ == "__main__":
    main()
