"""The MD5 of a file, by which DVC and the Kaggle page know it too."""

import hashlib
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from spam_classifier.datasets.file_dataset import ReadOnlyDataset
from spam_classifier.datasets.raw_folder_datasets import RawFolderDataset

MD5: Any = partial(hashlib.md5, usedforsecurity=False)


class FileDigestDataset(ReadOnlyDataset[str]):
    """Loads the MD5 of raw data: of a file, or of the raw files in a folder; it cannot be saved."""

    def __init__(self, *, filepath: str, extra: str | None = None, **options: Any) -> None:
        """Point the dataset at raw data.

        Args:
            filepath: Path or URL of a file or a folder, as fsspec understands it.
            extra: Local folder of further raw files.
            options: Further arguments of `FileDataset`.
        """
        super().__init__(filepath=filepath, **options)
        self._extra = RawFolderDataset(filepath=extra) if extra else None

    def load(self) -> str:
        """Return the MD5 of the file's bytes, in hexadecimal.

        That of several files is the MD5 of one line for each of them: its MD5, two spaces and its
        name, as `md5sum *` prints them.
        """
        is_folder = self.file_system.isdir(self.path)
        files = self.list_raw_files() if is_folder else [self.path]
        places = [(self.file_system, file) for file in files]
        if self._extra:
            local = self._extra.file_system
            places += [(local, file) for file in self._extra.list_raw_files()]
        lines = []
        for file_system, file in places:
            with file_system.open(file, "rb") as opened:
                digest = hashlib.file_digest(opened, MD5).hexdigest()
            lines.append(f"{digest}  {PurePosixPath(file).name}\n")
        if len(lines) == 1 and not is_folder:
            return lines[0].partition(" ")[0]
        return str(MD5("".join(lines).encode()).hexdigest())
