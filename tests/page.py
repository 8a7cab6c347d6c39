"""What the tests do on the page at /app."""

import csv
from pathlib import Path

from browser import Browser
from helpers import wait_until

SPAM = "FREE prize! Call 0900 555 0100 now to claim"
HAM = "see you at the station, mum"
GERMAN = "Hallo Mama, das ist meine neue Nummer: 0171 3920001"  # the model knows few of its words
RIGHT, LEFT, ENTER = "\ue014", "\ue012", "\ue007"


class Page(Browser):
    """The page, as one of its visitors uses it."""

    def visit(self, server: str, fragment: str = "") -> None:
        """Open the page of the server with an address, and wait until it knows the model."""
        self.read_errors()
        self.open("about:blank")
        self.open(f"{server}/app{fragment}")
        self.wait_for("document.getElementById('model').textContent")

    def check(self, text: str) -> None:
        """Paste a message, and wait for its verdict."""
        self.fill("message", text)
        self.wait_for_verdict(text)

    def wait_for_verdict(self, text: str) -> None:
        """Wait until the page shows why a message is what it is."""
        self.wait_for(f"document.querySelector('.marked')?.textContent === {text!r}")
        self.wait_until_shown("why")

    def wait_for_problem(self) -> str:
        """Wait until the page says what is wrong with the message, and return that."""
        self.wait_until_shown("problem-one")
        return self.read("problem-one")

    def choose_file(self, file: Path, content: bytes) -> None:
        """Choose a file with a content, and wait until the page shows it or says why not."""
        file.write_bytes(content)
        self.type("#file", str(file))
        self.wait_until_shown("chosen", "problem-many")

    def check_many(self, texts: str = "") -> None:
        """Press the button, and wait for the answers, to other texts than before if there are."""
        if texts:
            self.fill("lines", texts)
        self.click("#start")
        self.wait_until_shown("answers")

    def download(self, folder: Path) -> list[dict[str, str]]:
        """Download the answers, and return the rows of the CSV.

        Chromium takes the file's name with an empty file, writes beside it and renames at the end:
        what is not empty is whole.
        """
        self.devtools("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
        self.click("#download")
        file = folder / self.run("return document.getElementById('download').download")
        wait_until(lambda: file.exists() and file.stat().st_size, "nothing was downloaded")
        with file.open(encoding="utf-8-sig", newline="") as lines:
            return list(csv.DictReader(lines))
