"""The raw file is read as it stands, or refused in a sentence."""

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from kedro.io import DatasetError
from pyarrow import parquet

from spam_classifier.datasets.raw_table_dataset import RawTableDataset

Load = Callable[..., dict[int, tuple[str, ...]]]

HEADER = b"Category,Message\n"


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Return a function that loads a content: the cells of each row by its line."""
    folder = tmp_path_factory.mktemp("raw")

    def load(
        content: bytes, name: str = "messages.csv", **settings: Any
    ) -> dict[int, tuple[str, ...]]:
        (folder / name).write_bytes(content)
        table = RawTableDataset(filepath=str(folder / name), **settings).load()
        assert table.index.name == "line"
        assert set(table.dtypes.astype(str)) <= {"str"}
        return dict(zip(table.index, table.itertuples(index=False, name=None), strict=True))

    return load


def test_every_cell_is_text(load: Load) -> None:
    texts = ["null", "nan", "None", "NA", "N/A", "<NA>", "1e5", "True", "x" * 200_000]
    content = HEADER + "".join(f"ham,{text}\n" for text in texts).encode()
    assert load(content) == {line: ("ham", text) for line, text in enumerate(texts, start=2)}


TWO = {2: ("ham", "a"), 3: ("spam", "b")}


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b'\xef\xbb\xbf"Category","Message"\nham,a\nspam,b', TWO),
        (HEADER + b"ham,a,,,\nspam,b,", TWO),
        (HEADER + b"ham\n,b\nham,", {2: ("ham", ""), 3: ("", "b"), 4: ("ham", "")}),
        (HEADER + b"ham,a\n\n,\n\nham,b", {2: ("ham", "a"), 6: ("ham", "b")}),
    ],
)
def test_marks_line_breaks_and_missing_cells_do_not_matter(
    content: bytes, rows: dict[int, tuple[str, ...]], load: Load
) -> None:
    assert load(content) == rows
    assert load(content.replace(b"\n", b"\r\n")) == rows


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
    reader, expected = csv.reader(file), {}
    line = 1
    for row in reader:
        expected[line] = tuple(row)
        line = reader.line_num + 1
    del expected[1]  # the header
    assert load(file.getvalue().encode()) == expected


@pytest.mark.parametrize(
    ("name", "content", "settings"),
    [
        ("m.tsv", "l\tt\nham\ta, b".encode("utf-16"), {"encoding": "utf-16"}),
        ("m.tsv.gz", gzip.compress(b"l\tt\nham\ta, b\n", mtime=0), {}),
        ("m.txt", b"\n\nl\tt\nham\ta, b", {"sep": "tab"}),
        ("m.ndjson.gz", gzip.compress(b'\n{"l":"ham","t":"a, b"}', mtime=0), {}),
    ],
)
def test_the_suffix_and_the_settings_tell_the_format(
    name: str, content: bytes, settings: dict[str, Any], load: Load
) -> None:
    assert list(load(content, name, **settings).values()) == [("ham", "a, b")]


def test_names_have_no_outer_spaces_and_columns_without_a_name_get_one(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(" v1 , v2,,\nham,a")
    table = RawTableDataset(filepath=str(tmp_path / "m.csv"), header=True).load()
    assert list(table) == ["v1", "v2", "Unnamed: 2", "Unnamed: 3"]


@pytest.mark.parametrize("sep", ["comma", "|", None])
def test_the_first_line_of_excel_names_the_separator_unless_the_catalog_does(
    sep: str | None, load: Load
) -> None:
    header = HEADER.replace(b",", {"comma": b",", "|": b"|", None: b";"}[sep])
    rows = load(b"sep=;\r\n" + header + header.replace(b"Message", b"a"), sep=sep)
    assert rows == {3: ("Category", "a")}


def test_a_row_that_encloses_other_rows_ends_the_run_unless_that_is_meant(load: Load) -> None:
    content = b'ham\ta\nham\t"so\nham\tb\nspam\tend"\nham\tc\n'
    with pytest.raises(DatasetError, match="mark in the row on line 2 encloses other rows"):
        load(content, sep="tab", header=False)
    rows = load(content, sep="tab", header=False, quotes=True)
    assert rows == {1: ("ham", "a"), 2: ("ham", "so\nham\tb\nspam\tend"), 5: ("ham", "c")}


@pytest.mark.parametrize("text", ["ham, eggs", "a\nham,b\nc\nd", "a\n1, the first\n2, the second"])
def test_a_text_may_have_lines_that_begin_like_rows(text: str, load: Load) -> None:
    labels = b"".join(f"{number % 2},a\nham,b\n".encode() for number in range(5))
    rows = load(HEADER + labels + f'ham,"Hello\n{text}"\n'.encode())
    assert list(rows.values())[-1] == ("ham", f"Hello\n{text}")


@pytest.mark.parametrize("row", [b"ham,b,,c", b"ham,b,c\nham,d,e,f"])
def test_a_row_with_more_cells_than_the_header_has_a_fault(row: bytes, load: Load) -> None:
    rows = load(HEADER + b"ham,a\n" + row + b"\nspam,z\n")
    faulty = ["more cells than the first row"] * len(row.splitlines())
    assert [cells[2] for cells in rows.values()] == ["", *faulty, ""]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *(("1", "1"), ("1.0", "1"), ("0.5", "0.5"), ("null", ""), ("true", "True")),
        *(('"null"', "null"), ('"a\u2028\x85\\n"', "a\u2028\x85\n")),
    ],
)
def test_values_of_json_become_texts(value: str, text: str, load: Load) -> None:
    content = f'{{"y": {value}, "t": "a"}}\n{{"t": "b"}}'.encode()
    assert load(content, "m.jsonl") == {1: (text, "a"), 2: ("", "b")}


def test_a_lone_surrogate_is_a_fault_and_is_written_as_ascii(load: Load) -> None:
    content = b'{"t": "a \\ud83d"}\n{"t": "\\ud83d\\ude00"}'
    assert load(content, "m.jsonl") == {1: ("a \\ud83d", "lone surrogate"), 2: ("😀", "")}


def test_values_of_parquet_become_texts(load: Load) -> None:
    table = pd.DataFrame({"y": pd.Categorical(["ham", None]), "n": [1.0, None], "t": ["a", "b"]})
    assert load(table.to_parquet(), "m.parquet") == {1: ("ham", "1", "a"), 2: ("", "", "b")}


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        pytest.param("m.csv", b"\n\n", "m.csv is empty", id="only blank lines"),
        pytest.param("m.jsonl", b"\n", "m.jsonl is empty", id="no objects"),
        pytest.param("m.csv.gz", b"l,t\nham,a", "cannot be read: .*gzip", id="not gzip'd"),
        pytest.param("m.csv", HEADER + b'ham,"a \\"b\\" c"\n', "as MySQL writes it", id="MySQL"),
        pytest.param("m.parquet", b"version https://git-lfs", "a pointer of Git LFS", id="LFS"),
        pytest.param("m.csv", b"PAR1", r"Parquet: let its name end in \.parquet", id="Parquet"),
        pytest.param("m.jsonl", b'{"t": "a"}\nb', "line 2 is not a JSON object", id="not JSON"),
        pytest.param("m.parquet", b"PAR1", "cannot be read: ", id="not Parquet"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_one_line(
    name: str, content: bytes, sentence: str, load: Load
) -> None:
    with pytest.raises(DatasetError, match=sentence) as error:
        load(content, name)
    assert "\n" not in str(error.value)


def test_two_columns_of_one_name_in_parquet_are_refused(tmp_path: Path) -> None:
    parquet.write_table(pa.table([["a"], ["b"]], names=["t", "t"]), tmp_path / "m.parquet")
    with pytest.raises(DatasetError, match="two columns are named t: "):
        RawTableDataset(filepath=str(tmp_path / "m.parquet")).load()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("none.csv", "is missing. raw_file must be a path"), ("", "is a folder: raw_file must name")],
)
def test_what_is_no_file_is_refused(name: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=sentence):
        RawTableDataset(filepath=str(tmp_path / name)).load()


def test_the_preview_of_a_file_of_another_file_system_has_the_first_rows() -> None:
    fsspec.filesystem("memory").pipe("/own/m.csv", HEADER + b"ham,a\nspam,b\nham,c\n")
    preview = RawTableDataset(filepath="memory:///own/m.csv").preview(nrows=2)
    assert preview["data"] == [["ham", "a"], ["spam", "b"]]
