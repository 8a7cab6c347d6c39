"""Folders of raw files: further ones that are joined to the raw file, or one table in partitions.

Each file is read as `RawTableDataset` does. The MD5 of raw files is what DVC knows them by, too.
"""

import hashlib
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pandas as pd
from kedro.io.core import DatasetError

from spam_classifier.datasets.file_dataset import RawDataset
from spam_classifier.datasets.raw_table_dataset import RawTableDataset
from spam_classifier.tables import FAULT, FILE, RAW_SUFFIXES

if TYPE_CHECKING:
    import dask.dataframe as dd

REMEDY = "Mend or remove it, then run again."
MD5: Any = partial(hashlib.md5, usedforsecurity=False)


class RawFolderDataset(RawDataset[dict[str, pd.DataFrame]]):
    """Loads every raw file of a folder; none of one that is missing."""

    def list_files(self) -> list[str]:
        """Return the raw files in the folder, in the order of their names."""
        return super().list_files() if self.file_system.isdir(self.path) else []

    def load(self) -> dict[str, pd.DataFrame]:
        """Return the table of each file by its name, in the order of the names.

        Raises:
            DatasetError: If one of them cannot be read.
        """
        return {
            PurePosixPath(file).name: RawTableDataset(**self.arguments | {"filepath": file}).load()
            for file in self.list_files()
        }


class RawPartitionsDataset(RawDataset["dd.DataFrame"]):
    """Loads a raw file, or a folder of them, on Dask's workers: each file is a partition.

    kedro-datasets' `dask.CSVDataset` would not do: it ends at the first row with a cell too many,
    cuts quoted line breaks, and knows neither the line nor the file of a row.

    All files have the columns of the first one, in the order of their names; other columns are
    left out. The column `(file)` holds the name of the file that a row comes from.
    """

    def load(self) -> "dd.DataFrame":
        """Look at the first file and plan to read all of them.

        Returns:
            A Dask DataFrame of text columns, indexed by `line` within each file.

        Raises:
            DatasetError: If there are no files, or the first one cannot be read.
        """
        import dask.dataframe as dd

        files = self.list_files()
        if not files:
            raise DatasetError(
                f"The folder {self._filepath} holds no raw files: their names end in "
                f"{', '.join(RAW_SUFFIXES)} or one of these and .gz."
            )
        first = RawTableDataset(**self.arguments | {"filepath": files[0]}).load()
        columns = [name for name in first.columns if name != FAULT]
        empty = pd.DataFrame(columns=[*columns, FAULT, FILE], dtype="str")
        empty.index = pd.Index([], dtype="int64", name="line")
        return dd.from_map(_read_partition, files, args=[columns, self.arguments], meta=empty)


def _read_partition(file: str, names: list[str], arguments: dict[str, Any]) -> pd.DataFrame:
    """Read those columns of one of several raw files, and `(fault)` and `(file)`."""
    try:
        rows = RawTableDataset(**arguments | {"filepath": file}).load()
    except DatasetError as error:
        raise DatasetError(f"{error} {REMEDY}") from None
    name = PurePosixPath(file).name
    missing = [column for column in names if column not in rows]
    if missing:
        raise DatasetError(f"{name} has no column {' and no column '.join(missing)}. {REMEDY}")
    return rows[names].assign(**{FAULT: rows.get(FAULT, ""), FILE: name}).astype("str")


class FileDigestDataset(RawDataset[str]):
    """Loads the MD5 of raw data: of a file, or of the raw files in a folder."""

    def __init__(self, *, extra: str | None = None, **options: Any) -> None:
        """Point the dataset at raw data.

        Args:
            extra: Local folder of further raw files.
            options: Arguments of `FileDataset`.
        """
        super().__init__(**options)
        self._extra = RawFolderDataset(filepath=extra) if extra else None

    def load(self) -> str:
        """Return the MD5 of the file's bytes, in hexadecimal.

        That of several files is the MD5 of one line for each of them: its MD5, two spaces and its
        name, as `md5sum *` prints them.
        """
        lines = [*_list_digests(self), *(_list_digests(self._extra) if self._extra else [])]
        if len(lines) == 1 and not self.file_system.isdir(self.path):
            return lines[0].partition(" ")[0]
        return str(MD5("".join(lines).encode()).hexdigest())


def _list_digests(folder: RawDataset[Any]) -> list[str]:
    """Return what `md5sum *` prints for raw files."""
    lines = []
    for file in folder.list_files():
        with folder.file_system.open(file, "rb") as opened:
            digest = hashlib.file_digest(opened, MD5).hexdigest()
        lines.append(f"{digest}  {PurePosixPath(file).name}\n")
    return lines
