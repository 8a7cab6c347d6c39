"""The tab for many messages of the page at /app, in a real browser, on a real server."""

from pathlib import Path

import pytest

from browser import Browser
from page import (
    ANSWERS,
    ENTER,
    HAM,
    PROBLEM,
    SPAM,
    SPOKEN,
    check_many,
    choose_file,
    download,
)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]


def test_a_thousand_lines_are_answered_in_their_order(many: Browser, tmp_path: Path) -> None:
    texts = [f"{SPAM} {number}" if number % 4 == 0 else f"{HAM} {number}" for number in range(1000)]
    many.run(
        "window.seen = []; const bar = document.getElementById('bar');"
        "new MutationObserver(() => seen.push(bar.value)).observe(bar, { attributes: true });"
    )
    check_many(many, "\n".join(texts))
    assert many.run("return [...new Set(seen)]") == [0, 250, 500, 750, 1000]
    assert many.read("summary") == many.run(f"return {SPOKEN}") == "250 spam, 750 ham"
    assert many.run("return document.activeElement.id") == "start"
    rows = download(many, tmp_path / "downloads")
    assert [row["Message"] for row in rows] == texts
    assert [row["prediction"] for row in rows] == ["spam", "ham", "ham", "ham"] * 250
    assert all(0 <= float(row["spam_probability"]) <= 1 for row in rows)


def test_stopped_work_goes_on_where_it_was(many: Browser, tmp_path: Path) -> None:
    texts = [f"{HAM} {number}" for number in range(20_000)]
    many.fill("lines", "\n".join(texts))
    many.click("#start")
    many.wait_for("document.getElementById('bar').value >= 250")
    many.click("#stop")
    many.wait_for("!document.getElementById('start').hidden")
    assert many.read("start") == "Continue"
    many.click("#start")
    many.wait_for("document.getElementById('start').textContent === 'Check again'", seconds=120)
    rows = download(many, tmp_path / "downloads")
    assert [row["Message"] for row in rows] == texts
    assert all(row["prediction"] for row in rows)


def test_a_file_dropped_meanwhile_does_not_disturb(many: Browser) -> None:
    many.fill("lines", "\n".join(f"{HAM} {number}" for number in range(1000)))
    many.run(
        "document.getElementById('start').click();"
        "const dataTransfer = new DataTransfer();"
        "dataTransfer.items.add(new File(['other'], 'other.txt'));"
        "const options = { dataTransfer, bubbles: true, cancelable: true };"
        "document.getElementById('drop').dispatchEvent(new DragEvent('drop', options));"
    )
    many.wait_for(ANSWERS)
    assert many.read("summary") == "0 spam, 1,000 ham"


def test_messages_without_an_answer_are_counted(many: Browser, tmp_path: Path) -> None:
    check_many(many, "\n".join([HAM, "a" * 10_001, SPAM]))
    assert many.read("unanswered").startswith("1 message without an answer")
    answers = [row["prediction"] for row in download(many, tmp_path / "downloads")]
    assert answers == ["ham", "", "spam"]


def test_answers_can_be_filtered_sorted_and_paged(many: Browser) -> None:
    check_many(many, "\n".join([*[f"{HAM} {number}" for number in range(30)], SPAM]))
    assert (len(many.read_all(".opens")), many.read("page-note")) == (20, "1 to 20 of 31")
    many.click("#next")
    assert many.read("page-note") == "21 to 31 of 31"
    many.fill("order", "most", "change")
    assert many.read_all(".opens")[0] == SPAM
    many.fill("filter", "positive", "change")
    assert many.read_all(".opens") == [SPAM]
    assert "95 to 100 %: 1" in many.run("return document.getElementById('histogram').ariaLabel")


def test_a_row_opens_to_show_why(many: Browser) -> None:
    check_many(many, f"{HAM}\n{SPAM}")
    many.type("#rows tr:nth-child(2) .opens", ENTER)
    many.wait_for("document.querySelector('.opened .sum')")
    assert "prize!" in many.read_all(".opened mark")
    many.click("#rows tr:nth-child(2) .opens")
    assert many.read_all(".opened") == []


def test_labels_give_a_confusion_matrix(many: Browser, tmp_path: Path) -> None:
    rows = [("spam", SPAM), ("Ham ", HAM), ("ham", f"{HAM} 2"), ("ham", f"{SPAM} 2")] * 20
    table = "\n".join(f"{label};{text}" for label, text in [("label", "text"), *rows, ("?", HAM)])
    choose_file(many, tmp_path / "labelled.csv", table)
    check_many(many)
    assert many.read_all("#confusion td") == ["20", "0", "20", "40"]
    assert many.read("figures") == (
        "75.0 % right, 100.0 % of the spam caught, 33.3 % of the ham blocked"
    )
    many.fill("filter", "wrong", "change")
    assert set(many.read_all(".opens")) == {f"{SPAM} 2"}


# --- files -----------------------------------------------------------------------------------


LINES = f"{SPAM}\n{HAM}, café"
CHINESE = "label,text\nham,今天晚上一起吃饭吗\nspam,恭喜您中奖了请拨打电话\n"


