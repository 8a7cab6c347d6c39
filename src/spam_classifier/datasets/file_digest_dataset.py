"""The MD5 of a file, by which DVC and the Kaggle page know it too."""

import hashlib
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from spam_classifier.datasets.file_dataset import RawDataset
from spam_classifier.datasets.raw_folder_datasets import RawFolderDataset

MD5: Any = partial(hashlib.md5, usedforsecurity=False)


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
        further = _list_digests(self._extra) if self._extra else []
        if not further and not self.file_system.isdir(self.path):
            return _list_digests(self)[0].partition(" ")[0]
        return str(MD5("".join([*_list_digests(self), *further]).encode()).hexdigest())


def _list_digests(folder: RawDataset[Any]) -> list[str]:
    """Return what `md5sum *` prints for raw files."""
    lines = []
    for file in folder.list_files():
        with folder.file_system.open(file, "rb") as opened:
            digest = hashlib.file_digest(opened, MD5).hexdigest()
        lines.append(f"{digest}  {PurePosixPath(file).name}\n")
    return lines
