"""A folder of further raw files."""

from pathlib import Path

import pytest
from kedro.io import DatasetError

from helpers import copy_project, fabricate_csv, run_kedro
from spam_classifier.datasets.raw_folder_dataset import RawFolderDataset


def test_every_raw_file_is_read_by_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "more [2026]"
    folder.mkdir()
    (folder / "b.tsv").write_text("Category\tMessage\nham\tsee you\n")
    (folder / "a.CSV").write_text("Category,Message\nspam,win now\n")
    (folder / ".gitkeep").touch()
    (folder / "a.csv.dvc").write_text("outs: []")
    tables = RawFolderDataset(filepath=str(folder)).load()
    assert list(tables) == ["a.CSV", "b.tsv"]
    assert tables["a.CSV"]["Message"].to_list() == ["win now"]
    assert tables["b.tsv"]["Message"].to_list() == ["see you"]


def test_files_are_read_as_the_options_say(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("Category;Message\nham;café".encode("cp1252"))
    tables = RawFolderDataset(filepath=str(tmp_path), sep="semicolon", encoding="cp1252").load()
    assert tables["a.csv"]["Message"].to_list() == ["café"]


@pytest.mark.parametrize("folder", ["", "missing"])
def test_a_folder_without_files_holds_no_tables(folder: str, tmp_path: Path) -> None:
    assert RawFolderDataset(filepath=str(tmp_path / folder)).load() == {}


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    with pytest.raises(DatasetError, match=r"empty\.csv"):
        RawFolderDataset(filepath=str(tmp_path)).load()


def test_metrics_are_told_by_source(tmp_path: Path) -> None:
    """From the extra folder to the slices of the evaluation."""
    project = copy_project(tmp_path, fabricate_csv())
    folder = project / "data/01_raw/extra"
    folder.mkdir(parents=True)
    rows = [f"spam,your parcel {number} waits: pay the fee {number} today" for number in range(20)]
    (folder / "scams.csv").write_text("\n".join(["Category,Message", *rows]))
    run_kedro(project, pipeline_names=["data_processing", "data_science"])
    details = (project / "data/08_reporting/test_evaluation_details.json").read_text()
    assert '"source: scams.csv"' in details
    assert '"source: raw file"' in details
