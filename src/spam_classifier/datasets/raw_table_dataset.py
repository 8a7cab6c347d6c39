"""The raw file, read as it stands: every cell is text, every row knows its line in the file."""

import io
import json
import math
import re
from collections import Counter
from typing import Any

import pandas as pd
from kedro.io.core import DatasetError
from kedro_datasets._typing import TablePreview
from pandas.errors import EmptyDataError
from pyarrow import parquet

from spam_classifier.datasets.file_dataset import RawDataset
from spam_classifier.datasets.separated_text import read_rows
from spam_classifier.errors import MISSING_FILE_HINT, RAW_FILE
from spam_classifier.tables import FAULT, LONE_SURROGATE, shorten_name

MORE_CELLS = "more cells than the first row"
LONE_SURROGATES = re.compile("[\ud800-\udfff]")
FORMATS = {"parquet": "parquet", "jsonl": "jsonl", "ndjson": "jsonl"}  # by the suffix; else text
PARQUET = b"PAR1"
NO_TABLES = {
    b"version https://git-lfs": "a pointer of Git LFS: type `git lfs pull`",
    b"outs:": "a pointer of DVC: type `dvc pull`, and name the file beside it",
    b"PK\x03\x04": "a ZIP archive or an Excel workbook: unpack it, or save it as CSV (UTF-8)",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save it as CSV (UTF-8)",
    b"\x1f\x8b": "compressed by gzip: let its name end in .gz",
    PARQUET: "Parquet: let its name end in .parquet",
    b"SQLite": "an SQLite database: export a table of it as CSV",
    b"%PDF": "a PDF: raw_file must name a table",
    b"<!DOCTYPE": "a page: raw_file must name a table",
    b"<html": "a page: raw_file must name a table",
    b"<?xml": "XML: raw_file must name a table",
    b"[{": "a JSON array: write one object a line, and let its name end in .jsonl",
}


class RawTableDataset(RawDataset[pd.DataFrame]):
    """Loads a labelled table of texts from a file that somebody else made.

    The suffix tells the format: `.parquet`, `.jsonl` or `.ndjson`, and separated text for any
    other, compressed where `.gz` follows. Nothing about the file is guessed. Texts such as `null`
    or `NA` stay texts, a byte-order mark and blank lines are dropped, Excel's first line `sep=;`
    names the separator where the catalog does not, and the index holds the physical line on which a
    row starts (in Parquet the number of the row), counted from 1. A row that cannot be used as it
    stands has a reason in the column `(fault)`, which is there if any row has one.
    """

    @property
    def format(self) -> str:
        """What the suffix tells: `parquet`, `jsonl` or `text`."""
        name = self._filepath.name.lower().removesuffix(".gz")
        return FORMATS.get(name.rpartition(".")[2], "text")

    def load(self) -> pd.DataFrame:
        """Read the file.

        Returns:
            One row for each row of the file but the blank ones, all columns of dtype `str`,
            indexed by `line`.

        Raises:
            DatasetError: If the file is missing, empty, not text in the encoding or not a table.
        """
        try:
            content = self.read_bytes()
            refuse_other_kinds(self._filepath.name, content, is_parquet=self.format == "parquet")
            if self.format == "parquet":
                return _parse_parquet(content)
            text = content.decode(self.encoding).removeprefix("\ufeff")
            lines = list(io.StringIO(text, newline=""))
            return _parse_json_lines(lines) if self.format == "jsonl" else self._parse_text(lines)
        except (OSError, EOFError, LookupError, ValueError) as error:
            raise DatasetError(self._explain(error)) from None

    def preview(self, nrows: int = 5) -> TablePreview:
        """Return the first rows for Kedro-Viz.

        Args:
            nrows: How many.
        """
        return TablePreview(self.load().head(nrows).to_dict(orient="split"))

    def read_bytes(self, limit: int = -1) -> bytes:
        """Return the file, as it was before it was compressed.

        Args:
            limit: How many bytes of its beginning; all of them if it is negative.
        """
        with self.file_system.open(self.path, "rb", compression="infer") as file:
            return bytes(file.read(limit))

    def _parse_text(self, lines: list[str]) -> pd.DataFrame:
        may_declare = self.arguments["sep"] is None
        rows = read_rows(lines, self.sep, quotes=self.quotes, may_declare=may_declare)
        if not rows:
            raise EmptyDataError
        line, first = next(iter(rows.items()))
        width, names = len(first), name_columns(first, header=self.header)
        if self.header:
            del rows[line]
        faults = [MORE_CELLS if any(cells[width:]) else "" for cells in rows.values()]
        cells = [row[:width] + [""] * (width - len(row)) for row in rows.values()]
        table = pd.DataFrame(cells, pd.Index(rows, name="line"), names, dtype="str")
        return table.assign(**{FAULT: faults}) if any(faults) else table

    def _explain(self, error: Exception) -> str:
        """Say in one sentence why the file could not be read."""
        name = self._filepath.name
        is_corpus = self._filepath.as_posix().endswith(RAW_FILE.as_posix())
        match error:
            case FileNotFoundError():
                hint = MISSING_FILE_HINT if is_corpus else "raw_file must be a path or a URL."
                return f"The raw file {self._filepath} is missing. {hint}"
            case IsADirectoryError():
                return f"{name} is a folder: raw_file must name a file."
            case EmptyDataError():
                hint = "delete it, then run `make data`" if is_corpus else "use another file"
                return f"{name} is empty, but it needs a header and rows: {hint}."
            case UnicodeDecodeError(object=content, start=start):
                line = content.count(b"\n", 0, start) + 1
                is_known = "\n".encode(self.encoding) == b"\n"
                place = f" (line {line} has the byte {content[start]:#04x})" if is_known else ""
                return f"{name} is not {self.encoding}{place}."
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        is_refused = isinstance(error, PermissionError)
        hint = "; check its permissions, or the credentials" if is_refused else ""
        return f"{name} cannot be read: {(reason or type(error).__name__).strip(' .')}{hint}."


