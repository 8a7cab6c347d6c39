"""What the datasets of one file or folder have in common."""

from pathlib import PurePosixPath
from typing import Any, NoReturn, TypeVar

import fsspec
from kedro.io.core import AbstractDataset, DatasetError, get_filepath_str, get_protocol_and_path

from spam_classifier.tables import RAW_SUFFIXES, find_separator

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
        self.path = str(get_filepath_str(self._filepath, self._protocol))
        self.file_system = fsspec.filesystem(self._protocol, **credentials or {})
        self.metadata = metadata

    def _exists(self) -> bool:
        return bool(self.file_system.exists(self.path))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath, "protocol": self._protocol}


class ReadOnlyDataset(FileDataset[NoReturn, Loaded]):
    """A dataset of what others made, or of what follows from it: it cannot be saved."""

    def save(self, data: NoReturn) -> None:  # noqa: ARG002 - Kedro calls it so
        """Raise a `DatasetError`."""
        raise DatasetError(f"{self._filepath.name} is somebody's data: it cannot be saved.")


class RawDataset(ReadOnlyDataset[Loaded]):
    """A raw file or a folder of them, and how they are written."""

    def __init__(
        self,
        *,
        filepath: str,
        sep: str | None = None,
        encoding: str | None = None,
        header: bool | None = None,
        quotes: bool | None = None,
        **options: Any,
    ) -> None:
        """Point the dataset at raw data and say how it is written.

        Args:
            filepath: Path or URL that fsspec understands.
            sep: What stands between cells: a character, or its name (comma, semicolon, tab, pipe);
                by default a tab in `.tsv` and a comma in other separated text.
            encoding: Encoding of text; UTF-8 by default.
            header: Whether the first row holds the names of the columns, as it does by default;
                else they are called 1, 2, 3, ….
            quotes: Whether quotation marks enclose cells (True) or are characters as any other
                (False). By default they enclose cells, and a cell of a raw table that seems to
                enclose other rows ends the run.
            options: Further arguments of `FileDataset`.
        """
        super().__init__(filepath=filepath, **options)
        written = {"sep": sep, "encoding": encoding, "header": header, "quotes": quotes}
        self.arguments = {"filepath": filepath, **written, **options}
        self.sep = find_separator(self._filepath.name, sep)
        self.encoding = encoding or "utf-8"
        self.header = header is not False
        self.quotes = quotes

    def list_files(self) -> list[str]:
        """Return the raw files of a folder in the order of their names, or the one file.

        Files whose names begin with a dot or an underscore, or end otherwise, are passed over.

        Returns:
            Paths or URLs, as `filepath` takes them.
        """
        if not self.file_system.isdir(self.path):
            return [self.arguments["filepath"]]
        is_local = self._protocol == "file"
        return [
            path if is_local else str(self.file_system.unstrip_protocol(path))
            for path in sorted(self.file_system.ls(self.path, detail=False))
            if path.lower().removesuffix(".gz").endswith(RAW_SUFFIXES)
            and not PurePosixPath(path).name.startswith((".", "_"))
        ]
