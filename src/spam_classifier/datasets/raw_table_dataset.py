"""The raw file, read as it stands: every cell is text, every row knows its line in the file."""

import csv
import io
import json
import math
import re
from typing import Any, NoReturn

import numpy as np
import pandas as pd
from kedro.io.core import DatasetError
from kedro_datasets._typing import TablePreview
from pandas.errors import EmptyDataError, ParserError

from spam_classifier.corpus import MISSING_FILE_HINT, RAW_FILE
from spam_classifier.datasets.file_dataset import FileDataset
from spam_classifier.tables import COMMON_LABEL_SHARE, FAULT, LONE_SURROGATE, SEPARATORS

MORE_CELLS = "more cells than the first row"
MOST_MORE_CELLS = 100  # beyond which an overlong row is not looked at
LONE_SURROGATES = re.compile("[\ud800-\udfff]")


class RawTableDataset(FileDataset[NoReturn, pd.DataFrame]):
    """Loads a labelled table of texts from a file that somebody else made; it cannot be saved.

    The suffix tells the format: `.parquet`, `.jsonl` or `.ndjson`, and separated text for any
    other, compressed where `.gz` follows. Nothing about the file is guessed. Texts such as `null`
    or `NA` stay texts, a byte-order mark and blank lines are dropped, and the index holds the
    physical line on which a row starts (in Parquet the number of the row), counted from 1. A row
    that cannot be used as it stands has a reason in the column `(fault)`, which is there if any
    row has one.

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
        suffix = self._filepath.name.lower().removesuffix(".gz").rpartition(".")[2]
        self.format = {"parquet": "parquet", "jsonl": "jsonl", "ndjson": "jsonl"}.get(
            suffix, "text"
        )
        default_sep = "tab" if suffix == "tsv" else "comma"
        self.sep = SEPARATORS.get(sep or default_sep, sep or default_sep)
        if len(self.sep) != 1:
            raise DatasetError(
                f"sep is {sep!r}: it must be {', '.join(SEPARATORS)} or a character."
            )
        self.encoding = encoding or "utf-8"
        self.header = header is not False
        self.quotes = quotes

    def load(self) -> pd.DataFrame:
        """Read the file.

        Returns:
            One row for each row of the file but the blank ones, all columns of dtype `str`,
            indexed by `line`.

        Raises:
            DatasetError: If the file is missing, empty, not text in the encoding or not a table.
        """
        try:
            if self.format == "text":
                return self._load_text()
            rows = self._load_parquet() if self.format == "parquet" else self._load_json_lines()
        except (DatasetError, OSError, LookupError, ValueError) as error:
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

    def _load_text(self) -> pd.DataFrame:
        cells, width = self._read_cells()
        lines, spanning = _number_lines(cells)
        cells.index = pd.Index(lines, name="line")
        if self.quotes is None and (line := _find_enclosing_row(cells, spanning, self.sep)):
            raise ValueError(
                f"a quotation mark in the row on line {line} encloses other rows; "
                "set quotes=false, or quotes=true if that is right"
            )
        cells = cells[(cells != "").any(axis="columns").to_numpy()]
        more = cells.iloc[:, width:]
        rows = cells.iloc[:, :width]
        if self.header:
            names = name_columns(rows.iloc[0].to_list())
            rows, more = rows.iloc[1:], more.iloc[1:]
        else:
            names = [str(number) for number in range(1, width + 1)]
        rows = rows.set_axis(names, axis="columns")
        has_more = (more != "").any(axis="columns")
        if has_more.any():
            rows = rows.assign(**{FAULT: has_more.map({True: MORE_CELLS, False: ""})})
        return rows

    def _read_cells(self) -> tuple[pd.DataFrame, int]:
        """Return all cells of a text file, and the number of cells of its first row."""
        from kedro_datasets.pandas.csv_dataset import CSVDataset

        options: dict[str, Any] = {
            "sep": self.sep,
            "encoding": self.encoding,
            "header": None,
            "dtype": str,
            "keep_default_na": False,
            "skip_blank_lines": False,
        }
        if self.quotes is False:
            options["quoting"] = csv.QUOTE_NONE
        width = 0
        while True:
            dataset = CSVDataset(
                filepath=self.to_url(self.path), load_args=options, credentials=self._credentials
            )
            try:
                cells = dataset.load()
                break
            except DatasetError as error:
                if isinstance(error.__cause__, EmptyDataError) and "names" not in options:
                    options["names"] = range(1)  # the first line is blank
                    continue
                found = re.search(r"Expected (\d+) fields in line \d+, saw (\d+)", str(error))
                if not found:
                    raise
                # A row has more cells than those before it: read as many of every row.
                width = width or int(found[1])
                columns = range(min(int(found[2]), width + MOST_MORE_CELLS))
                options["names"] = columns
                if len(columns) < int(found[2]):
                    options["usecols"] = columns
        filled = (cells != "").to_numpy()
        if not filled.any():
            raise EmptyDataError
        first = filled[filled.any(axis=1).argmax()]
        return cells, max(width or cells.shape[1], int(np.flatnonzero(first)[-1]) + 1)

    def _load_json_lines(self) -> pd.DataFrame:
        """Read one object a line; pandas would drop lone surrogates and turn 1 into 1.0."""
        records: dict[int, dict[str, str]] = {}
        with self.file_system.open(self.path, "rb", compression="infer") as file:
            lines = io.TextIOWrapper(file, self.encoding, newline="\n")
            for number, line in enumerate(lines, start=1):
                text = line.strip("\ufeff \t\r\n")
                if text:
                    records[number] = _read_object(text, number)
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
            case ParserError() if found := re.search(r"EOF inside string .*row (\d+)", str(error)):
                problem = f"has a quotation mark that is never closed, in row {int(found[1]) + 1}."
            case _:
                reason = str(error).partition("\n")[0] or type(error).__name__
                reason = reason.removeprefix("Error tokenizing data. C error: ").strip(" .")
                problem = f"cannot be read: {reason}."
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

    def save(self, data: NoReturn) -> None:  # noqa: ARG002 - Kedro calls it so
        """Refuse.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError("The raw file is somebody's data: it cannot be saved.")


