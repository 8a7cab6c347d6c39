"""Parquet files are cut between row groups, and their columns stay as they are."""

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from spam_classifier.batch.parquet_parts import ParquetPart, plan_parquet
from spam_classifier.batch.parts import PartError, SourceFile


def plan(path: Path, table: pa.Table, size: int = 1, rows_a_group: int = 10) -> list[ParquetPart]:
    parquet.write_table(table, path, row_group_size=rows_a_group)
    return list(plan_parquet(SourceFile.look_at(path, path.name), size))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "messages.parquet"


def test_row_groups_are_parts(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spam_classifier.batch.parquet_parts.BATCH_ROWS", 3)
    table = pa.table({"n": range(25), "text": [f"text {n}" for n in range(25)]})
    parts = plan(path, table)
    assert [(part.row, part.expected_rows) for part in parts] == [(1, 10), (11, 10), (21, 5)]
    rows = [rows for part in reversed(parts) for rows in part.read("text")]
    assert pa.concat_tables([row.table for row in rows]).sort_by("n").equals(table)


def test_small_row_groups_are_gathered(path: Path) -> None:
    table = pa.table({"text": [f"text {n}" for n in range(25)]})
    parts = plan(path, table, size=10_000, rows_a_group=1)
    assert [part.groups for part in parts] == [tuple(range(25))]


def test_types_of_other_columns_are_kept(path: Path) -> None:
    columns = {
        "text": pa.array(["a", "b"]).dictionary_encode(),
        "list": pa.array([[1], None]),
        "bytes": pa.array([b"\xff", b""]),
        "number": pa.array([1.5, None]),
    }
    (part,) = plan(path, pa.table(columns))
    read = pa.concat_tables([table for table, _ in part.read("text")])
    assert read.equals(pa.table(columns))


TEXTS = [b"one", b"", None, b"caf\xe9", b"\xed\xa0\xbd", " \u3000".encode(), b"last"]


@pytest.mark.parametrize(
    "texts",
    [
        pa.array(TEXTS, pa.binary()),
        pa.array(TEXTS, pa.binary()).view(pa.string()),
        pa.array(TEXTS, pa.large_binary()),
        pa.array(TEXTS, pa.large_binary()).view(pa.large_string()),
    ],
    ids=lambda texts: str(texts.type),
)
def test_a_row_that_cannot_be_scored_is_rejected(texts: pa.Array, path: Path) -> None:
    parts = plan(path, pa.table({"text": texts}), rows_a_group=4)
    assert [reject for part in parts for rows in part.read("text") for reject in rows.rejected] == [
        (2, "empty message"),
        (3, "empty message"),
        (4, "not utf-8"),
        (5, "lone surrogate"),
        (6, "empty message"),
    ]


def test_views_become_texts(path: Path) -> None:
    (part,) = plan(path, pa.table({"text": pa.array(["one", " ", "three"], pa.string_view())}))
    tables = [table for table, _ in part.read("text")]
    assert pa.concat_tables(tables).equals(pa.table({"text": ["one", "three"]}))


def test_a_text_of_another_column_that_is_none_rejects_the_row(path: Path) -> None:
    names = pa.array([b"a", b"\xff"]).view(pa.string())
    (part,) = plan(path, pa.table({"text": ["one", "two"], "name": names}))
    assert [rejected for _, rejected in part.read("text")][-1] == [(2, "not utf-8")]


@pytest.mark.parametrize("content", [b"", b"PAR1 and more", b"Message\nhello\n"])
def test_a_file_that_is_no_parquet_is_told(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    with pytest.raises(PartError, match=r"^messages\.parquet cannot be read \("):
        list(plan_parquet(SourceFile.look_at(path, path.name), 1))


def test_a_damaged_part_is_told(path: Path) -> None:
    (part,) = plan(path, pa.table({"text": ["a" * 50, "b" * 50]}))
    content = path.read_bytes()
    path.write_bytes(content[:4] + b"\xff" * 40 + content[44:])
    part = ParquetPart(SourceFile.look_at(path, path.name), part.columns, 2, (0,), 1)
    with pytest.raises(PartError, match=r"^messages\.parquet cannot be read \("):
        list(part.read("text"))
