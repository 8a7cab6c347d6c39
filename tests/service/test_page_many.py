"""The tab for many messages of the page at /app, in a real browser, on a real server."""

import itertools
from pathlib import Path

import pytest

from page import ENTER, GERMAN, HAM, SPAM, Page

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

# Note what the bar shows, and do something when it first shows 250 answers.
WATCH = """
window.seen = [];
const bar = document.getElementById("bar");
new MutationObserver(() => {
  if (bar.value === 250 && !seen.includes(250)) %s;
  seen.push(bar.value);
}).observe(bar, { attributes: true });
"""
DROP = """(() => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(["other"], "other.txt"));
  const options = { dataTransfer, bubbles: true, cancelable: true };
  document.getElementById("drop").dispatchEvent(new DragEvent("drop", options));
})()"""
STOP = "document.getElementById('stop').click()"


def test_a_thousand_lines_are_answered_in_their_order(many: Page, tmp_path: Path) -> None:
    """A file that is dropped meanwhile does not disturb."""
    texts = [f"{SPAM if number % 4 == 0 else HAM} {number}" for number in range(1000)]
    many.run(WATCH % DROP)
    many.check_many("\n".join(texts))
    assert many.run("return [...new Set(seen)]") == [0, 250, 500, 750, 1000]
    assert many.read("summary") == "250 spam, 750 ham"
    assert many.read_all("#spoken[role=status]") == ["250 spam, 750 ham"]
    assert many.run("return document.activeElement.id") == "start"
    rows = many.download(tmp_path)
    assert [row["Message"] for row in rows] == texts
    assert [row["prediction"] for row in rows] == ["spam", "ham", "ham", "ham"] * 250
    assert all(0 <= float(row["spam_probability"]) <= 1 for row in rows)


def test_stopped_work_goes_on_where_it_was(many: Page, tmp_path: Path) -> None:
    """No message is asked about twice or left out."""
    texts = [f"{HAM} {number}" for number in range(3_000)]
    many.run(WATCH % STOP)
    many.fill("lines", "\n".join(texts))
    many.click("#start")
    many.wait_for("document.getElementById('start').innerText === 'Continue'")
    assert many.run("return Math.max(...seen)") < 3_000
    many.click("#start")
    many.wait_for("document.getElementById('start').textContent === 'Check again'")
    rows = many.download(tmp_path)
    assert [row["Message"] for row in rows] == texts
    assert all(row["prediction"] for row in rows)


def test_answers_can_be_paged_sorted_filtered_and_opened(many: Page, tmp_path: Path) -> None:
    """A message without an answer is counted, and has none in the download."""
    many.check_many("\n".join([*[f"{HAM} {number}" for number in range(30)], "a" * 10_001, SPAM]))
    assert many.read("unanswered").startswith("1 message without an answer")
    assert (len(many.read_all(".opens")), many.read("page-note")) == (20, "1 to 20 of 32")
    many.click("#next")
    assert many.read("page-note") == "21 to 32 of 32"
    many.fill("order", "most", "change")
    assert many.read_all(".opens")[0] == SPAM
    many.fill("filter", "positive", "change")
    assert many.read_all(".opens") == [SPAM]
    many.type(".opens", ENTER)
    many.wait_for("document.querySelector('.opened .sum')")
    assert "prize!" in many.read_all(".opened mark")
    many.click(".opens")
    assert many.read_all(".opened") == []
    assert "95 to 100 %: 1" in many.run("return document.getElementById('histogram').ariaLabel")
    answers = [row["prediction"] for row in many.download(tmp_path)]
    assert answers == [*["ham"] * 30, "", "spam"]


def test_messages_outside_of_what_was_learned_are_told_of(many: Page) -> None:
    many.check_many(f"{HAM}\n{GERMAN}\n{SPAM}")
    assert many.read("foreign").startswith("Of 1 message the model knows too few words")
    many.fill("filter", "foreign", "change")
    assert many.read_all(".opens") == [GERMAN]
    many.check_many(HAM)
    assert not many.shows("foreign")
    assert "many unknown words" not in many.read_all("#filter option")


def test_labels_give_a_confusion_matrix(many: Page, tmp_path: Path) -> None:
    """Labels of a file's column, however they are written; an unknown one counts for nothing."""
    rows = [("spam", SPAM), ("Ham ", HAM), ("ham", f"{HAM} 2"), ("ham", f"{SPAM} 2")] * 20
    table = "\n".join(f"{label};{text}" for label, text in [("label", "text"), *rows, ("?", HAM)])
    many.choose_file(tmp_path / "labelled.csv", table.encode())
    many.check_many()
    assert many.read_all("#confusion td") == ["20", "0", "20", "40"]
    assert many.read("figures") == (
        "75.0 % right, 100.0 % of the spam caught, 33.3 % of the ham blocked"
    )
    many.fill("filter", "wrong", "change")
    assert set(many.read_all(".opens")) == {f"{SPAM} 2"}