def name_columns(cells: list[str]) -> list[str]:
    """Return distinct names for the columns under a header, as pandas would.

    Args:
        cells: The cells of the header; empty ones become `Unnamed: 2`, repeated ones `text.1`.
    """
    names: list[str] = []
    for number, cell in enumerate(cells):
        name = base = cell.strip() or f"Unnamed: {number}"
        repeats = 0
        while name in names:
            repeats += 1
            name = f"{base}.{repeats}"
        names.append(name)
    return names


def _number_lines(cells: pd.DataFrame) -> tuple[list[int], Any]:
    """Return the line on which each row starts, and which rows span several."""
    extra_lines = sum(
        (cells[column].str.count(r"\r\n|\r|\n") for column in cells),
        start=pd.Series(0, cells.index),
    )
    lines = 1 + (extra_lines + 1).cumsum().shift(fill_value=0)
    return lines.to_list(), (extra_lines > 0).to_numpy()


def _find_enclosing_row(cells: pd.DataFrame, spanning: Any, sep: str) -> int | None:
    """Return the line of the first row that holds a line which begins as other rows do."""
    if not spanning.any():
        return None
    counts = cells.iloc[:, 0].str.strip().str.casefold().value_counts()
    is_label = (counts > 1) & (counts >= COMMON_LABEL_SHARE * len(cells))
    beginnings = set(counts.index[is_label]) - {""}
    for line, *texts in cells[spanning].itertuples(name=None):
        for part in "\n".join(texts).splitlines()[1:]:
            start, found, _ = part.partition(sep)
            if found and start.strip(' "').casefold() in beginnings:
                return int(line)
    return None


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
