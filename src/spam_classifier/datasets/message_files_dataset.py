"""Messages to score, of any number: streams of small tables, from text or Parquet."""

import codecs
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Self

import pyarrow as pa
from kedro.io.core import DatasetError
from pyarrow import compute, parquet

from spam_classifier.datasets.file_dataset import RawDataset
from spam_classifier.datasets.raw_table_dataset import name_columns, refuse_other_kinds
from spam_classifier.datasets.separated_text import parse_rows
from spam_classifier.tables import find_separator

ROW = "(row)"  # column of a batch: the number of the row in its file, from 1 on
BATCH_ROWS = 5_000  # that are in memory at a time
LONGEST = 2_000_000  # characters of a line or a cell
SIGNATURE = 32  # bytes that tell a pointer or another kind of file
IN_SMALL_PIECES = {"pre_buffer": False, "buffer_size": 1 << 20}  # else pyarrow reads all ahead
PLAIN_TYPES = {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}  # can be filtered
UNDECODABLE = "\ufdd0\ufdd1\ufdd0"  # for bytes that are no text; no text has these characters
codecs.register_error("mark", lambda error: (UNDECODABLE, error.end))  # type: ignore[attr-defined]


class Batch(NamedTuple):
    """Some rows that follow each other in a file.

    Attributes:
        table: The n rows that can be used: all columns of the file, and `(row)`.
        rejected: Number and reason of each other row.
        size: About how many bytes of the file were read.
        long: How many texts are far longer than those that the model has learnt.
    """

    table: pa.Table
    rejected: list[tuple[int, str]]
    size: int
    long: int = 0

    def reject(self, mask: pa.Array, reason: str) -> Self:
        """Take rows out of the table: those at which the mask, n booleans, is true."""
        rejected = [(row, reason) for row in self.table[ROW].filter(mask).to_pylist()]
        kept = self.table.filter(compute.invert(mask))
        return self._replace(table=kept, rejected=self.rejected + rejected)


class MessageSource(NamedTuple):
    """A text file or a row group of a Parquet file, for one task; it can be pickled.

    Attributes:
        name: How the user knows the file.
        size: How many bytes there are to read.
        schema: The columns.
        read: Reads the rows in their order; a file that cannot be read is a `DatasetError`.
    """

    name: str
    size: int
    schema: pa.Schema
    read: Callable[[], Iterator[Batch]]


class MessageFilesDataset(RawDataset[list[MessageSource]]):
    """Looks at the columns of a file of messages, or of the files in a folder.

    The path is local, or shared by all workers of a cluster. Text is written as `RawTableDataset`
    has it, but that quotation marks enclose cells by default.
    """

    def load(self) -> list[MessageSource]:
        """Return what is to be read, in the order of the files' names; one at least.

        Raises:
            DatasetError: If there are no messages, or a file cannot be read, is a pointer or of
                another kind, or has other columns.
        """
        if not self._exists():
            raise DatasetError(
                f"{self.path} is missing: --params messages=… names a file or folder."
            )
        sources: list[MessageSource] = []
        for path in map(Path, self.list_files()):
            with _explain_unreadable(path.name):
                found = list(self._look_at(path))
            sources += found
            if found and found[0].schema != sources[0].schema:
                raise DatasetError(f"{path.name} and {sources[0].name} differ in columns or types.")
        if not sources:
            raise DatasetError(f"{self.path} holds no messages: it needs a header and rows.")
        return sources

    def _look_at(self, path: Path) -> Iterator[MessageSource]:
        suffix = path.suffix.lower()
        if suffix == ".parquet":
            yield from _list_row_groups(path)
        elif suffix in (".csv", ".tsv", ".txt"):
            quotes, sep = self.quotes is not False, find_separator(path.name, self.arguments["sep"])
            written = (self.encoding, sep, quotes)
            with path.open("rb") as file:
                refuse_other_kinds(path.name, file.read(SIGNATURE))
            with _open_rows(path, *written) as (_, rows):
                first = next(rows, [])
            if first:
                names = name_columns(first, header=self.header)
                schema = pa.schema([(name, pa.string()) for name in names])
                read = partial(_read_text, path, schema, int(self.header), *written)
                yield MessageSource(path.name, path.stat().st_size, schema, read)
        else:
            raise ValueError("its name must end in .csv, .tsv, .txt or .parquet")


