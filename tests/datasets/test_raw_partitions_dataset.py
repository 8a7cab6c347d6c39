"""A folder of raw files as one table."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pandas as pd
import pytest
from kedro.io import DatasetError

from spam_classifier.datasets.raw_partitions_dataset import RawPartitionsDataset
from spam_classifier.errors import UserError


def load(folder: Path, **options: Any) -> pd.DataFrame:
    rows: pd.DataFrame = RawPartitionsDataset(filepath=str(folder), **options).load().compute()
    return rows


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of two raw files and others that are none."""
    (tmp_path / "b.csv").write_text('Category,Message\nham,"see\nyou"\nspam,win,now\n')
    (tmp_path / "a.csv").write_text("Message,Category\nhello,ham\n")
    (tmp_path / "readme.md").write_text("# Messages\n")
    (tmp_path / ".b.csv").write_text("half")
    (tmp_path / "_SUCCESS.csv").touch()
    return tmp_path


def test_each_raw_file_is_a_partition(folder: Path) -> None:
    assert RawPartitionsDataset(filepath=str(folder)).load().npartitions == 2


def test_rows_keep_their_line_and_their_file_and_the_columns_of_the_first_file(
    folder: Path,
) -> None:
    rows = load(folder)
    assert list(rows.columns) == ["Message", "Category", "(fault)", "(file)"]
    assert list(rows.itertuples(name=None)) == [
        (2, "hello", "ham", "", "a.csv"),
        (2, "see\nyou", "ham", "", "b.csv"),
        (4, "win", "spam", "more cells than the first row", "b.csv"),
    ]


def test_one_file_is_one_partition(folder: Path) -> None:
    assert set(load(folder / "b.csv")["(file)"]) == {"b.csv"}


def test_a_file_on_the_web_is_one_partition(folder: Path) -> None:
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/a.csv"
        rows = RawPartitionsDataset(filepath=url).load().compute()
        server.shutdown()
    assert rows["Message"].to_list() == ["hello"]


def test_a_column_of_the_files_may_be_called_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Category,Message,file\nham,hello,theirs\n")
    assert load(tmp_path)["file"].to_list() == ["theirs"]


def test_files_are_read_as_the_options_say(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("ham;café".encode("cp1252"))
    rows = load(tmp_path, sep="semicolon", encoding="cp1252", header=False)
    assert rows["2"].to_list() == ["café"]


def test_a_parquet_file_is_a_raw_file_too(folder: Path) -> None:
    pd.DataFrame({"Category": ["ham"], "Message": ["bye"]}).to_parquet(folder / "c.parquet")
    assert load(folder)["Message"].to_list()[-1] == "bye"


def test_a_file_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "b.csv").write_bytes(b"Category,Message\nham,caf\xe9\n")
    with pytest.raises(UserError, match=r"b\.csv is not utf-8 \(line 2 .*\)\. Mend or remove it"):
        load(folder)


def test_a_file_without_the_columns_of_the_first_is_named(folder: Path) -> None:
    (folder / "b.csv").write_text("v1,Message\nham,see you\n")
    with pytest.raises(UserError, match=r"b\.csv has no column Category\. Mend or remove it"):
        load(folder)


def test_a_folder_without_raw_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"holds no raw files: their names end in \.csv"):
        load(tmp_path)
