"""A table in partitions: a local folder of Parquet files, which Dask reads and writes."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from spam_classifier.datasets.file_dataset import FileDataset
from spam_classifier.storage import name_part, replace_folder

if TYPE_CHECKING:
    import dask.dataframe as dd


class PartitionedTableDataset(FileDataset["dd.DataFrame", "dd.DataFrame"]):
    """Loads and saves a Dask DataFrame, one Parquet file a partition.

    The new folder is written beside the old one and takes its name when it is whole. That is what
    kedro-datasets' `dask.ParquetDataset` lacks: it writes into the folder that is there, or empties
    it first, so that a run that fails leaves a mix of two tables or a part of one.

    Example:
        ```yaml
        spam_data:
          type: spam_classifier.datasets.partitioned_table_dataset.PartitionedTableDataset
          filepath: data/dask/03_primary/spam_data
        ```

        ```python
        >>> messages = PartitionedTableDataset(filepath="data/dask/03_primary/spam_data").load()
        ```
    """

    def load(self) -> "dd.DataFrame":
        """Return the table as a Dask DataFrame, to be read by the workers."""
        import dask.dataframe as dd

        return dd.read_parquet(self.path)

    def save(self, data: "dd.DataFrame") -> None:
        """Write a Dask DataFrame.

        Args:
            data: Its index is left out.
        """
        folder = Path(self.path)
        part = name_part(folder)
        try:
            data.to_parquet(str(part), write_index=False, name_function=_name_partition)
            replace_folder(part, folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _name_partition(number: int) -> str:
    """Return a name whose order is that of the partitions."""
    return f"part-{number:06}.parquet"
