"""A table in partitions: a local folder of Parquet files, which Dask reads and writes."""

from pathlib import Path
from typing import TYPE_CHECKING

from spam_classifier.datasets.file_dataset import FileDataset
from spam_classifier.storage import make_part_folder, replace_folder

if TYPE_CHECKING:
    import dask.dataframe as dd


class PartitionedTableDataset(FileDataset["dd.DataFrame", "dd.DataFrame"]):
    """Loads and saves a Dask DataFrame, one Parquet file a partition.

    The new folder is written beside the old one and takes its name when it is whole. That is what
    kedro-datasets' `dask.ParquetDataset` lacks: it writes into the folder that is there, or empties
    it first, so that a run that fails leaves a mix of two tables or a part of one.
    """

    def load(self) -> "dd.DataFrame":
        """Return the table as a Dask DataFrame, to be read by the workers."""
        import dask.dataframe as dd

        return dd.read_parquet(self.path)

    def save(self, data: "dd.DataFrame") -> None:
        """Write a Dask DataFrame; its index is left out."""
        with make_part_folder(Path(self.path)) as part:
            data.to_parquet(str(part), write_index=False, name_function="part-{:06}.parquet".format)
            replace_folder(part, Path(self.path))
