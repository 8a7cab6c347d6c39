"""Separated text, read into rows of cells."""

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import chain

from spam_classifier.tables import COMMON_LABEL_SHARE

LINE_BREAK = re.compile(r"\r\n|\r|\n")
DECLARATION = re.compile(r"sep=(.)\s*")
END = "end of file"  # the row behind the last one, unless a quotation mark has swallowed it


def read_rows(
    lines: Iterator[str], sep: str, *, quotes: bool | None, may_declare: bool
) -> dict[int, list[str]]:
    """Read the cells of each row that has any.

    Args:
        lines: The lines of the text, each with its line break.
        sep: The character between cells.
        quotes: Whether quotation marks enclose cells; None: they do, unless it looks wrong.
        may_declare: Whether Excel's first line `sep=;` may name another separator.

    Returns:
        The cells of each row, by the line on which it starts, counted from 1.

    Raises:
        ValueError: If quotation marks are not what they seem.
    """
    first = next(lines)
    if declared := DECLARATION.fullmatch(first):
        first, sep = "\n", declared[1] if may_declare else sep
    lines = chain([first], lines, [END])
    if not quotes:
        lines = _refuse_backslashes(lines, sep)
    csv.field_size_limit(sys.maxsize)  # a message may be longer than the module's limit
    reader = csv.reader(
        lines,
        delimiter=sep,
        quoting=csv.QUOTE_NONE if quotes is False else csv.QUOTE_MINIMAL,
    )
    rows: dict[int, list[str]] = {}
    start = last = 1
    for cells in reader:
        if any(cells):
            rows[start] = cells
        last, start = start, reader.line_num + 1
    if rows.pop(last) != [END]:
        raise ValueError(f"the quotation mark in the row on line {last} is never closed")
    if quotes is None and (line := _find_enclosing_row(rows, sep)):
        raise ValueError(
            f"a quotation mark in the row on line {line} encloses other rows; "
            "set quotes=false, or quotes=true if that is right"
        )
    return rows


def _refuse_backslashes(lines: Iterator[str], sep: str) -> Iterator[str]:
    r"""Pass the lines on, unless one has `\"` within a cell in quotation marks."""
    within_cell = re.compile(rf'(?:^|{re.escape(sep)})"[^"]*\\"[^"{re.escape(sep)}\r\n]')
    for number, line in enumerate(lines, start=1):
        if '\\"' in line and within_cell.search(line):
            raise ValueError(
                f'line {number} has \\" within quotation marks, as MySQL writes it; '
                'export the table with doubled quotation marks ("")'
            )
        yield line


def _find_enclosing_row(rows: dict[int, list[str]], sep: str) -> int | None:
    """Return the line of the first row whose other lines mostly begin as rows do.

    A list in an e-mail (`1, the first point`) has a space behind the separator, or other lines.
    """
    counts = Counter(cells[0] for cells in rows.values())
    least = max(2, COMMON_LABEL_SHARE * len(rows))
    labels = [label for label, count in counts.items() if label.strip() and count >= least]
    beginning = re.compile(rf'"?(?:{"|".join(map(re.escape, labels))})"?{re.escape(sep)}(?! )')
    for line, cells in rows.items():
        texts = [cell for cell in cells if "\n" in cell or "\r" in cell]
        others = [other for text in texts for other in LINE_BREAK.split(text)[1:]]
        found = sum(bool(beginning.match(other)) for other in others)
        if labels and found and found >= len(others) / 2:
            return line
    return None