def refuse_other_kinds(name: str, content: bytes, *, is_parquet: bool = False) -> None:
    """Refuse what is known not to be a table.

    Args:
        name: Name of the file.
        content: The file, or its first bytes.
        is_parquet: Whether it is expected to be Parquet.

    Raises:
        DatasetError: If it is a pointer, an archive, a workbook, a page, …
    """
    for signature, kind in NO_TABLES.items():
        if content.startswith(signature) and not (is_parquet and signature == PARQUET):
            raise DatasetError(f"{name} is {kind}.")


def name_columns(first_row: list[str], *, header: bool) -> list[str]:
    """Return the names of the columns of separated text.

    Args:
        first_row: Its cells.
        header: Whether they are the names, of which an empty one becomes `Unnamed: 2`; else the
            columns are called 1, 2, 3, ….

    Raises:
        ValueError: If two columns have one name.
    """
    if not header:
        return [str(number) for number in range(1, len(first_row) + 1)]
    names = [cell.strip() or f"Unnamed: {number}" for number, cell in enumerate(first_row)]
    _refuse_repeated(names)
    return names


def _refuse_repeated(names: list[str]) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise ValueError(f"two columns are named {shorten_name(repeated[0])}: rename one of them")


def _parse_json_lines(lines: list[str]) -> pd.DataFrame:
    """Read one object a line; pandas would drop lone surrogates and turn 1 into 1.0."""
    records = {
        number: _parse_object(line, number)
        for number, line in enumerate(lines, start=1)
        if line.strip()
    }
    if not records:
        raise EmptyDataError
    table = pd.DataFrame.from_dict(records, orient="index", dtype=object)
    return _flag_lone_surrogates(table.fillna("").rename_axis("line")).astype("str")


def _parse_object(text: str, number: int) -> dict[str, str]:
    try:
        record = json.loads(text)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise ValueError(f"line {number} is not a JSON object")
    return {name: _to_text(value) for name, value in record.items()}


def _parse_parquet(content: bytes) -> pd.DataFrame:
    _refuse_repeated(parquet.read_schema(io.BytesIO(content)).names)
    table = pd.read_parquet(io.BytesIO(content))
    texts = {
        str(name): [_to_text(value) for value in column.to_numpy(dtype=object)]
        for name, column in table.items()
    }
    return pd.DataFrame(texts, pd.RangeIndex(1, len(table) + 1, name="line"), dtype="str")


def _to_text(value: Any) -> str:
    """Return a value as a CSV would hold it: missing is empty, 1.0 is 1."""
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.15g}"
    return str(value)


def _flag_lone_surrogates(rows: pd.DataFrame) -> pd.DataFrame:
    r"""Write halves of a character, which no file can hold, as `\ud83d`, and flag their rows."""
    faulty = rows.map(lambda cell: bool(LONE_SURROGATES.search(cell))).any(axis="columns")
    if not faulty.any():
        return rows
    rows = rows.map(lambda cell: cell.encode("utf-8", "backslashreplace").decode())
    return rows.assign(**{FAULT: faulty.map({True: LONE_SURROGATE, False: ""})})
