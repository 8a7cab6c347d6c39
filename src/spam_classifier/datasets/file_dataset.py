"""What the datasets of one file or folder have in common."""

from pathlib import PurePosixPath
from typing import Any, NoReturn, TypeVar

import fsspec
from kedro.io.core import AbstractDataset, DatasetError, get_filepath_str, get_protocol_and_path

from spam_classifier.tables import RAW_SUFFIXES

Saved = TypeVar("Saved")
Loaded = TypeVar("Loaded")


class FileDataset(AbstractDataset[Saved, Loaded]):
    """A dataset that is one file or folder, local or remote."""

    def __init__(
        self,
        *,
        filepath: str,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Point the dataset at a file or folder.

        Args:
            filepath: Path or URL that fsspec understands.
            credentials: Arguments of the fsspec file system, from Kedro's credentials.
            metadata: Anything; Kedro-Viz reads it.
        """
        self._protocol, path = get_protocol_and_path(filepath)
        self._filepath = PurePosixPath(path)
        self._credentials = credentials or {}
        self.file_system = fsspec.filesystem(self._protocol, **self._credentials)
        self.metadata = metadata

    @property
    def path(self) -> str:
        """The file or folder, as its file system calls it."""
        return str(get_filepath_str(self._filepath, self._protocol))

    def list_raw_files(self) -> list[str]:
        """Return the raw files in the folder as paths or URLs, in the order of their names.

        Files whose names begin with a dot or an underscore, or end otherwise, are passed over.
        """
        if not self.file_system.isdir(self.path):
            return []
        is_local = self._protocol == "file"
        return [
            path if is_local else str(self.file_system.unstrip_protocol(path))
            for path in sorted(self.file_system.ls(self.path, detail=False))
            if path.lower().removesuffix(".gz").endswith(RAW_SUFFIXES)
            and not PurePosixPath(path).name.startswith((".", "_"))
        ]

    def _exists(self) -> bool:
        return bool(self.file_system.exists(self.path))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath, "protocol": self._protocol}


class ReadOnlyDataset(FileDataset[NoReturn, Loaded]):
    """A dataset of what others made, or of what follows from it: it cannot be saved."""

    def save(self, data: NoReturn) -> None:  # noqa: ARG002 - Kedro calls it so
        """Raise a `DatasetError`."""
        raise DatasetError(f"{self._filepath.name} is somebody's data: it cannot be saved.")
