"""Separated text, read into rows of cells."""

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

from spam_classifier.tables import COMMON_LABEL_SHARE

LINE_BREAK = re.compile(r"\r\n|\r|\n")
DECLARATION = re.compile(r"sep=(.)\s*")
END = ["end of file", ""]  # the row behind the last one, unless a quotation mark has swallowed it


def parse_rows(
    lines: Iterable[str], sep: str, *, quotes: bool, longest: int = sys.maxsize
) -> Iterator[tuple[int, list[str]]]:
    """Yield each row but blank ones: the line on which it starts, from 1 on, and its cells.

    Args:
        lines: The lines of the text, each with its line break.
        sep: The character between cells.
        quotes: Whether quotation marks enclose cells.
        longest: How many characters a cell may have.

    Raises:
        ValueError: If a quotation mark is never closed, or a cell is too long.
    """
    csv.field_size_limit(longest)
    reader = csv.reader(
        chain(lines, [sep.join(END)]),
        delimiter=sep,
        quoting=csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE,
    )
    last, start, row = 1, 1, list[str]()
    try:
        for cells in reader:
            if row:
                yield last, row
            last, start, row = start, reader.line_num + 1, cells
    except csv.Error:
        raise ValueError(
            f"the row on line {start} has more than {longest:,} characters, or a quotation mark "
            "that is never closed"
        ) from None
    if row != END:
        raise ValueError(
            f"the quotation mark in the row on line {last} is never closed; "
            "quotes=false reads it as it stands"
        )


def read_rows(
    lines: list[str], sep: str, *, quotes: bool | None, may_declare: bool
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
    first, *others = lines or [""]
    if declared := DECLARATION.fullmatch(first):
        first, sep = "\n", declared[1] if may_declare else sep
    lines = [first, *others]
    if not quotes:
        _refuse_backslashes(lines, sep)
    parsed = parse_rows(lines, sep, quotes=quotes is not False)
    rows = {line: cells for line, cells in parsed if any(cells)}
    if quotes is None and (line := _find_enclosing_row(rows, sep)):
        raise ValueError(
            f"a quotation mark in the row on line {line} encloses other rows; "
            "set quotes=false, or quotes=true if that is right"
        )
    return rows


def _refuse_backslashes(lines: list[str], sep: str) -> None:
    r"""Refuse lines that have `\"` within a cell in quotation marks."""
    within_cell = re.compile(rf'(?:^|{re.escape(sep)})"[^"]*\\"[^"{re.escape(sep)}\r\n]')
    for number, line in enumerate(lines, start=1):
        if '\\"' in line and within_cell.search(line):
            raise ValueError(
                f'line {number} has \\" within quotation marks, as MySQL writes it; '
                'export the table with doubled quotation marks ("")'
            )


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
