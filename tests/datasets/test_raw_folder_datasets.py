"""Folders of raw files: further ones, one table in partitions, or a digest."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kedro.io import DatasetError

from spam_classifier.datasets.raw_folder_datasets import (
    FileDigestDataset,
    RawFolderDataset,
    RawPartitionsDataset,
)


def load(folder: Path, **options: Any) -> pd.DataFrame:
    """Return the rows of all partitions."""
    rows: pd.DataFrame = RawPartitionsDataset(filepath=str(folder), **options).load().compute()
    return rows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of two raw files and others that are none."""
    folder = tmp_path / "more [2026]"
    folder.mkdir()
    (folder / "b.csv").write_text('Category,Message\nham,"see\nyou"\nspam,win,now\n')
    (folder / "a.TSV").write_text("Message\tCategory\nhello\tham\n")
    for name in ("readme.md", ".b.csv", "_SUCCESS.csv", "b.csv.dvc"):
        (folder / name).write_text("half")
    return folder


def test_further_files_are_tables_by_their_names_and_a_missing_folder_has_none(
    folder: Path,
) -> None:
    tables = RawFolderDataset(filepath=str(folder)).load()
    assert list(tables) == ["a.TSV", "b.csv"]
    assert tables["b.csv"]["Message"].to_list() == ["see\nyou", "win"]
    assert RawFolderDataset(filepath=f"{folder}/missing").load() == {}


def test_rows_of_partitions_keep_their_line_and_file_and_the_columns_of_the_first_one(
    folder: Path,
) -> None:
    assert RawPartitionsDataset(filepath=str(folder)).load().npartitions == 2
    rows = load(folder)
    assert list(rows.columns) == ["Message", "Category", "(fault)", "(file)"]
    assert list(rows.itertuples(name=None)) == [
        (2, "hello", "ham", "", "a.TSV"),
        (2, "see\nyou", "ham", "", "b.csv"),
        (4, "win", "spam", "more cells than the first row", "b.csv"),
    ]


@pytest.mark.parametrize(
    ("name", "extra", "digest"),
    [
        pytest.param("b.csv", None, "038ab5d114f53fb3e0db5458ac87c968", id="md5sum b.csv"),
        pytest.param("b.csv", ".", "0e725476fee7e22309699f1d12aa31ab", id="with further ones"),
        pytest.param("", None, "a1bc4070b85831e4438904d7805a4a7c", id="md5sum * | md5sum"),
    ],
)
def test_the_digest_of_a_file_is_its_md5_and_of_several_that_of_their_listing(
    name: str, extra: str | None, digest: str, folder: Path
) -> None:
    further = extra and str(folder / extra)
    assert FileDigestDataset(filepath=str(folder / name), extra=further).load() == digest


def test_files_are_read_as_the_options_say(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("ham;café".encode("cp1252"))
    options: dict[str, Any] = {"sep": "semicolon", "encoding": "cp1252", "header": False}
    assert load(tmp_path / "a.txt", **options)["2"].to_list() == ["café"]
    tables = RawFolderDataset(filepath=str(tmp_path), **options).load()
    assert tables["a.txt"]["2"].to_list() == ["café"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"Message,Category\nham,caf\xe9\n", r"b\.csv is not utf-8 \(line 2 .*\)\. Mend or remove"),
        (b"v1,Message\nham,see you\n", r"b\.csv has no column Category\. Mend or remove it"),
    ],
)
def test_a_partition_that_cannot_be_used_is_named(
    content: bytes, sentence: str, folder: Path
) -> None:
    (folder / "b.csv").write_bytes(content)
    with pytest.raises(DatasetError, match=sentence):
        load(folder)


def test_a_folder_without_raw_files_is_no_raw_data(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"holds no raw files: their names end in \.csv"):
        load(tmp_path)


def test_raw_data_cannot_be_saved(tmp_path: Path) -> None:
    dataset: Any = RawFolderDataset(filepath=str(tmp_path / "m.csv"))
    with pytest.raises(DatasetError, match=r"m\.csv is somebody's data: it cannot be saved"):
        dataset.save("")
