"""Separated text is cut between records, whatever stands in its cells."""

import csv
import io
import itertools
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spam_classifier.batch.parts import PartError, Rows, SourceFile
from spam_classifier.batch.text_parts import TextFormat, TextPart, plan_text

CELLS = st.text(st.sampled_from('ab",;\r\n é😀\x00'), max_size=6)
TABLES = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=9)
)
JUNK = st.lists(st.sampled_from([b"a", b",", b'"', b"\r", b"\n", b"\r\n", b"\xc3", b"\xa9", b" "]))
SIZES = st.integers(1, 40)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of a file that every example writes anew."""
    return tmp_path_factory.mktemp("text") / "messages.csv"


def plan(path: Path, content: bytes, size: int, form: TextFormat | None = None) -> list[TextPart]:
    path.write_bytes(content)
    return list(plan_text(SourceFile.look_at(path, path.name), form or TextFormat(), size))


def read(part: TextPart, column: str = "1") -> tuple[list[tuple[str, ...]], list[tuple[int, str]]]:
    """Return the rows of a part and those that are rejected."""
    rows: list[Rows] = list(part.read(column))
    cells = [tuple(row.values()) for table, _ in rows for row in table.to_pylist()]
    return cells, [reject for _, rejected in rows for reject in rejected]


def read_all(parts: list[TextPart]) -> tuple[list[tuple[str, ...]], list[tuple[int, str]]]:
    """Return the rows of all parts, read from the last to the first."""
    read_parts = [read(part) for part in reversed(parts)][::-1]
    rows = itertools.chain.from_iterable(rows for rows, _ in read_parts)
    rejected = itertools.chain.from_iterable(rejected for _, rejected in read_parts)
    return list(rows), list(rejected)


@given(TABLES, SIZES, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.booleans())
@example([["a\r\nb", '"'], ["\n", '""']], 1, "\r\n", True, False)
def test_parts_hold_the_rows_that_were_written(
    path: Path,
    rows: list[list[str]],
    size: int,
    newline: str,
    has_mark: bool,
    ends: bool,
) -> None:
    """With any newline, with a byte-order mark, without a last newline."""
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=newline, quoting=csv.QUOTE_ALL).writerows(rows)
    text = file.getvalue() if ends else file.getvalue().removesuffix(newline)
    content = text.encode("utf-8-sig" if has_mark else "utf-8")
    found, rejected = read_all(plan(path, content, size, TextFormat(header=False)))
    assert found == [tuple(row) for row in rows if row[0].strip()]
    assert [reason for _, reason in rejected] == [
        "empty message" for row in rows if not row[0].strip()
    ]


@given(JUNK, SIZES, st.booleans())
@example([b"a", b"\r", b"\n", b'"', b"\n", b'"', b",", b"\n"], 3, True)
def test_small_parts_say_what_one_large_part_says(
    path: Path, junk: list[bytes], size: int, quotes: bool
) -> None:
    """Of any bytes: rows, rejected lines and reasons, or why the file cannot be read."""
    form = TextFormat(header=False, quotes=quotes)

    def tell(size: int) -> object:
        try:
            return read_all(plan(path, b"a,b\n" + b"".join(junk), size, form))
        except PartError as error:
            return error.message

    assert tell(size) == tell(1000)


@given(TABLES, SIZES)
def test_rejected_rows_have_the_line_on_which_they_begin(
    path: Path, rows: list[list[str]], size: int
) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    lines = []
    for row in rows:
        writer.writerow([*row, "one more"])
        lines.append(len(io.StringIO(file.getvalue(), newline=None).readlines()) + 1)
        writer.writerow(row)
    content = b"x" + b",x" * len(rows[0] if rows else "x") + b"\n" + file.getvalue().encode()
    _, rejected = read_all(plan(path, content, size, TextFormat(header=False)))
    wrong = [line for line, reason in rejected if "cells instead of" in reason]
    assert wrong == [line + 1 for line in lines]


def test_parts_are_about_as_large_as_asked(path: Path) -> None:
    content = b"Message\n" + b"some words\n" * 1000
    parts = plan(path, content, 1100)
    assert [part.expected_rows for part in parts] == [99, *[100] * 9, 1]
    assert [part.end - part.start for part in parts] == [1089, *[1100] * 9, 11]


def test_the_header_names_the_columns_of_every_part(path: Path) -> None:
    content = b'\xef\xbb\xbf\r\n\n"My ""text"""\tn\tn\n' + b"a\t1\t2\n" * 8
    parts = plan(path, content, 24, TextFormat(sep="\t"))
    assert len(parts) == 2
    names = {name for part in parts for name, _ in part.columns}
    assert names == {'My "text"', "n", "n.1"}
    assert [part.line for part in parts] == [4, 8]


