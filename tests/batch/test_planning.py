"""Which files are read, and what is told about those that are not."""

from pathlib import Path
from typing import Any

import pytest

from spam_classifier.batch.parts import Parts, UnreadablePart
from spam_classifier.batch.planning import plan_parts
from spam_classifier.errors import UserError


def plan(source: Path, **options: Any) -> Parts:
    defaults = {
        "sep": None,
        "encoding": "utf-8",
        "header": True,
        "quotes": True,
        "part_bytes": 1000,
    }
    return plan_parts(source, **defaults | options)


def fault(parts: Parts) -> str:
    (part,) = [part for part in parts.values() if isinstance(part, UnreadablePart)]
    return part.reason


def test_the_files_of_a_folder_are_read_in_order(tmp_path: Path) -> None:
    for name in ("b.csv", "a.txt", "sub/c.csv", ".hidden.csv", "_SUCCESS", ".sub/d.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Message\nhello\n")
    assert [part.file.name for part in plan(tmp_path).values()] == ["a.txt", "b.csv", "sub/c.csv"]


def test_tsv_is_separated_by_tabs(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("n\tMessage\n1\thello, you\n")
    (part,) = plan(tmp_path / "a.tsv").values()
    assert [name for name, _ in part.columns] == ["n", "Message"]
    (part,) = plan(tmp_path / "a.tsv", sep="comma").values()
    assert [name for name, _ in part.columns] == ["n\tMessage"]


def test_keys_change_with_the_file_and_how_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Message\nhello\n")
    keys = list(plan(path))
    assert list(plan(path)) == keys
    assert list(plan(path, header=False)) != keys
    assert list(plan(path, part_bytes=1001)) == keys
    path.touch()
    assert list(plan(path)) != keys


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("b.csv.gz", b"", "b.csv.gz ends in .gz, but .csv, .tsv, .txt and .parquet files are read"),
        ("b.xlsx", b"", "b.xlsx ends in .xlsx, but"),
        ("b", b"", "b ends in no suffix, but"),
        ("b.parquet", b"", "b.parquet cannot be read ("),
        ("b.csv", b"\xff\n\n", "b.csv cannot be read ('utf-8' codec can't decode byte 0xff"),
        ("b.csv", b"Text\nhello\n", "b.csv has the columns Text (string), not Message (string)"),
        ("b.csv", b"Mum my PIN is 1\nhello\n", "b.csv has the columns (a text) (string), not"),
        ("b.csv", b"a" * 140_000, "b.csv cannot be read (field larger than field limit"),
        ("b.csv", b'Message\n"hello\n', "b.csv has a quotation mark that is never closed"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_part_that_fails(
    name: str, content: bytes, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("Message\nhello\n")
    (tmp_path / name).write_bytes(content)
    parts = plan(tmp_path)
    assert len(parts) == 2
    assert fault(parts).startswith(sentence)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"encoding": "utf-16"}, "encoding is utf-16, but batch scoring reads UTF-8 and other"),
        ({"encoding": "utf-7"}, "encoding is utf-7, but"),
        ({"sep": "\xa6"}, "sep is '\xa6', but batch scoring needs an ASCII character"),
        ({}, "a.csv holds no messages"),
    ],
)
def test_what_no_file_can_be_read_with_ends_the_run(
    options: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text("Message\n")
    with pytest.raises(UserError, match=sentence):
        plan(tmp_path / "a.csv", **options)


def test_missing_messages_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"^big\.csv is missing: messages must be the path"):
        plan(tmp_path / "big.csv")
