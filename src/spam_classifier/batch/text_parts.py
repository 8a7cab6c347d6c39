"""Separated text, cut between records: one pass over the bytes plans, another one reads."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from spam_classifier.batch.parts import (
    Part,
    PartError,
    Rows,
    SourceFile,
    explain_bytes,
    explain_faults,
    reject_blank,
)
from spam_classifier.tables import EMPTY_MESSAGE

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LARGEST_RECORD = 64 << 20  # bytes; beyond, a quotation mark is taken to be open by mistake
NEWLINES = b"\r\n"


class TextFormat(NamedTuple):
    """How separated text is written.

    Attributes:
        sep: The character between cells.
        encoding: An encoding in which bytes below 128 are ASCII.
        header: Whether the first record holds the names of the columns.
        quotes: Whether a quotation mark at the beginning of a cell encloses it.
    """

    sep: str = ","
    encoding: str = "utf-8"
    header: bool = True
    quotes: bool = True


@dataclass(frozen=True)
class TextPart(Part):
    """Whole records of a text file.

    Attributes:
        start: Offset of the first byte.
        end: Offset after the last byte.
        line: Line of the file on which the part begins, from 1 on.
        form: How the text is written.
    """

    start: int
    end: int
    line: int
    form: TextFormat

    def read(self, text_column: str) -> Iterator[Rows]:
        """Read the rows, all at once; every column is text."""
        self.file.check_unchanged()
        with explain_faults(self.file.name):
            with self.file.path.open("rb") as file:
                file.seek(self.start)
                content = file.read(self.end - self.start)
            yield self._parse(content, text_column)

    def _parse(self, content: bytes, text_column: str) -> Rows:
        """Parse records; a record that is no text, or has too few or many cells, is rejected."""
        rejected: dict[int, str] = {}
        text, numbers = self._decode(content, rejected)
        names = [name for name, _ in self.columns]
        table, wrong = _parse_cells(text, names, self.form)
        rejected |= {numbers[row] if numbers else row: reason for row, reason in wrong.items()}
        if numbers is None:
            numbers = list(range(table.num_rows + len(wrong)))
        usable = [number for number in numbers if number not in rejected]
        table, blank = reject_blank(table, text_column, usable)
        rejected |= dict.fromkeys(blank, EMPTY_MESSAGE)
        if not rejected:
            return Rows(table, [])
        lines = _number_lines(content, self.line, self.form)
        return Rows(table, [(lines[row], rejected[row]) for row in sorted(rejected)])

    def _decode(self, content: bytes, rejected: dict[int, str]) -> tuple[bytes, list[int] | None]:
        """Return the text as UTF-8, and the numbers of its records if some had to be left out."""
        encoding = self.form.encoding
        try:
            text = content.decode(encoding)
            return (content if encoding == "utf-8" else text.encode()), None
        except UnicodeDecodeError:
            numbers, kept = [], []
            for number, record in enumerate(_split(content, self.form)):
                if reason := explain_bytes(record, encoding):
                    rejected[number] = reason
                else:
                    numbers.append(number)
                    kept.append(record.decode(encoding))
            return "".join(kept).encode(), numbers


def plan_text(file: SourceFile, form: TextFormat, part_bytes: int) -> Iterator[TextPart]:
    """Cut a text file into parts, in one pass.

    Args:
        file: The file.
        form: How it is written.
        part_bytes: About how many bytes a part has.

    Yields:
        Parts of whole records, which together are all records below the header.

    Raises:
        PartError: If the header cannot be read, or a quotation mark is never closed.
    """
    line, columns = 1, None
    with explain_faults(file.name), file.path.open("rb") as source:
        start = len(BYTE_ORDER_MARK) if source.read(3) == BYTE_ORDER_MARK else 0
        while start < file.size:
            content = _read_records(source, file, start, part_bytes, form, line)
            if columns is None and content.strip(NEWLINES):
                columns, header = _read_columns(content, form)
                content, start = content[len(header) :], start + len(header)
                line += count_lines(header)
            lines = count_lines(content) + (not content.endswith((b"\n", b"\r")))
            end = start + len(content)
            if columns is not None and content.strip(NEWLINES):
                yield TextPart(file, columns, lines, start, end, line, form)
            start, line = end, line + count_lines(content)


def _read_records(
    source: io.BufferedReader,
    file: SourceFile,
    start: int,
    size: int,
    form: TextFormat,
    line: int,
) -> bytes:
    """Read as many whole records as the size allows, or a single one that is larger."""
    while True:
        source.seek(start)
        content = source.read(size)
        if start + len(content) >= file.size:
            complete = content if content.endswith(b"\n") else content + b"\n"
            end = _find_end(complete, form)
            if end == len(complete):
                return content
        else:
            end = _find_end(content, form)
            if end:
                return content[:end]
        if size > LARGEST_RECORD or len(content) < size:
            mark = line + count_lines(content[:end])
            raise PartError(
                f"{file.name} has a quotation mark that is never closed, in the row on line "
                f"{mark}: mend it, or set quotes=false"
            )
        size *= 2


def _find_end(content: bytes, form: TextFormat) -> int:
    """Return where the last whole record ends."""
    records = _match_records(form.sep, form.quotes)[0].match(content)
    return records.end() if records else 0


def _split(content: bytes, form: TextFormat) -> list[bytes]:
    """Return the records with their newlines, blank ones left out."""
    record = _match_records(form.sep, form.quotes)[1]
    return [found for found in record.findall(content + b"\n") if found.strip(NEWLINES)]


@cache
def _match_records(sep: str, quotes: bool) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Return expressions for all whole records at the beginning, and for one record.

    As in pyarrow and pandas a mark encloses a cell only where the cell begins with it, and two
    within stand for one. Nothing is tried twice (`+` after a repetition), so that it takes the
    time of reading the bytes.
    """
    plain = rb"[^\r\n%b]*+" % re.escape(sep.encode())
    cell = (rb'(?:"[^"]*+(?:""[^"]*+)*+")?+(?!")' if quotes else b"") + plain
    newline = rb"(?:\n|\r\n|\r(?=[^\n]))"  # an \r at the very end may be half of a newline
    record = rb"%b(?:%b%b)*+%b" % (cell, re.escape(sep.encode()), cell, newline)
    return re.compile(b"(?:%b)*+" % record), re.compile(record)


