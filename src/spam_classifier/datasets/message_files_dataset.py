"""Messages to score, of any number: streams of small tables, which pyarrow reads from files."""

import codecs
import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial, reduce
from itertools import count, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

import pyarrow as pa
from pyarrow import compute, parquet
from pyarrow import csv as arrow

from spam_classifier.datasets.file_dataset import ReadOnlyDataset
from spam_classifier.datasets.raw_table_dataset import name_columns
from spam_classifier.errors import UserError
from spam_classifier.tables import SEPARATORS

ROW = "(row)"  # column of a batch: the number of the row in its file, from 1 on
BLOCK_BYTES = 2 << 20  # of text that are parsed at a time (32 are read ahead); no row has more
BATCH_ROWS = 10_000  # of Parquet that are in memory at a time
IN_SMALL_PIECES = {"pre_buffer": False, "buffer_size": 1 << 20}  # else pyarrow reads all ahead
PLAIN_TYPES = {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}  # can be filtered
MOST_WRONG = 100_000  # rows that follow each other, before a file is given up
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
        read: Reads the rows in their order; a file that cannot be read is a `UserError`.
    """

    name: str
    size: int
    schema: pa.Schema
    read: Callable[[], Iterator[Batch]]


class MessageFilesDataset(ReadOnlyDataset[list[MessageSource]]):
    """Looks at the columns of a file of messages, or of the files in a folder."""

    def __init__(
        self, *, filepath: str, metadata: dict[str, Any] | None = None, **options: Any
    ) -> None:
        """Point the dataset at a file or folder, local or shared by all workers of a cluster.

        Args:
            filepath: Its path.
            metadata: Anything; Kedro-Viz reads it.
            options: How text is written: `sep`, `encoding`, `header` and `quotes`, as
                `RawTableDataset` has them, but that quotation marks enclose cells by default.
        """
        super().__init__(filepath=filepath, metadata=metadata)
        self._sep = SEPARATORS.get(options["sep"], options["sep"] or "")
        header, quotes = options["header"] is not False, options["quotes"] is not False
        self._format = (options["encoding"] or "utf-8", header, quotes)

    def load(self) -> list[MessageSource]:
        """Return what is to be read, in the order of the files' names; one at least.

        Raises:
            UserError: If there are no messages, or a file cannot be read or has other columns.
        """
        if not self._exists():
            raise UserError(f"{self.path} is missing: --params messages=… names a file or folder.")
        sources: list[MessageSource] = []
        for path in map(Path, self.list_raw_files() or [self.path]):
            with _explain_unreadable(path.name):
                found = list(self._look_at(path))
            sources += found
            if found and found[0].schema != sources[0].schema:
                raise UserError(f"{path.name} and {sources[0].name} differ in columns or types.")
        if not sources:
            raise UserError(f"{self.path} holds no messages: it needs a header and rows.")
        return sources

    def _look_at(self, path: Path) -> Iterator[MessageSource]:
        suffix = path.suffix.lower()
        if suffix == ".parquet":
            yield from _list_row_groups(path)
        elif suffix in (".csv", ".tsv", ".txt"):
            encoding, header, quotes = self._format
            sep = self._sep or ("\t" if suffix == ".tsv" else ",")
            quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE
            with path.open(encoding=encoding, errors="replace", newline="") as file:
                lines = (line.removeprefix("\ufeff") for line in file)
                rows = csv.reader(lines, delimiter=sep, quoting=quoting)
                first, cells = next(filter(itemgetter(1), enumerate(rows, start=1)), (0, []))
            names = name_columns(cells) if header else [str(n + 1) for n in range(len(cells))]
            schema = pa.schema([(name, pa.string()) for name in names])
            read = partial(_read_text, path, schema, sep, encoding, quotes, header * first)
            if names:
                yield MessageSource(path.name, path.stat().st_size, schema, read)
        else:
            raise ValueError("its name must end in .csv, .tsv, .txt or .parquet")


def _list_row_groups(path: Path) -> Iterator[MessageSource]:
    with parquet.ParquetFile(path) as file:
        fields = [f.with_type(PLAIN_TYPES.get(f.type, f.type)) for f in file.schema_arrow]
        groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
    schema, row = pa.schema(fields), 1
    for number, group in enumerate(groups):
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
    path: Path, schema: pa.Schema, sep: str, encoding: str, quotes: bool, skipped: int
) -> Iterator[Batch]:
    """Read a text file; rows of more or fewer cells, or with bytes that are no text, are rejected.

    At the end of a file the parser takes an open quotation mark for a closed one. So a row is added
    there that is always wrong: if the parser does not say so, the row is within a text.
    """
    last = sep * len(schema)
    decoder, end = codecs.getincrementaldecoder(encoding)("mark"), iter([f"\n{last}"])
    wrong, said = dict[int, str](), ""

    def decode(block: pa.Buffer) -> bytes:
        text = decoder.decode(block.to_pybytes(), final=not len(block))
        return (text if len(block) else text + next(end, "")).encode()

    def note(row: Any) -> str:
        nonlocal said
        said = row.text
        wrong[row.number] = f"{row.actual_columns} cells instead of {row.expected_columns}"
        return "skip" if len(wrong) <= MOST_WRONG else "error"

    with _explain_unreadable(path.name), path.open("rb") as file:
        read = {"column_names": schema.names, "block_size": BLOCK_BYTES, "use_threads": False}
        parse = {"delimiter": sep, "quote_char": '"' if quotes else False}
        reader = arrow.open_csv(
            pa.TransformInputStream(pa.PythonFile(file), decode),
            arrow.ReadOptions(**read, skip_rows_after_names=skipped),
            arrow.ParseOptions(**parse, newlines_in_values=True, invalid_row_handler=note),
            arrow.ConvertOptions(column_types=schema, null_values=[]),
        )
        row, rest = skipped + 1, path.stat().st_size
        for cells in reader:
            right = (number for number in count(row) if number not in wrong)
            rows = pa.array(islice(right, cells.num_rows), pa.int64(), size=cells.num_rows)
            row = rows[-1].as_py() + 1 if len(rows) else row
            table = pa.table(cells).append_column(ROW, rows)
            rejected = [(number, wrong.pop(number)) for number in sorted(wrong) if number < row]
            batch = Batch(table, rejected, min(BLOCK_BYTES, rest))
            undecodable = [compute.match_substring(cell, UNDECODABLE) for cell in cells.columns]
            yield batch.reject(reduce(compute.or_, undecodable), f"not {encoding}")
            rest -= batch.size
        if not wrong or said != last:
            raise ValueError(
                f"row {max(wrong, default=row - 1)}: open quotation mark; quotes=false?"
            )
    wrong.popitem()
    empty = pa.schema([*schema, (ROW, pa.int64())]).empty_table()
    yield Batch(empty, sorted(wrong.items()), rest)


@contextmanager
def _explain_unreadable(name: str) -> Iterator[None]:
    """Say in one sentence why a file of this name cannot be read."""
    try:
        yield
    except (OSError, LookupError, ValueError, csv.Error, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0].strip(" .")
        if "straddling" in reason:
            reason = "a row has more than 2 MB, or its quotation mark is never closed"
        elif "Expected" in reason:  # what follows is a row
            reason = f"more than {MOST_WRONG:,} rows have too few or many cells"
        raise UserError(f"{name} cannot be read ({reason or type(error).__name__}).") from None
