"""The raw file, read as it stands: every cell is text, every row knows its line in the file."""

import csv
import io
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pandas as pd
from kedro.io.core import DatasetError
from kedro_datasets._typing import TablePreview
from pandas.errors import EmptyDataError

from spam_classifier.datasets.file_dataset import ReadOnlyDataset
from spam_classifier.datasets.separated_text import read_rows
from spam_classifier.errors import MISSING_FILE_HINT, RAW_FILE, UserError
from spam_classifier.tables import FAULT, LONE_SURROGATE, SEPARATORS, find_separator, shorten_name

MORE_CELLS = "more cells than the first row"
LONE_SURROGATES = re.compile("[\ud800-\udfff]")
BEGINNING = 64  # bytes
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


class RawTableDataset(ReadOnlyDataset[pd.DataFrame]):
    """Loads a labelled table of texts from a file that somebody else made; it cannot be saved.

    The suffix tells the format: `.parquet`, `.jsonl` or `.ndjson`, and separated text for any
    other, compressed where `.gz` follows. Nothing about the file is guessed. Texts such as `null`
    or `NA` stay texts, a byte-order mark and blank lines are dropped, Excel's first line `sep=;`
    names the separator where the catalog does not, and the index holds the physical line on which a
    row starts (in Parquet the number of the row), counted from 1. A row that cannot be used as it
    stands has a reason in the column `(fault)`, which is there if any row has one.

    Example:
        ```yaml
        raw_messages:
          type: spam_classifier.datasets.raw_table_dataset.RawTableDataset
          filepath: data/01_raw/messages.txt
          sep: tab
          encoding: cp1252
        ```

        ```python
        >>> RawTableDataset(filepath="data/01_raw/messages.csv").load()
        ```
    """

    def __init__(
        self,
        *,
        filepath: str,
        sep: str | None = None,
        encoding: str | None = None,
        header: bool | None = None,
        quotes: bool | None = None,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Point the dataset at a file and say how it is written.

        Args:
            filepath: Path or URL that fsspec understands.
            sep: What stands between cells: a character, or its name (comma, semicolon, tab, pipe);
                by default a tab in `.tsv` and a comma in other separated text.
            encoding: Encoding of text; UTF-8 by default.
            header: Whether the first row holds the names of the columns, as it does by default;
                else they are called 1, 2, 3, ….
            quotes: Whether quotation marks enclose cells (True) or are characters as any other
                (False). By default they enclose cells, and a cell that seems to enclose other rows
                ends the run.
            credentials: Arguments of the fsspec file system, from Kedro's credentials.
            metadata: Anything; Kedro-Viz reads it.
        """
        super().__init__(filepath=filepath, credentials=credentials, metadata=metadata)
        self.settings = {"sep": sep, "encoding": encoding, "header": header, "quotes": quotes}
        name = self._filepath.name.lower().removesuffix(".gz")
        formats = {"parquet": "parquet", "jsonl": "jsonl", "ndjson": "jsonl"}
        self.format = formats.get(name.rpartition(".")[2], "text")
        self.sep = find_separator(name, sep)
        if len(self.sep) != 1:
            raise DatasetError(
                f"sep is {sep!r}: it must be {', '.join(SEPARATORS)} or a character."
            )
        self.encoding = encoding or "utf-8"
        self.header = header is not False
        self.quotes = quotes

    def with_settings(self, **settings: Any) -> "RawTableDataset":
        """Return the same file, to be read in another way.

        Args:
            settings: Arguments of the dataset that are to be other ones.
        """
        url = self.to_url(self.path)
        return RawTableDataset(
            filepath=url, credentials=self._credentials, **self.settings | settings
        )

    def load(self) -> pd.DataFrame:
        """Read the file.

        Returns:
            One row for each row of the file but the blank ones, all columns of dtype `str`,
            indexed by `line`.

        Raises:
            DatasetError: If the file is missing, empty, not text in the encoding or not a table.
        """
        try:
            self._refuse_other_kinds()
            if self.format == "text":
                return self._load_text()
            rows = self._load_parquet() if self.format == "parquet" else self._load_json_lines()
        except (DatasetError, UserError, OSError, LookupError, ValueError, csv.Error) as error:
            # Kedro's own datasets wrap whatever stopped them
            cause = error.__cause__ if isinstance(error, DatasetError) else error
            raise DatasetError(self._explain(cause)) from None
        return _flag_lone_surrogates(rows)

    def preview(self, nrows: int = 5) -> TablePreview:
        """Return the first rows for Kedro-Viz.

        Args:
            nrows: How many.
        """
        return TablePreview(self.load().head(nrows).to_dict(orient="split"))

    def read_bytes(self, limit: int) -> bytes:
        """Return the beginning of the file, as it was before it was compressed.

        Args:
            limit: How many bytes at most.
        """
        with self.file_system.open(self.path, "rb", compression="infer") as file:
            return bytes(file.read(limit))

    def _refuse_other_kinds(self) -> None:
        beginning = self.read_bytes(BEGINNING)
        for signature, kind in NO_TABLES.items():
            is_expected = signature == PARQUET and self.format == "parquet"
            if beginning.startswith(signature) and not is_expected:
                raise NoTableError(kind)

    def _read_lines(self) -> Iterator[str]:
        with self.file_system.open(self.path, "rb", compression="infer") as file:
            lines = iter(io.TextIOWrapper(file, self.encoding, newline=""))
            yield next(lines, "").removeprefix("\ufeff")
            yield from lines

    def _load_text(self) -> pd.DataFrame:
        is_default = self.settings["sep"] is None
        rows = read_rows(self._read_lines(), self.sep, quotes=self.quotes, may_declare=is_default)
        if not rows:
            raise EmptyDataError
        first = next(iter(rows))
        width = len(rows[first])
        names = list(map(str, range(1, width + 1)))
        if self.header:
            names = name_columns(rows.pop(first))
        faults = [MORE_CELLS if any(cells[width:]) else "" for cells in rows.values()]
        cells = [row[:width] + [""] * (width - len(row)) for row in rows.values()]
        table = pd.DataFrame(cells, pd.Index(rows, name="line"), names, dtype="str")
        return table.assign(**{FAULT: faults}) if any(faults) else table

    def _load_json_lines(self) -> pd.DataFrame:
        """Read one object a line; pandas would drop lone surrogates and turn 1 into 1.0."""
        records = {
            number: _read_object(line, number)
            for number, line in enumerate(self._read_lines(), start=1)
            if line.strip()
        }
        if not records:
            raise EmptyDataError
        table = pd.DataFrame.from_dict(records, orient="index", dtype=object)
        return table.fillna("").rename_axis("line")

    def _load_parquet(self) -> pd.DataFrame:
        from kedro_datasets.pandas.parquet_dataset import ParquetDataset

        table = ParquetDataset(
            filepath=self.to_url(self.path), credentials=self._credentials
        ).load()
        texts = {
            str(name): [_to_text(value) for value in column.to_numpy(dtype=object)]
            for name, column in table.items()
        }
        lines = pd.RangeIndex(1, len(table) + 1, name="line")
        return pd.DataFrame(texts, index=lines, dtype=object)

    def _explain(self, error: BaseException | None) -> str:
        """Say in one sentence why the file could not be read."""
        name = self._filepath.name
        is_corpus = self._filepath.as_posix().endswith(RAW_FILE.as_posix())
        match error:
            case FileNotFoundError():
                hint = MISSING_FILE_HINT if is_corpus else "raw_file must be a path or a URL."
                problem = f"is missing. {hint}"
                name = f"The raw file {self._filepath}"
            case IsADirectoryError():
                problem = "is a folder: raw_file must name a file."
            case PermissionError():
                problem = "may not be read: check its permissions, or the credentials."
            case EmptyDataError():
                hint = (
                    "delete it, then run `make data`"
                    if is_corpus
                    else "add them, or use another file"
                )
                problem = f"is empty, but it needs a header and rows: {hint}."
            case UnicodeDecodeError():
                problem = f"is not {self.encoding}{self._find_bad_line()}."
            case NoTableError():
                problem = f"is {error}."
            case _:
                reason = str(error).partition("\n")[0] or type(error).__name__
                problem = f"cannot be read: {reason.strip(' .')}."
        return f"{name} {problem}"

    def _find_bad_line(self) -> str:
        """Name the first byte that is wrong, and its line, where a newline is a single byte."""
        if "\n".encode(self.encoding) != b"\n":
            return ""
        with self.file_system.open(self.path, "rb", compression="infer") as file:
            for number, line in enumerate(file, start=1):
                try:
                    line.decode(self.encoding)
                except UnicodeDecodeError as error:
                    return f" (line {number} has the byte {line[error.start]:#04x})"
        return ""


class NoTableError(ValueError):
    """A file of another kind; the message names the kind, and says what to do."""


def name_columns(cells: list[str]) -> list[str]:
    """Return the names of the columns under a header.

    Args:
        cells: The cells of the header; empty ones become `Unnamed: 2`.

    Raises:
        UserError: If two columns have one name.
    """
    names = [cell.strip() or f"Unnamed: {number}" for number, cell in enumerate(cells)]
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise UserError(f"two columns are named {shorten_name(repeated[0])}: rename one of them.")
    return names


def _read_object(text: str, number: int) -> dict[str, str]:
    """Read one line of JSON."""
    try:
        record = json.loads(text)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise ValueError(f"line {number} is not a JSON object")
    return {name: _to_text(value) for name, value in record.items()}


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
    if faulty.any():
        rows = rows.map(lambda cell: cell.encode("utf-8", "backslashreplace").decode())
        rows = rows.assign(**{FAULT: faulty.map({True: LONE_SURROGATE, False: ""})})
    return rows.astype("str")
