"""What the tests do on the page at /app."""

import csv
from pathlib import Path

from browser import Browser
from helpers import wait_until
from servers import Server

SPAM = "FREE prize! Call 0900 555 0100 now to claim"
HAM = "see you at the station, mum"
GERMAN = "Hallo Mama, das ist meine neue Nummer: 0171 3920001"  # the model knows few of its words
SPOKEN = "document.querySelector('#spoken[role=status]').textContent"
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
    wait_for_verdict(browser, text)


def wait_for_verdict(browser: Browser, text: str) -> None:
    """Wait until the page shows why a message is what it is."""
    browser.wait_for(f"document.querySelector('.marked')?.textContent === {text!r}")
    browser.wait_until_shown("why")


def check_many(browser: Browser, texts: str = "") -> None:
    """Press the button, and wait for the answers."""
    if texts:
        browser.fill("lines", texts)
    browser.click("#start")
    browser.wait_until_shown("answers")


def wait_for_problem(browser: Browser) -> str:
    """Wait until the page says what is wrong with the message, and return that."""
    browser.wait_until_shown("problem-one")
    return browser.read("problem-one")


def choose_file(browser: Browser, file: Path, content: bytes) -> None:
    """Choose a file with a content, and wait until the page shows it or says why not."""
    file.write_bytes(content)
    browser.type("#file", str(file))
    browser.wait_until_shown("chosen", "problem-many")


def download(browser: Browser, folder: Path) -> list[dict[str, str]]:
    """Download the answers, and return the rows of the CSV.

    Chromium takes the file's name with an empty file, writes beside it and renames at the end: what
    is not empty is whole.
    """
    browser.devtools("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    browser.click("#download")
    file = folder / browser.run("return document.getElementById('download').download")
    wait_until(lambda: file.exists() and file.stat().st_size, "nothing was downloaded")
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))
