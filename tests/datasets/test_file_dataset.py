"""What others made is never written."""

from pathlib import Path
from typing import Any

import pytest
from kedro.io import DatasetError

from spam_classifier.datasets.file_dataset import ReadOnlyDataset
from spam_classifier.datasets.file_digest_dataset import FileDigestDataset
from spam_classifier.datasets.raw_folder_dataset import RawFolderDataset
from spam_classifier.datasets.raw_partitions_dataset import RawPartitionsDataset
from spam_classifier.datasets.raw_table_dataset import RawTableDataset


@pytest.mark.parametrize(
    "kind", [FileDigestDataset, RawFolderDataset, RawPartitionsDataset, RawTableDataset]
)
def test_raw_data_cannot_be_saved(kind: type[ReadOnlyDataset[Any]], tmp_path: Path) -> None:
    dataset: Any = kind(filepath=str(tmp_path / "m.csv"))
    with pytest.raises(DatasetError, match=r"m\.csv is somebody's data: it cannot be saved"):
        dataset.save("")
    assert not (tmp_path / "m.csv").exists()