@pytest.mark.parametrize("content", [b"", b"\n\r\n", b"Message", b"Message\n\n\n"])
def test_a_file_without_rows_has_no_parts(content: bytes, path: Path) -> None:
    assert plan(path, content, 100) == []


@pytest.mark.parametrize("size", [4, 1000])
def test_a_mark_that_is_never_closed_is_told_with_its_line(size: int, path: Path) -> None:
    content = b'Message,n\none,1\n"two\nlines",2\n"three,3\nfour,4\n'
    with pytest.raises(PartError, match="never closed, in the row on line 5: mend it"):
        plan(path, content, size)


def test_a_large_file_with_an_open_mark_is_not_read_to_its_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spam_classifier.batch.text_parts.LARGEST_RECORD", 100)
    with pytest.raises(PartError, match="line 2"):
        plan(path, b'Message\n"open' + b"words\n" * 100, 50)


def test_a_mark_within_a_cell_is_a_character(path: Path) -> None:
    parts = plan(path, b'a,5" wide\nb,6"\nc,"7" high\n', 1, TextFormat(header=False))
    assert read_all(parts)[0] == [("a", '5" wide'), ("b", '6"'), ("c", "7 high")]


def test_other_encodings_are_read(path: Path) -> None:
    content = "Message,n\ncafé,1\n".encode("cp1252") + b"\x81,2\nd\xe9j\xe0,3"
    parts = plan(path, content, 1000, TextFormat(encoding="cp1252"))
    rows, rejected = read(parts[0], "Message")
    assert rows == [("café", "1"), ("déjà", "3")]
    assert rejected == [(3, "not cp1252")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"\xff,1", "not utf-8"),
        (b"a,\xff", "not utf-8"),
        (b"\xff", "not utf-8"),
        (b"\xed\xa0\xbd,1", "lone surrogate"),
        (b" \xe3\x80\x80\t,1", "empty message"),
        (b'"",1', "empty message"),
        (b"a", "1 cells instead of 2"),
        (b"a,1,2", "3 cells instead of 2"),
    ],
)
def test_a_row_that_cannot_be_scored_is_rejected(row: bytes, reason: str, path: Path) -> None:
    content = b'Message,n\n"two\nlines",1\n\n' + row + b"\nlast,2"
    (part,) = plan(path, content, 1000)
    assert read(part, "Message") == ([("two\nlines", "1"), ("last", "2")], [(5, reason)])


def test_a_part_of_a_file_that_has_changed_is_not_read(path: Path) -> None:
    (part,) = plan(path, b"Message\none\n", 1000)
    path.write_bytes(b"Message\none more\n")
    with pytest.raises(PartError, match=r"messages\.csv was changed during the run"):
        read(part, "Message")


def test_a_file_that_is_gone_is_told(path: Path) -> None:
    (part,) = plan(path, b"Message\none\n", 1000)
    path.unlink()
    with pytest.raises(PartError, match=r"messages\.csv cannot be read \(No such file"):
        read(part, "Message")
