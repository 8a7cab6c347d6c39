"""The digest of a file."""

from pathlib import Path
from typing import Any

import pytest
from kedro.io import DatasetError

from spam_classifier.datasets.file_digest_dataset import FileDigestDataset


def test_digest_is_the_md5_of_the_bytes(tmp_path: Path) -> None:
    """It is what `md5sum` prints."""
    path = tmp_path / "file"
    path.write_bytes(b"hello\n")
    assert FileDigestDataset(filepath=str(path)).load() == "b1946ac92492d2347c6235b4d2611184"


def test_digest_of_a_folder_is_that_of_its_listing(tmp_path: Path) -> None:
    """It is what `md5sum * | md5sum` prints."""
    (tmp_path / "b").write_bytes(b"hello\n")
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    digest = FileDigestDataset(filepath=str(tmp_path)).load()
    assert digest == "ce5684b56648ca0d8ecc1e226003c27b"


def test_digest_cannot_be_saved(tmp_path: Path) -> None:
    """Saving is refused."""
    dataset: Any = FileDigestDataset(filepath=str(tmp_path / "file"))
    with pytest.raises(DatasetError, match="cannot be saved"):
        dataset.save("b1946ac92492d2347c6235b4d2611184")


def test_digest_exists_with_its_file(tmp_path: Path) -> None:
    """Kedro is told whether the file is there."""
    dataset = FileDigestDataset(filepath=str(tmp_path / "file"))
    assert not dataset.exists()
    (tmp_path / "file").touch()
    assert dataset.exists()
