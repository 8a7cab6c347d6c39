"""Corrections come in by HTTP and from the page where it is turned on."""

import json
import sqlite3
from pathlib import Path

import pytest

from helpers import invoke_kedro
from page import HAM, SPAM, Page
from servers import Server
from spam_classifier.serving.feedback import FILE_NAME

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]


def test_it_is_off_unless_it_is_turned_on(server: Server, page: Page) -> None:
    assert server.post("/feedback", json={"text": SPAM, "label": "spam"}).status_code == 404
    assert server.get("/monitor").status_code == 404
    assert "/feedback" not in server.get("/docs.json").json()["paths"]
    page.check(SPAM)
    assert not page.shows("correction")


def test_a_correction_is_kept_once(keeper: Server) -> None:
    first = keeper.post("/feedback", json={"text": HAM, "label": " Spam"})
    assert (first.status_code, list(first.json())) == (202, ["id"])
    assert keeper.post("/feedback", json={"text": HAM, "label": "spam"}).json() == first.json()
    assert "202" in keeper.get("/docs.json").json()["paths"]["/feedback"]["post"]["responses"]


def test_a_file_that_cannot_be_written_is_a_503(keeper: Server, trained: Path) -> None:
    connection = sqlite3.connect(trained / "data/feedback" / FILE_NAME, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    answer = keeper.post("/feedback", json={"text": "hi", "label": "ham"})
    connection.close()
    assert answer.status_code == 503
    assert answer.json() == {"error": "The correction cannot be kept now: send it again later."}
    assert keeper.post("/feedback", json={"text": "hi", "label": "ham"}).status_code == 202


def test_the_page_asks_whether_it_is_wrong(keeper: Server, page: Page) -> None:
    page.visit(keeper.url)
    page.check(SPAM)
    assert page.read("wrong") == "This is ham"
    page.click("#wrong")
    page.wait_for("document.getElementById('kept').textContent.startsWith('Thank you')")
    page.check(HAM)
    assert page.read("wrong") == "This is spam"
    assert page.read("kept") == ""


def test_corrections_are_exported_until_they_are_forgotten(keeper: Server, trained: Path) -> None:
    file = trained / "data/01_raw/extra/feedback.csv"
    text = "see you, at the \u201cbar\u201d"
    keeper.post("/feedback", json={"text": text, "label": "spam"})
    invoke_kedro(trained, "feedback", "export")
    assert f'"spam","{text}"' in file.read_text(encoding="utf-8").splitlines()
    invoke_kedro(trained, "feedback", "forget", "--older-than", "0")
    told = invoke_kedro(trained, "feedback", "export").stdout
    assert told == f"0 corrections are in {file}.\n"
    assert not file.exists()


def test_a_drift_report_is_shown_where_answers_are_kept(keeper: Server, trained: Path) -> None:
    keeper.post("/feedback", json={"text": SPAM, "label": "spam"})
    told = invoke_kedro(trained, "run", "--pipelines", "monitoring").output
    report = json.loads((trained / "data/08_reporting/monitoring_report.json").read_text())
    page = keeper.get("/monitor")
    assert f"{report['advice'].capitalize()}: {report['reason']}" in told
    assert f"<strong>{report['advice'].capitalize()}:</strong>" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