@pytest.mark.parametrize(
    ("name", "content", "first"),
    [
        pytest.param("a.txt", f"{SPAM}\n\n{HAM}, café\n".encode(), SPAM, id="lines"),
        pytest.param("a.txt", LINES.encode("cp1252"), SPAM, id="windows-1252"),
        pytest.param("a.txt", LINES.encode("utf-16-le"), SPAM, id="utf-16 without a mark"),
        pytest.param("a.csv", CHINESE.encode("gb18030"), "今天晚上一起吃饭吗", id="gb18030"),
        pytest.param("a.csv", f"{SPAM};1\n{HAM};2".encode("utf-8-sig"), SPAM, id="semicolons"),
        pytest.param("a.csv", f"sep=|\r\nid|sms\r\n1|{SPAM}\r\n2|{HAM}".encode(), SPAM, id="sep="),
        pytest.param("a", f"spam\t{SPAM}\nham\t{HAM}\n".encode(), SPAM, id="tabs"),
        pytest.param(
            "a.csv", f'id,Text\r\n7,"{SPAM},\r\n""now"""\r\n8,{HAM}'.encode(), None, id="quotes"
        ),
        pytest.param(
            "a.jsonl",
            f'{{"text": "{SPAM}"}}\n{{"n": 1.0, "text": "{HAM}"}}'.encode(),
            SPAM,
            id="JSON",
        ),
    ],
)
def test_a_file_is_read(
    many: Browser, tmp_path: Path, name: str, content: bytes, first: str | None
) -> None:
    choose_file(many, tmp_path / name, content)
    assert many.read("amount") == "2 messages"
    assert many.read("first-message") == (first or f'{SPAM}, "now"')


def test_a_table_keeps_its_columns_and_cells(many: Browser, tmp_path: Path) -> None:
    choose_file(many, tmp_path / "a.csv", f'id,Text\r\n7,"{SPAM},\r\n""now"""\r\n8,ok,more\r\n')
    assert "1 row with more cells than the first row" in many.read("file-note")
    check_many(many)
    first, second = download(many, tmp_path / "downloads")
    assert (first["id"], first["Text"]) == ("7", f'{SPAM},\r\n"now"')
    assert (first["prediction"], second["prediction"]) == ("spam", "")
    assert second["column 3"] == "more"


def test_another_encoding_can_be_chosen(many: Browser, tmp_path: Path) -> None:
    choose_file(
        many, tmp_path / "a.txt", "Цена 5".encode("koi8_r") + b"\n" + "ąę ść".encode("cp1250")
    )
    assert "The file is not UTF-8: it is read as" in many.read("file-note")
    many.fill("encoding", "windows-1250", "change")
    assert many.read("file-note").startswith(
        "The file is not UTF-8: it is read as Central European"
    )


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "a.xlsx",
            b"PK\x03\x04....[Content_Types].xml",
            "a.xlsx is an Excel workbook: save it as CSV",
        ),
        ("a.csv", b"PK\x03\x04....", "a.csv is a ZIP archive: unpack it"),
        ("a.png", b"\x89PNG\r\n", "a.png is a picture"),
        (
            "a.txt",
            bytes(range(256)) * 9,
            "a.txt is no text: choose a CSV, JSON Lines or text file.",
        ),
        ("a.txt", b"", "a.txt is empty."),
        ("a.csv", ",".join("a" * 600_000), "Line 1 has more than 1,000 cells: choose what else"),
        ("a.jsonl", '{"text": "a"}\n[1]', "Line 2 is not a JSON object"),
    ],
)
def test_a_file_that_does_not_fit_is_told_in_words(
    many: Browser, tmp_path: Path, name: str, content: str | bytes, sentence: str
) -> None:
    choose_file(many, tmp_path / name, content)
    many.wait_for(PROBLEM)
    assert many.read("problem-many").startswith(sentence)


def test_a_bad_quotation_mark_is_named_and_can_be_read_as_a_character(
    many: Browser, tmp_path: Path
) -> None:
    choose_file(many, tmp_path / "a.csv", f'Message\n{HAM}\n"{SPAM}\n')
    many.wait_for(PROBLEM)
    assert many.read("problem-many").startswith(
        "Line 3 has a quotation mark that does not enclose a cell: double it"
    )
    many.click("#quotes")
    assert many.read("amount") == "2 messages"


def test_messages_cannot_be_formulas_in_a_spreadsheet(many: Browser, tmp_path: Path) -> None:
    cells = ["=1+1", "@SUM(1)", "+44 555", "＝1", "hi\n=1", " -1", "plain - text"]
    table = ["=cmd,text", *(f'1,"{cell}"' for cell in cells)]
    choose_file(many, tmp_path / "a.csv", "\n".join(table))
    check_many(many)
    rows = download(many, tmp_path / "downloads")
    assert "'=cmd" in rows[0]
    assert [row["text"] for row in rows] == [
        *("'=1+1", "'@SUM(1)", "'+44 555", "'＝1", "hi\n'=1", "' -1", "plain - text")
    ]
