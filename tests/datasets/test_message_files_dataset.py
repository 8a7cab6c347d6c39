"""Messages are read from text and Parquet as they stand; what cannot be scored has its row."""

import csv
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from kedro.io import DatasetError
from pyarrow import parquet

from spam_classifier.datasets import message_files_dataset
from spam_classifier.datasets.message_files_dataset import ROW, MessageFilesDataset

CELLS = st.text(st.sampled_from('ab",;\r\n é😀\x00'), max_size=6)
TABLES = st.integers(2, 3).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=9)
)


def read(path: Path, **options: Any) -> tuple[list[dict[str, Any]], list[tuple[int, str]]]:
    """Return the rows, each with its number, and those that are rejected."""
    sources = MessageFilesDataset(filepath=str(path), **options).load()
    batches = [batch for source in sources for batch in source.read()]
    rows = [row for batch in batches for row in batch.table.to_pylist()]
    return rows, sorted(reject for batch in batches for reject in batch.rejected)


def refuse(path: Path, **options: Any) -> str:
    """Return the sentence that says why the messages cannot be read."""
    with pytest.raises(DatasetError) as error:
        read(path, **options)
    return str(error.value)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of a file that every example writes anew."""
    return tmp_path_factory.mktemp("text") / "messages.csv"


@given(TABLES, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.booleans())
@example([["a\r\nb", '"'], ["\n", '""']], "\r\n", True, False)
def test_text_holds_the_rows_that_were_written(
    path: Path, rows: list[list[str]], newline: str, has_mark: bool, ends: bool
) -> None:
    """With any newline, with a byte-order mark, without a last newline, in batches of any size."""
    file = io.StringIO(newline="")
    header = [str(number) for number in range(len(rows[0]) if rows else 2)]
    csv.writer(file, lineterminator=newline, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    text = file.getvalue() if ends else file.getvalue().removesuffix(newline)
    path.write_bytes(text.encode("utf-8-sig" if has_mark else "utf-8"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(message_files_dataset, "BATCH_ROWS", 2)
        found, rejected = read(path)
    expected = [dict(zip(header, row, strict=True)) for row in rows]
    assert found == [row | {ROW: number} for number, row in enumerate(expected, start=2)]
    assert rejected == []


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"a,\xff", "not utf-8"),
        (b"\xed\xa0\xbd,1", "not utf-8"),  # half of a character
        (b"\xff", "1 cells instead of 2"),
        (b",,", "3 cells instead of 2"),
    ],
)
def test_a_row_that_is_none_is_rejected(row: bytes, reason: str, path: Path) -> None:
    for end, numbers in ((b"\nlast,2", [2, 4]), (b"", [2])):
        path.write_bytes(b'Message,n\n"two\nlines",1\n\n' + row + end)
        rows, rejected = read(path)
        assert [row[ROW] for row in rows] == numbers
        assert rejected == [(3, reason)]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-le"])
def test_other_encodings_are_read(encoding: str, path: Path) -> None:
    path.write_bytes("Message\ncafé\n".encode(encoding) + b"\x81\n" * (encoding == "cp1252"))
    rows, rejected = read(path, encoding=encoding)
    assert rows == [{"Message": "café", ROW: 2}]
    assert rejected == [(3, "not cp1252")] * (encoding == "cp1252")


def test_text_without_header_has_numbers_for_names(path: Path) -> None:
    path.write_bytes(b'a;5" wide\nb;"6')
    rows, _ = read(path, sep="semicolon", header=False, quotes=False)
    assert rows == [{"1": "a", "2": '5" wide', ROW: 1}, {"1": "b", "2": '"6', ROW: 2}]


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (b"", {}, "holds no messages: it needs a header and rows"),
        (b"a,a", {}, "two columns are named a"),
        (b"a,b", {"encoding": "hex"}, "'hex' is not a text encoding"),
        (b"outs:\n- md5: 0\n", {}, "is a pointer of DVC: type `dvc pull`, and name the file"),
        (b'm,n\na,1\nb,"open\nc,3\n', {}, "mark in the row on line 3 is never closed"),
        (b"m\n" + b"long " * 30, {}, "(a line has more than 100 characters)"),
        (b'm\n"' + b"long\n" * 30, {}, "(the row on line 2 has more than 100 characters, or a quo"),
    ],
)
def test_what_is_no_table_is_told(
    content: bytes, options: dict[str, str], words: str, path: Path
) -> None:
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(message_files_dataset, "LONGEST", 100)
        assert words in refuse(path, **options)


def test_the_files_of_a_folder_are_read_in_order(tmp_path: Path) -> None:
    for name in ("b.csv", ".hidden.csv", "_SUCCESS", "notes.md"):
        (tmp_path / name).write_text("Message,n\nsecond,1\n")
    (tmp_path / "a.tsv").write_text("Message\tn\nfirst\t1\n")
    (tmp_path / "empty.csv").touch()
    assert [row["Message"] for row in read(tmp_path)[0]] == ["first", "second"]
    (tmp_path / "c.csv").write_text("Text\nhello\n")
    assert refuse(tmp_path) == "c.csv and a.tsv differ in columns or types."
    (tmp_path / "a.csv.gz").touch()
    assert "its name must end in .csv, .tsv, .txt or .parquet" in refuse(tmp_path)


def test_parquet_that_is_damaged_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 and more")
    assert refuse(path).startswith("a.parquet cannot be read (")
    parquet.write_table(pa.table({"text": pa.array([b"\xff"]).view(pa.string())}), path)
    assert "Invalid UTF8 sequence" in refuse(path)
