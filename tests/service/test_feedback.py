"""Corrections come in by HTTP and from the page, and answers are counted, where it is turned on."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from browser import Browser
from helpers import run_command
from page import HAM, SPAM, check, open_page
from servers import Server, refuse_to_serve, serve
from spam_classifier.serving.feedback import FILE_NAME

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("feedback")


@pytest.fixture(scope="module")
def keeper(trained: Path, home: Path, folder: Path) -> Iterator[Server]:
    """Return a server that keeps corrections."""
    with serve(trained, home, SPAM_CLASSIFIER_FEEDBACK=str(folder)) as running:
        yield running


def kedro_feedback(project: Path, folder: Path, *arguments: str) -> str:
    """Run `kedro feedback`, and return what it prints."""
    kept = {"SPAM_CLASSIFIER_FEEDBACK": str(folder)}
    done = run_command("kedro", "feedback", *arguments, cwd=project, env=kept)
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_it_is_off_unless_it_is_turned_on(server: Server, browser: Browser) -> None:
    assert server.post("/feedback", {"text": SPAM, "label": "spam"}).status_code == 404
    assert "/feedback" not in server.get("/docs.json").json()["paths"]
    open_page(browser, server)
    check(browser, SPAM)
    assert browser.run("return document.getElementById('correction').hidden")


def test_a_correction_is_kept_once(keeper: Server) -> None:
    first = keeper.post("/feedback", {"text": HAM, "label": " Spam"})
    assert (first.status_code, list(first.json())) == (202, ["id"])
    assert keeper.post("/feedback", {"text": HAM, "label": "spam"}).json() == first.json()
    assert "202" in keeper.get("/docs.json").json()["paths"]["/feedback"]["post"]["responses"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"text": "hi", "label": "junk"}, "The field label must be ham or spam."),
        ({"text": "hi"}, "The field label is missing."),
        ({"text": " ", "label": "ham"}, "The field text is an empty message"),
        (
            {"text": "a" * 10_001, "label": "ham"},
            "The field text is longer than 10,000 characters.",
        ),
        ({"text": "hi", "label": "h" * 101}, "The field label is longer than 100 characters."),
        ({"text": "hi", "label": "ham", "id": 1}, "the body has just the fields text and label."),
        ([], "The body must be a JSON object with the fields text and label."),
    ],
)
def test_what_is_no_correction_is_refused(body: object, sentence: str, keeper: Server) -> None:
    answer = keeper.post("/feedback", body)
    assert answer.status_code == 400
    assert sentence in answer.json()["error"]


def test_a_file_that_cannot_be_written_is_a_503(keeper: Server, folder: Path) -> None:
    connection = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    answer = keeper.post("/feedback", {"text": "hi", "label": "ham"})
    connection.close()
    assert answer.status_code == 503
    assert answer.json() == {"error": "The correction cannot be kept now: send it again later."}
    assert keeper.post("/feedback", {"text": "hi", "label": "ham"}).status_code == 202


def test_the_page_asks_whether_it_is_wrong(keeper: Server, browser: Browser) -> None:
    open_page(browser, keeper)
    check(browser, SPAM)
    assert browser.read("wrong") == "This is ham"
    browser.click("#wrong")
    browser.wait_for("document.getElementById('kept').textContent.startsWith('Thank you')")
    check(browser, HAM)
    assert browser.read("wrong") == "This is spam"
    assert browser.run("return document.getElementById('kept').textContent") == ""


def test_corrections_are_listed_exported_and_forgotten(
    keeper: Server, folder: Path, trained: Path
) -> None:
    file = trained / "data/01_raw/extra/feedback.csv"
    text = "see you, at the \u201cbar\u201d"
    keeper.post("/feedback", {"text": SPAM, "label": "spam"})
    number = keeper.post("/feedback", {"text": text, "label": "spam"}).json()["id"]
    try:
        assert "spam that spam_classifier:" in kedro_feedback(trained, folder, "list")
        assert "corrections are in" in kedro_feedback(trained, folder, "export")
        assert f'"spam","{text}"' in file.read_text(encoding="utf-8").splitlines()
        forgotten = kedro_feedback(trained, folder, "forget", "--id", str(number))
        assert forgotten.startswith("1 corrections are deleted")
        kedro_feedback(trained, folder, "export")
        assert text not in file.read_text(encoding="utf-8")
        kedro_feedback(trained, folder, "forget", "--older-than", "0")
        assert "0 corrections are in" in kedro_feedback(trained, folder, "export")
        assert not file.exists()
    finally:
        file.unlink(missing_ok=True)


def test_answers_are_counted(trained: Path, home: Path, tmp_path: Path) -> None:
    """But not those to `/explain`, which the page asks while a message is typed."""
    with serve(trained, home, SPAM_CLASSIFIER_FEEDBACK=str(tmp_path)) as server:
        server.post("/predict", {"text": SPAM})
        server.post("/classify", {"texts": [SPAM, HAM]})
        server.post("/explain", {"text": HAM})
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        counts = connection.execute("SELECT result, number FROM answers ORDER BY result").fetchall()
    assert counts == [("ham", 1), ("spam", 2)]


def test_nothing_of_a_correction_is_logged(keeper: Server) -> None:
    for body in ({"text": "quetzal", "label": "ham"}, {"text": "hi", "label": "quetzal"}):
        keeper.post("/feedback", body)
    assert "quetzal" not in keeper.wait_for_line("path=/feedback")


def test_a_folder_that_cannot_be_used_ends_the_start(
    trained: Path, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    folder = str(tmp_path / "file")
    sentence = refuse_to_serve(trained, home, SPAM_CLASSIFIER_FEEDBACK=folder)
    assert "of SPAM_CLASSIFIER_FEEDBACK cannot be used" in sentence


def test_a_command_without_corrections_says_what_to_do(trained: Path, tmp_path: Path) -> None:
    said = kedro_feedback(trained, tmp_path, "list")
    assert f"kept nothing in {tmp_path}: set SPAM_CLASSIFIER_FEEDBACK" in said


def test_a_drift_report_is_shown_where_answers_are_kept(
    keeper: Server, server: Server, folder: Path, trained: Path
) -> None:
    keeper.post("/feedback", {"text": SPAM, "label": "spam"})
    done = run_command(
        *("kedro", "run", "--pipelines", "monitoring"),
        cwd=trained,
        env={"SPAM_CLASSIFIER_FEEDBACK": str(folder)},
    )
    assert "Too little to tell: " in done.stdout + done.stderr
    page = keeper.get("/monitor")
    assert "<strong>Too little to tell:</strong>" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert server.get("/monitor").status_code == 404