LINES = f"{SPAM}\n{HAM}, café"
# As openpyxl writes it: its names, but for the first, are after 100 kB of content.
WORKBOOK = b"PK\x03\x04...docProps/app.xml" + b"\x9a" * 100_000 + b"xl/workbook.xml"
CHINESE = "label,text\nham,今天晚上一起吃饭吗\nspam,恭喜您中奖了请拨打电话\n"


@pytest.mark.parametrize(
    ("name", "content", "shown"),
    [
        ("a.txt", f"{SPAM}\n\n{HAM}, café\n".encode(), f"2 messages: {SPAM}"),
        ("a.txt", LINES.encode("cp1252"), f"2 messages: {SPAM}"),
        ("a.txt", LINES.encode("utf-16-le"), f"2 messages: {SPAM}"),
        ("a.csv", CHINESE.encode("gb18030"), "2 messages: 今天晚上一起吃饭吗"),
        ("a.csv", f"{SPAM};1\n{HAM};2".encode("utf-8-sig"), f"2 messages: {SPAM}"),
        ("a.csv", f"sep=|\r\nid|sms\r\n1|{SPAM}\r\n2|{HAM}".encode(), f"2 messages: {SPAM}"),
        ("a", f"spam\t{SPAM}\nham\t{HAM}\n".encode(), f"2 messages: {SPAM}"),
        ("a.jsonl", b'{"text": "a"}\n{"n": 1.0, "text": "b"}', "2 messages: a"),
        ("a.csv", b"text,label\n", "There is no message in a.csv"),
        ("a.xlsx", WORKBOOK, "a.xlsx is an Excel workbook: save it as CSV"),
        ("a.csv", b"PK\x03\x04....", "a.csv is a ZIP archive: unpack it"),
        ("a.txt", bytes(range(256)) * 9, "a.txt is no text: choose a CSV, JSON Lines or text file"),
        ("a.txt", b"", "a.txt is empty."),
        ("a.csv", b"a," * 600_000, "Line 1 has more than 1,000 cells: choose what else"),
        ("a.jsonl", b'{"text": "a"}\n[1]', "Line 2 is not a JSON object"),
    ],
    ids=itertools.count(),  # the contents are no names
)
def test_a_file_is_read_or_told_in_words(
    many: Page, tmp_path: Path, name: str, content: bytes, shown: str
) -> None:
    many.choose_file(tmp_path / name, content)
    found = f"{many.read('amount')}: {many.read('first-message')}"
    assert (many.read("problem-many") or found).startswith(shown)


def test_a_wrong_guess_can_be_corrected(many: Page, tmp_path: Path) -> None:
    """Also one by a letter far down; a quotation mark that opens no cell is read as a character."""
    many.choose_file(tmp_path / "a.txt", b"a\n" * 60_000 + "café".encode("cp1252"))
    guess = "The file is not UTF-8: it is read as "
    assert many.read("file-note").startswith(f"{guess}Western")
    many.fill("encoding", "windows-1250", "change")
    assert many.read("file-note").startswith(f"{guess}Central European")
    many.choose_file(tmp_path / "a.csv", f'Message\n{HAM}\n"{SPAM}\n'.encode())
    many.wait_until_shown("problem-many")
    assert many.read("problem-many").startswith(
        "Line 3 has a quotation mark that does not enclose a cell: double it"
    )
    many.click("#quotes")
    many.wait_for("document.getElementById('problem-many').hidden")
    assert many.read("amount") == "2 messages"


def test_a_table_keeps_its_cells_and_none_is_a_formula(many: Page, tmp_path: Path) -> None:
    """What a spreadsheet would run is quoted; what is longer than the first row is told."""
    cells = ["=1+1", "@SUM(1)", "+44 555", "＝1", "hi\n=1", " -1", 'plain - ""text""']
    rows = ["=cmd,text", *(f'1,"{cell}"' for cell in cells), "8,ok,more"]
    many.choose_file(tmp_path / "a.csv", "\r\n".join(rows).encode())
    assert "1 row with more cells than the first row" in many.read("file-note")
    many.check_many()
    *others, last = many.download(tmp_path)
    assert [row["text"] for row in others] == [
        *("'=1+1", "'@SUM(1)", "'+44 555", "'＝1", "hi\n'=1", "' -1", 'plain - "text"')
    ]
    assert all(row["'=cmd"] == "1" and row["prediction"] for row in others)
    assert (last["prediction"], last["column 3"]) == ("", "more")
