"""Parquet files, cut between row groups."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from spam_classifier.batch.parts import (
    Part,
    Rows,
    SourceFile,
    explain_bytes,
    explain_faults,
    reject_blank,
)
from spam_classifier.tables import EMPTY_MESSAGE

BATCH_ROWS = 20_000  # that are in memory at a time


@dataclass(frozen=True)
class ParquetPart(Part):
    """Row groups that follow each other.

    Attributes:
        groups: Their numbers, from 0 on.
        row: Number of the first row in the file, from 1 on.
    """

    groups: tuple[int, ...]
    row: int

    def read(self, text_column: str) -> Iterator[Rows]:
        """Read the rows, some thousands at a time; all columns stay as they are."""
        import pyarrow as pa
        from pyarrow import parquet

        self.file.check_unchanged()
        with explain_faults(self.file.name), parquet.ParquetFile(self.file.path) as source:
            schema = _read_schema(source)
            yield Rows(schema.empty_table(), [])
            row = self.row
            for batch in source.iter_batches(BATCH_ROWS, list(self.groups), use_threads=False):
                yield _reject(pa.Table.from_batches([batch]).cast(schema), text_column, row)
                row += batch.num_rows


def plan_parquet(file: SourceFile, part_bytes: int) -> Iterator[ParquetPart]:
    """Gather the row groups of a file into parts.

    Args:
        file: The file.
        part_bytes: About how many bytes of uncompressed data a part has at least.

    Yields:
        Parts of one or more row groups, which together are all of them.

    Raises:
        PartError: If the file is not Parquet.
    """
    from pyarrow import parquet

    with explain_faults(file.name), parquet.ParquetFile(file.path) as source:
        columns = tuple((field.name, str(field.type)) for field in _read_schema(source))
        groups: list[int] = []
        row, rows, size = 1, 0, 0
        for number in range(source.num_row_groups):
            group = source.metadata.row_group(number)
            groups.append(number)
            rows, size = rows + group.num_rows, size + group.total_byte_size
            if size >= part_bytes or number == source.num_row_groups - 1:
                yield ParquetPart(file, columns, rows, tuple(groups), row)
                groups, row, rows, size = [], row + rows, 0, 0


def _read_schema(source: Any) -> Any:
    """Return the `pyarrow.Schema`, with texts of types that can be filtered."""
    import pyarrow as pa

    plain = {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}
    return pa.schema(
        [(field.name, plain.get(field.type, field.type)) for field in source.schema_arrow]
    )


def _reject(table: Any, text_column: str, row: int) -> Rows:
    """Take out the rows whose message is empty, or with texts that are none."""
    from pyarrow import types

    numbers = list(range(row, row + table.num_rows))
    rejected: dict[int, str] = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if (
            name == text_column
            or types.is_string(column.type)
            or types.is_large_string(column.type)
        ):
            rejected |= {numbers[index]: reason for index, reason in _find_no_texts(column)}
    if rejected:
        table = table.filter([number not in rejected for number in numbers])
        numbers = [number for number in numbers if number not in rejected]
    table, blank = reject_blank(table, text_column, numbers)
    rejected |= dict.fromkeys(blank, EMPTY_MESSAGE)
    return Rows(table, sorted(rejected.items()))


def _find_no_texts(column: Any) -> list[tuple[int, str]]:
    """Return the positions in a `pyarrow.ChunkedArray` where bytes are no text, and why."""
    import pyarrow as pa

    is_text = not pa.types.is_binary(column.type) and not pa.types.is_large_binary(column.type)
    content = (column.cast(pa.large_string()) if is_text else column).cast(pa.large_binary())
    try:
        content.cast(pa.large_string())  # this checks the bytes, the other way round does not
    except pa.ArrowInvalid:
        reasons = [value and explain_bytes(value, "utf-8") for value in content.to_pylist()]
        return [(index, reason) for index, reason in enumerate(reasons) if reason]
    return []
