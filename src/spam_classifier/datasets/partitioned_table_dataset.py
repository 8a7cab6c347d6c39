"""A table in partitions: a folder of Parquet files, which Dask reads and writes."""

from pathlib import PurePosixPath
from typing import Any

from spam_classifier.datasets.file_dataset import FileDataset


class PartitionedTableDataset(FileDataset[Any, Any]):
    """Loads and saves a Dask DataFrame, one Parquet file a partition.

    The new folder is written beside the old one and takes its name when it is whole.

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

    def load(self) -> Any:
        """Return the table as a Dask DataFrame, to be read by the workers."""
        import dask.dataframe as dd

        return dd.read_parquet(self.to_url(self.path), storage_options=self._credentials)

    def save(self, data: Any) -> None:
        """Write a Dask DataFrame.

        Args:
            data: Its index is left out.
        """
        folder = PurePosixPath(self.path)
        part, old = (str(folder.with_name(f".{folder.name}.{kind}")) for kind in ("part", "old"))
        self._remove(part)
        self._remove(old)
        data.to_parquet(
            self.to_url(part),
            write_index=False,
            name_function=_name_partition,
            storage_options=self._credentials,
        )
        if self.file_system.exists(self.path):
            self.file_system.mv(self.path, old, recursive=True)
        self.file_system.mv(part, self.path, recursive=True)
        self._remove(old)

    def _remove(self, folder: str) -> None:
        if self.file_system.exists(folder):
            self.file_system.rm(folder, recursive=True)


def _name_partition(number: int) -> str:
    """Return a name whose order is that of the partitions."""
    return f"part-{number:06}.parquet"