def count_lines(content: bytes) -> int:
    r"""Count the newlines: `\n`, `\r\n` and `\r`."""
    returns = content.count(b"\r")
    return content.count(b"\n") + (returns - content.count(b"\r\n") if returns else 0)


def _number_lines(content: bytes, line: int, form: TextFormat) -> list[int]:
    """Return the line on which each record begins, blank ones left out."""
    record = _match_records(form.sep, form.quotes)[1]
    lines = []
    for found in record.findall(content + b"\n"):
        if found.strip(NEWLINES):
            lines.append(line)
        line += count_lines(found)
    return lines


def _read_columns(content: bytes, form: TextFormat) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """Return the columns, and the bytes of the header and of the blank lines before it."""
    from spam_classifier.datasets.raw_table_dataset import name_columns

    blank = len(content) - len(content.lstrip(NEWLINES))
    first = _split(content[blank:], form)[0]
    text = io.StringIO(first.decode(form.encoding), newline="")
    cells = next(
        csv.reader(
            text,
            delimiter=form.sep,
            quoting=csv.QUOTE_MINIMAL if form.quotes else csv.QUOTE_NONE,
        )
    )
    names = name_columns(cells) if form.header else [str(n + 1) for n in range(len(cells))]
    header = content[: blank + len(first)] if form.header else content[:blank]
    return tuple((name, "string") for name in names), header


def _parse_cells(text: bytes, names: list[str], form: TextFormat) -> tuple[Any, dict[int, str]]:
    """Parse UTF-8, and return a `pyarrow.Table` and what is wrong with rows by their numbers."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    if not text.strip(NEWLINES):
        return pa.table({name: pa.array([], pa.string()) for name in names}), {}
    wrong: dict[int, str] = {}

    def reject(row: Any) -> str:
        wrong[row.number - 1] = f"{row.actual_columns} cells instead of {row.expected_columns}"
        return "skip"

    table = arrow.read_csv(
        pa.BufferReader(text),
        read_options=arrow.ReadOptions(
            column_names=names, use_threads=False, block_size=len(text) + 1
        ),
        parse_options=arrow.ParseOptions(
            delimiter=form.sep,
            quote_char='"' if form.quotes else False,
            newlines_in_values=True,
            invalid_row_handler=reject,
        ),
        convert_options=arrow.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            check_utf8=False,  # it was decoded
            null_values=[],
        ),
    )
    return table, wrong
