"""A table in partitions: a folder of Parquet files, which Dask reads and writes."""

from pathlib import PurePosixPath
from typing import Any

import fsspec
from kedro.io.core import AbstractDataset, get_filepath_str, get_protocol_and_path


class PartitionedTableDataset(AbstractDataset[Any, Any]):
    """Loads and saves a Dask DataFrame, one Parquet file a partition.

    The new folder is written beside the old one, which goes only when the new one is whole.

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

    def __init__(
        self,
        *,
        filepath: str,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Point the dataset at a folder.

        Args:
            filepath: Path or URL that fsspec understands, and that every worker reaches.
            credentials: Arguments of the fsspec file system, from Kedro's credentials.
            metadata: Anything; Kedro-Viz reads it.
        """
        self._protocol, path = get_protocol_and_path(filepath)
        self._folder = PurePosixPath(path)
        self._credentials = credentials or {}
        self._fs = fsspec.filesystem(self._protocol, **self._credentials)
        self.metadata = metadata

    def load(self) -> Any:
        """Return the table as a Dask DataFrame, to be read by the workers."""
        import dask.dataframe as dd

        return dd.read_parquet(self._url(self._folder), storage_options=self._credentials)

    def save(self, data: Any) -> None:
        """Write a Dask DataFrame.

        Args:
            data: Its index is left out.
        """
        part = self._folder.with_name(f".{self._folder.name}.part")
        self._remove(part)
        data.to_parquet(
            self._url(part),
            write_index=False,
            name_function=_name_partition,
            storage_options=self._credentials,
        )
        self._remove(self._folder)
        self._fs.mv(self._path(part), self._path(self._folder), recursive=True)

    def _remove(self, folder: PurePosixPath) -> None:
        if self._fs.exists(self._path(folder)):
            self._fs.rm(self._path(folder), recursive=True)

    def _path(self, folder: PurePosixPath) -> str:
        return str(get_filepath_str(folder, self._protocol))

    def _url(self, folder: PurePosixPath) -> str:
        prefix = "" if self._protocol == "file" else f"{self._protocol}://"
        return f"{prefix}{folder}"

    def _exists(self) -> bool:
        return bool(self._fs.exists(self._path(self._folder)))

    def _describe(self) -> dict[str, Any]:
        return {"folder": self._folder, "protocol": self._protocol}


def _name_partition(number: int) -> str:
    """Return a name whose order is that of the partitions."""
    return f"part-{number:06}.parquet"
