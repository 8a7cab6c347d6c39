"""The raw CSV is read as it stands, or refused in a sentence."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from kedro.io import DatasetError

from spam_classifier.datasets.raw_csv_dataset import RawCSVDataset

Load = Callable[..., dict[int, tuple[str, ...]]]

HEADER = b"Category,Message\n"


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Return a function that loads a content: the cells of each row by its line."""
    path = tmp_path_factory.mktemp("raw") / "messages.csv"

    def load(content: bytes, **load_args: Any) -> dict[int, tuple[str, ...]]:
        path.write_bytes(content)
        table = RawCSVDataset(filepath=str(path), load_args=load_args).load()
        assert table.index.name == "line"
        return dict(zip(table.index, table.itertuples(index=False, name=None), strict=True))

    return load


@pytest.mark.parametrize(
    "text", ["null", "nan", "None", "NA", "N/A", "n/a", "NULL", "#N/A", "<NA>", "1e5", "True"]
)
def test_every_cell_is_text(text: str, load: Load) -> None:
    assert load(HEADER + f"ham,{text}\n".encode()) == {2: ("ham", text)}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbfCategory,Message\nham,a\nspam,b\n", id="byte-order mark"),
        pytest.param(b'\xef\xbb\xbf"Category","Message"\nham,a\nspam,b\n', id="mark and quotes"),
        pytest.param(b"Category,Message\r\nham,a\r\nspam,b\r\n", id="CRLF"),
        pytest.param(b"Category,Message\r\nham,a\r\nspam,b", id="no line break at the end"),
        pytest.param(b'"Category","Message"\n"ham","a"\n"spam","b"\n', id="quotes"),
    ],
)
def test_byte_order_mark_and_line_breaks_do_not_matter(content: bytes, load: Load) -> None:
    assert load(content) == {2: ("ham", "a"), 3: ("spam", "b")}


def test_short_rows_have_empty_cells(load: Load) -> None:
    assert load(HEADER + b"ham\n,b\nham,\n") == {2: ("ham", ""), 3: ("", "b"), 4: ("ham", "")}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_blank_lines_are_left_out_and_counted(newline: str, load: Load) -> None:
    lines = ["Category,Message", "ham,a", "", ",", "", "ham,b"]
    assert list(load(newline.join(lines).encode())) == [2, 6]


@given(
    st.lists(st.text(st.sampled_from('a ,"\r\n\x00é😀')), min_size=1),
    st.sampled_from(["\n", "\r\n"]),
)
@example(["a\rb", "a\r\n\rb", 'say "hi"\n'], "\r\n")
def test_each_row_knows_the_line_on_which_it_starts(
    load: Load, texts: list[str], newline: str
) -> None:
    """Python's own reader, which is another implementation, tells cells and lines."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator=newline, quoting=csv.QUOTE_ALL)
    writer.writerows([["Category", "Message"], *(("ham", text) for text in texts)])
    file.seek(0)
    reader = csv.reader(file)
    next(reader)
    expected, line = {}, reader.line_num + 1
    for row in reader:
        expected[line] = tuple(row)
        line = reader.line_num + 1
    assert load(file.getvalue().encode()) == expected


def test_a_file_of_another_encoding_is_read_when_the_catalog_names_it(load: Load) -> None:
    rows = load(HEADER + "ham,café\n".encode("latin-1"), encoding="latin-1")
    assert rows == {2: ("ham", "café")}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b"", "messages.csv is empty", id="empty file"),
        pytest.param(b"\n\n", "messages.csv is empty", id="only blank lines"),
        pytest.param(HEADER + b"ham,caf\xe9\n", r"is not UTF-8 \(byte 0xe9\)", id="latin-1"),
        pytest.param("Category,Message\nham,a".encode("utf-16"), "is not UTF-8", id="UTF-16"),
        pytest.param(HEADER + b"ham,a\nham,b,c\n", "saw 3", id="a row with more cells"),
        pytest.param(HEADER + b"ham,a,b\nham,c\n", "more cells", id="a first row with more cells"),
        pytest.param(b"\n" + HEADER + b"ham,a\n", "more cells", id="a blank line first"),
        pytest.param(HEADER + b'ham,"a\nham,b\n', "EOF inside string", id="a quote left open"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_one_line(
    content: bytes, sentence: str, load: Load
) -> None:
    with pytest.raises(DatasetError, match=sentence) as error:
        load(content)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_refused_with_the_way_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"none.csv is missing.* `make data` .*kaggle"):
        RawCSVDataset(filepath=str(tmp_path / "none.csv")).load()
