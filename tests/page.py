"""What the tests do on the page at /app."""

import csv
from pathlib import Path

from browser import Browser, wait_until
from servers import Server

SPAM = "FREE prize! Call 0900 555 0100 now to claim"
HAM = "see you at the station, mum"
WHY = "!document.getElementById('why').hidden"
SPOKEN = "document.querySelector('#spoken[role=status]').textContent"
ANSWERS = "!document.getElementById('answers').hidden"
FILE = "!document.getElementById('chosen').hidden"
PROBLEM = "!document.getElementById('problem-many').hidden"
RIGHT, LEFT, ENTER = "\ue014", "\ue012", "\ue007"


def open_page(browser: Browser, server: Server, fragment: str = "") -> None:
    """Open the page, and wait until it knows the model."""
    browser.read_errors()
    browser.open("about:blank")
    browser.open(f"{server.url}/app{fragment}")
    browser.wait_for("document.getElementById('model').textContent")


def check(browser: Browser, text: str) -> None:
    """Paste a message, and wait for its verdict."""
    browser.fill("message", text)
    browser.wait_for(f"{WHY} && document.querySelector('.marked').textContent === {text!r}")


def check_many(browser: Browser, texts: str = "") -> None:
    """Press the button, and wait for the answers."""
    if texts:
        browser.fill("lines", texts)
    browser.click("#start")
    browser.wait_for(ANSWERS)


def wait_for_problem(browser: Browser) -> str:
    """Wait until the page says what is wrong with the message, and return that."""
    browser.wait_for("!document.getElementById('problem-one').hidden")
    return browser.read("problem-one")


def choose_file(browser: Browser, file: Path, content: bytes) -> None:
    """Choose a file with a content, and wait until the page shows it or says why not."""
    file.write_bytes(content)
    browser.type("#file", str(file))
    browser.wait_for(f"{FILE} || {PROBLEM}")


def download(browser: Browser, folder: Path) -> list[dict[str, str]]:
    """Download the answers, and return the rows of the CSV.

    Chromium takes the file's name with an empty file, writes beside it and renames at the end: what
    is not empty is whole.
    """
    folder.mkdir()
    browser.devtools("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    browser.click("#download")
    wait_until(
        lambda: any(file.stat().st_size for file in folder.glob("*.csv")), "nothing was downloaded"
    )
    (file,) = folder.glob("*.csv")
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))
