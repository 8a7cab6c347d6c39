"""A folder of Parquet files, written by Dask."""

import shutil
from pathlib import Path

import dask.dataframe as dd
import pandas as pd
import pytest
from kedro.io import DatasetError

from spam_classifier.datasets.partitioned_table_dataset import PartitionedTableDataset

ROWS = pd.DataFrame({"Category": ["ham"] * 12, "Message": [f"a\r{n}" for n in range(12)]})


@pytest.fixture
def dataset(tmp_path: Path) -> PartitionedTableDataset:
    """Return the dataset of a folder that is not there yet."""
    return PartitionedTableDataset(filepath=str(tmp_path / "layer/table"))


def test_what_is_saved_last_is_loaded_in_its_order(dataset: PartitionedTableDataset) -> None:
    dataset.save(dd.from_pandas(ROWS.head(3), npartitions=1))
    folder = Path(dataset.path)
    shutil.copytree(folder, folder.with_name(".table.old"))  # left by a run that was killed
    dataset.save(dd.from_pandas(ROWS, npartitions=12))
    rows = dataset.load().compute()
    assert rows.reset_index(drop=True).astype("str").equals(ROWS.astype("str"))
    assert list(folder.parent.iterdir()) == [folder]


def test_a_table_that_cannot_be_computed_leaves_the_old_one(
    dataset: PartitionedTableDataset,
) -> None:
    def fail(part: pd.DataFrame) -> pd.DataFrame:
        raise ArithmeticError("no")

    dataset.save(dd.from_pandas(ROWS, npartitions=2))
    with pytest.raises(DatasetError, match="no"):
        dataset.save(dd.from_pandas(ROWS, npartitions=2).map_partitions(fail, meta=ROWS))
    assert len(dataset.load()) == len(ROWS)
    assert list(Path(dataset.path).parent.iterdir()) == [Path(dataset.path)]
