"""A part of the messages to score: what stands in it is read when it is scored, and not before."""

import csv
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, Self

from spam_classifier.errors import UserError
from spam_classifier.tables import LONE_SURROGATE


class PartError(UserError):
    """Why a part cannot be scored; the other parts can."""


class Rows(NamedTuple):
    """Some rows of a part.

    Attributes:
        table: A `pyarrow.Table` of the n rows that can be used, with all columns of the file.
        rejected: Line (in Parquet the number of the row) and reason of each other row.
    """

    table: Any
    rejected: list[tuple[int, str]]


@dataclass(frozen=True)
class SourceFile:
    """A file of messages as it was when the parts were planned.

    Attributes:
        path: Where it is, for every process that reads a part of it.
        name: How the user knows it.
        size: Its size in bytes.
        modified: When it was changed last, in nanoseconds.
    """

    path: Path
    name: str
    size: int
    modified: int

    @classmethod
    def look_at(cls, path: Path, name: str) -> Self:
        """Take down what tells one version of a file from another."""
        status = path.stat()
        return cls(path, name, status.st_size, status.st_mtime_ns)

    def check_unchanged(self) -> None:
        """Refuse to read a file that has changed since the parts were planned.

        Raises:
            PartError: If it has.
        """
        with explain_faults(self.name):
            if self.look_at(self.path, self.name) != self:
                raise PartError(f"{self.name} was changed during the run")


@dataclass(frozen=True)
class Part(ABC):
    """Rows of one file that are scored together.

    Attributes:
        file: Where they stand.
        columns: Names and types of the file's columns.
        expected_rows: How many rows there are, as far as is known without reading them.
    """

    file: SourceFile
    columns: tuple[tuple[str, str], ...]
    expected_rows: int

    @property
    def key(self) -> str:
        """A name that changes with the file and with how it is read."""
        return hashlib.md5(repr(self).encode(), usedforsecurity=False).hexdigest()

    @abstractmethod
    def read(self, text_column: str) -> Iterator[Rows]:
        """Read the rows, some at a time.

        Args:
            text_column: The column of the messages; a row without one is rejected.

        Yields:
            The rows in their order, once at least.

        Raises:
            PartError: If they cannot be read.
        """


@dataclass(frozen=True)
class UnreadablePart(Part):
    """Stands for a whole file that cannot be read: it fails when it is scored, as the first of all.

    Attributes:
        reason: What is wrong with it.
    """

    reason: str

    def read(self, text_column: str) -> NoReturn:  # noqa: ARG002 - the name is the base's
        """Say what is wrong."""
        raise PartError(self.reason)


Parts = Mapping[str, Part]
"""The parts of a run by their keys, in the order of the output."""


@contextmanager
def explain_faults(name: str) -> Iterator[None]:
    """Turn what stops the reading of a file into one sentence about it.

    Args:
        name: How the user knows the file.

    Raises:
        PartError: If the block raises what a bad file makes it raise.
    """
    from pyarrow import ArrowException

    try:
        yield
    except (OSError, ValueError, KeyError, csv.Error, ArrowException) as error:
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0].strip(" .")
        raise PartError(f"{name} cannot be read ({reason or type(error).__name__})") from None


def explain_bytes(content: bytes, encoding: str) -> str | None:
    """Say why bytes are no text; None if they are.

    Args:
        content: The bytes of a row or a cell.
        encoding: The encoding that they should be in.
    """
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        pass
    else:
        return None
    try:
        content.decode(encoding, "surrogatepass")
    except UnicodeDecodeError:
        return f"not {encoding}"
    return LONE_SURROGATE


def reject_blank(table: Any, text_column: str, numbers: list[int]) -> tuple[Any, list[int]]:
    """Take out the rows without a message.

    Args:
        table: A `pyarrow.Table` of n rows whose column of messages is text.
        text_column: Name of that column.
        numbers: n numbers of the rows.

    Returns:
        The rows with a message, and the numbers of the others.
    """
    texts = list_texts(table, text_column)
    is_blank = [not text or text.isspace() for text in texts]
    if not any(is_blank):
        return table, []
    blank = [number for number, blank in zip(numbers, is_blank, strict=True) if blank]
    return table.filter([not blank for blank in is_blank]), blank


def list_texts(table: Any, text_column: str) -> list[str]:
    """Return the messages of a `pyarrow.Table` whose column of messages can be read as text."""
    from pyarrow import large_string

    texts: list[str] = table[text_column].cast(large_string()).to_pylist()
    return texts


def shorten(path: Path) -> Path:
    """Return a path as the user sees it from the working folder."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
