"""Corrections come in by HTTP and from the page where it is turned on."""

import sqlite3
from pathlib import Path

import pytest

from browser import Browser
from helpers import invoke_kedro
from page import HAM, SPAM, check, open_page
from servers import Server
from spam_classifier.serving.feedback import FILE_NAME

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]


def test_it_is_off_unless_it_is_turned_on(server: Server, page: Browser) -> None:
    assert server.post("/feedback", json={"text": SPAM, "label": "spam"}).status_code == 404
    assert server.get("/monitor").status_code == 404
    assert "/feedback" not in server.get("/docs.json").json()["paths"]
    check(page, SPAM)
    assert not page.shows("correction")


def test_a_correction_is_kept_once(keeper: Server) -> None:
    first = keeper.post("/feedback", json={"text": HAM, "label": " Spam"})
    assert (first.status_code, list(first.json())) == (202, ["id"])
    assert keeper.post("/feedback", json={"text": HAM, "label": "spam"}).json() == first.json()
    assert "202" in keeper.get("/docs.json").json()["paths"]["/feedback"]["post"]["responses"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"text": "hi", "label": "junk"}, "The field label must be ham or spam."),
        ({"text": "hi", "label": "h" * 101}, "The field label is longer than 100 characters."),
        ({"text": "hi", "label": "ham", "id": 1}, "the body has just the fields text and label."),
    ],
)
def test_what_is_no_correction_is_refused(body: object, sentence: str, keeper: Server) -> None:
    answer = keeper.post("/feedback", json=body)
    assert answer.status_code == 400
    assert sentence in answer.json()["error"]


def test_a_file_that_cannot_be_written_is_a_503(keeper: Server, folder: Path) -> None:
    connection = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    answer = keeper.post("/feedback", json={"text": "hi", "label": "ham"})
    connection.close()
    assert answer.status_code == 503
    assert answer.json() == {"error": "The correction cannot be kept now: send it again later."}
    assert keeper.post("/feedback", json={"text": "hi", "label": "ham"}).status_code == 202


def test_the_page_asks_whether_it_is_wrong(keeper: Server, browser: Browser) -> None:
    open_page(browser, keeper)
    check(browser, SPAM)
    assert browser.read("wrong") == "This is ham"
    browser.click("#wrong")
    browser.wait_for("document.getElementById('kept').textContent.startsWith('Thank you')")
    check(browser, HAM)
    assert browser.read("wrong") == "This is spam"
    assert browser.read("kept") == ""


def test_corrections_are_exported_until_they_are_forgotten(
    keeper: Server, folder: Path, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPAM_CLASSIFIER_FEEDBACK", str(folder))
    file = trained / "data/01_raw/extra/feedback.csv"
    text = "see you, at the \u201cbar\u201d"
    keeper.post("/feedback", json={"text": text, "label": "spam"})
    invoke_kedro(trained, "feedback", "export")
    assert f'"spam","{text}"' in file.read_text(encoding="utf-8").splitlines()
    invoke_kedro(trained, "feedback", "forget", "--older-than", "0")
    told = invoke_kedro(trained, "feedback", "export").stdout
    assert told == f"0 corrections are in {file}.\n"
    assert not file.exists()


def test_a_drift_report_is_shown_where_answers_are_kept(
    keeper: Server, folder: Path, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPAM_CLASSIFIER_FEEDBACK", str(folder))
    keeper.post("/feedback", json={"text": SPAM, "label": "spam"})
    invoke_kedro(trained, "run", "--pipelines", "monitoring")
    page = keeper.get("/monitor")
    assert "<strong>Too little to tell:</strong>" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