def _list_row_groups(path: Path) -> Iterator[MessageSource]:
    layout, row = parquet.read_metadata(path), 1
    fields = layout.schema.to_arrow_schema()
    schema = pa.schema([f.with_type(PLAIN_TYPES.get(f.type, f.type)) for f in fields])
    for number in range(layout.num_row_groups):
        group = layout.row_group(number)
        read = partial(_read_row_group, path, schema, number, row)
        yield MessageSource(path.name, group.total_byte_size, schema, read)
        row += group.num_rows


def _read_row_group(path: Path, schema: pa.Schema, number: int, row: int) -> Iterator[Batch]:
    with _explain_unreadable(path.name), parquet.ParquetFile(path, **IN_SMALL_PIECES) as file:
        group = file.metadata.row_group(number)
        for cells in file.iter_batches(BATCH_ROWS, [number], use_threads=False):
            cells.validate(full=True)  # texts are UTF-8
            rows = pa.array(range(row, row + cells.num_rows), pa.int64())
            table = pa.table(cells.cast(schema)).append_column(ROW, rows)
            yield Batch(table, [], group.total_byte_size * cells.num_rows // group.num_rows)
            row += cells.num_rows


def _read_text(
    path: Path, schema: pa.Schema, skipped: int, encoding: str, sep: str, quotes: bool
) -> Iterator[Batch]:
    """Read a text file; rows of more or fewer cells, or with bytes that are no text, are wrong."""
    width, done = len(schema), 0
    with _explain_unreadable(path.name), _open_rows(path, encoding, sep, quotes) as (file, parsed):
        rows = islice(enumerate(parsed, start=1), skipped, None)
        while True:
            # One list of texts: many small ones would be looked through for garbage all the time.
            texts, numbers, wrong = list[str](), list[int](), list[tuple[int, str]]()
            for row, cells in islice(rows, BATCH_ROWS):
                if len(cells) != width:
                    wrong.append((row, f"{len(cells)} cells instead of {width}"))
                elif UNDECODABLE in "".join(cells):
                    wrong.append((row, f"not {encoding}"))
                else:
                    texts += cells
                    numbers.append(row)
            if not numbers and not wrong:
                return
            table = pa.table([texts[column::width] for column in range(width)], schema=schema)
            size = file.buffer.tell() - done  # type: ignore[attr-defined]
            yield Batch(table.append_column(ROW, pa.array(numbers, pa.int64())), wrong, size)
            done += size


@contextmanager
def _open_rows(
    path: Path, encoding: str, sep: str, quotes: bool
) -> Iterator[tuple[TextIOWrapper, Iterator[list[str]]]]:
    """Open a text file; yield it and the cells of each of its rows."""
    with path.open(encoding=encoding, errors="mark", newline="") as file:
        rows = parse_rows(_read_lines(file), sep, quotes=quotes, longest=LONGEST)
        yield file, (cells for _, cells in rows)


def _read_lines(file: TextIOWrapper) -> Iterator[str]:
    """Yield the lines, without a byte-order mark."""
    line = file.readline(LONGEST + 1).removeprefix("\ufeff")
    while line:
        if len(line) > LONGEST:
            raise ValueError(f"a line has more than {LONGEST:,} characters")
        yield line
        line = file.readline(LONGEST + 1)


@contextmanager
def _explain_unreadable(name: str) -> Iterator[None]:
    """Say in one sentence why a file of this name cannot be read."""
    try:
        yield
    except (OSError, LookupError, ValueError, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0].strip(" .")
        raise DatasetError(f"{name} cannot be read ({reason or type(error).__name__}).") from None
