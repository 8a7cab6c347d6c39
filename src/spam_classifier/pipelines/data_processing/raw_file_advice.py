"""Looks at a raw file that does not fit, and says which `--params` would make it fit.

Nothing here is used to read a file: reading is what the catalog says, and this is only for the
sentence that ends a run. That sentence names columns and labels, and never a message.
"""

import csv
import io
import json
import shlex
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml
from kedro.io import DatasetError

from spam_classifier.datasets.raw_table_dataset import RawTableDataset, name_columns
from spam_classifier.parameters import RawFileParameters
from spam_classifier.tables import (
    COMMON_LABEL_SHARE,
    LONGEST_LABEL,
    MOST_LABELS,
    MOST_WORDS,
    SEPARATORS,
)

PEEK = 5_000_000  # bytes
MOST_COLUMNS = 20
LEAST_SHARE = 0.1  # of the rows have a known label, or else the labels are unknown
MOST_ALIASES = 3
FEW_BYTES = 10  # too few to tell one encoding from another
END = "end of file"
SAMPLE = 100_000
FIRST_SPECIAL = 0x80
MOST_SPECIAL = 0.9  # of the bytes of lines with any
ENCODINGS = ["cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "koi8_r", "cp850"]
ENCODINGS += ["shift_jis", "euc_jp", "euc_kr", "gb18030", "big5"]
SIGNATURES = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook: unpack it, or save it as CSV (UTF-8)",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save it as CSV (UTF-8)",
    b"\x1f\x8b": "compressed by gzip: let its name end in .gz",
    b"PAR1": "Parquet: let its name end in .parquet",
    b"SQLite": "an SQLite database: export a table of it as CSV",
    b"%PDF": "a PDF: raw_file must name a table",
    b"<!": "a page: raw_file must name a table",
    b"<html": "a page: raw_file must name a table",
    b"<?xml": "XML: raw_file must name a table",
    b"[{": "a JSON array: write one object a line, and let its name end in .jsonl",
}
UNTYPABLE = set("=,.:[]{}'\"$\\\n")


class Layout(NamedTuple):
    """How a file can be read.

    Attributes:
        known: How many of its rows then have a known label.
        labelled: How many have one that occurs often, known or not.
        parameters: What `--params` would have to say, by name.
        labels: The common labels, in lower case, with their counts.
    """

    known: int
    labelled: int
    parameters: dict[str, Any]
    labels: Counter[str]


def advise(dataset: RawTableDataset, parameters: dict[str, Any], run_params: dict[str, Any]) -> str:
    """Say what a raw file looks like, and which command would read it.

    Args:
        dataset: The raw file, and how it was read.
        parameters: The parameters of the run.
        run_params: What Kedro tells its hooks about the run: `env` and `runtime_params` are used.

    Returns:
        One sentence; empty if there is nothing to say.
    """
    try:
        if files := _list_folder(dataset):
            folder = str(parameters.get("raw_file", dataset.path)).rstrip("/")
            found = {"raw_file": f"{folder}/{files[0]}"}
            return f"For the first file in it, type {_write_command(found, run_params)}."
        content = dataset.read_bytes(PEEK)
    except Exception:  # the run's own sentence says already why the file cannot be opened
        return ""
    if dataset.format == "parquet":
        return _describe(_find_parameters(dataset, b"", "", parameters), run_params)
    for signature, kind in SIGNATURES.items():
        if content.startswith(signature):
            return f"It looks like {kind}."
    encoding = _find_encoding(content, dataset.encoding)
    if not encoding:
        return "It looks like no text at all."
    return _describe(_find_parameters(dataset, content, encoding, parameters), run_params)


def _find_parameters(
    dataset: RawTableDataset, content: bytes, encoding: str, parameters: dict[str, Any]
) -> tuple[dict[str, Any], str]:
    """Return the parameters that would have to be other ones, and when the labels are right."""
    classes = [parameters["negative_label"], parameters["positive_label"]]
    known = {str(label).casefold() for label in (*classes, *parameters["label_aliases"])}
    current = {
        "encoding": dataset.encoding,
        "sep": dataset.sep,
        "header": dataset.header,
        "quotes": dataset.quotes is not False,
        "label_column": parameters["label_column"],
        "text_column": parameters["text_column"],
    }
    layouts = [
        layout
        for settings, rows in _read_ways(dataset, content, encoding)
        if (layout := _find_columns(settings, rows, known))
    ]
    needed: dict[str, Any] = {"encoding": encoding or dataset.encoding}
    labels: dict[str, Any] = {}
    condition = ""
    if layouts:
        best = max(layouts, key=lambda layout: layout[:2])  # the first of equals
        needed |= best.parameters
        labels, condition = _explain_labels(best.labels, known, *classes)
    found = {name: value for name, value in needed.items() if str(value) != str(current[name])}
    if "sep" in found:
        found["sep"] = next(name for name, sep in SEPARATORS.items() if sep == found["sep"])
    return found | labels, condition


def _describe(found: tuple[dict[str, Any], str], run_params: dict[str, Any]) -> str:
    """Say what the file looks like and what to type."""
    parameters, condition = found
    if not parameters:
        return ""
    kinds = {
        "sep": "separated by {}",
        "encoding": "in {}",
        "header": "with a header" if parameters.get("header") else "without a header",
        "quotes": "with quotation marks that enclose cells"
        if parameters.get("quotes")
        else "with quotation marks that enclose nothing",
        "label_column": "with labels in column {}",
        "text_column": "with texts in column {}",
    }
    parts = [kind.format(parameters[name]) for name, kind in kinds.items() if name in parameters]
    if any(isinstance(value, str) and set(value) & set(',"') for value in parameters.values()):
        return f"It looks like text {', '.join(parts)}: {_list_settings(parameters)}."
    start = f"It looks like text {', '.join(parts)}: type" if parts else "Type"
    return f"{start} {_write_command(parameters, run_params)}{condition}."


def _list_settings(parameters: dict[str, Any]) -> str:
    """Say which lines of which files stand for what cannot be typed."""
    kinds = {
        name: "globals" if name in RawFileParameters.model_fields else "parameters"
        for name in parameters
    }
    places = {
        kind: ", ".join(
            f"`{name}: {json.dumps(value, ensure_ascii=False)}`"
            for name, value in parameters.items()
            if kinds[name] == kind
        )
        for kind in dict.fromkeys(kinds.values())
    }
    return " and ".join(
        f"write {lines} into conf/local/{kind}.yml" for kind, lines in places.items()
    )


def _list_folder(dataset: RawTableDataset) -> list[str]:
    """Return the files in the folder that was named instead of a file."""
    file_system, path = dataset.file_system, dataset.path
    if not file_system.isdir(path):
        return []
    names = {name: name.rpartition("/")[2] for name in file_system.ls(path, detail=False)}
    return sorted(
        name
        for file, name in names.items()
        if name[0] != "." and "," not in name and file_system.isfile(file)
    )


def _is_encoded(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        return len(content) == PEEK and error.end >= PEEK - 1  # a character that is cut
    except LookupError:
        return False
    return True


def _find_encoding(content: bytes, current: str) -> str:
    """Return the encoding, if it is right, or else the likely one, or "" if it is no text."""
    is_wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in (current, "utf-16" if is_wide else "utf-8"):
        if _is_encoded(content, encoding):
            return encoding
    lines = [line for line in content.splitlines() if not line.isascii()]
    return "" if is_wide else _guess_encoding(content, b"\n".join(lines)[:SAMPLE])


def _guess_encoding(content: bytes, sample: bytes) -> str:
    """Name the likely encoding of eight-bit text, preferring the Western one."""
    from charset_normalizer import from_bytes

    special = sum(byte >= FIRST_SPECIAL for byte in sample)
    if b"\0" in sample or special > MOST_SPECIAL * len(sample):
        return ""
    if special < FEW_BYTES and _is_encoded(content, "cp1252"):
        return "cp1252"
    for encodings in (["cp1252"], ENCODINGS):
        best = from_bytes(sample, cp_isolation=encodings).best()
        if best and _is_encoded(content, best.encoding):
            return str(best.encoding)
    return "latin-1"


def _read_ways(
    dataset: RawTableDataset, content: bytes, encoding: str
) -> Iterator[tuple[dict[str, Any], list[list[str]]]]:
    """Yield the settings that might be right, those of the run first, and the rows they give."""
    if dataset.format != "text":
        try:
            table = dataset.load()
        except DatasetError:
            return
        rows = table.astype(object).to_numpy().tolist()
        yield {}, [list(map(str, table.columns)), *rows]
        return
    text = content.decode(encoding, "ignore").lstrip("\ufeff")
    csv.field_size_limit(sys.maxsize)  # a message may be longer than the module's limit
    quotes_first = dataset.quotes is not False
    for sep in dict.fromkeys([dataset.sep, *SEPARATORS.values()]):
        for quotes in (quotes_first, not quotes_first):
            reader = csv.reader(
                io.StringIO(f"{text}\n{END}", newline=""),
                delimiter=sep,
                quoting=csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE,
            )
            rows = [row for row in reader if any(row)]
            if rows.pop() != [END] and len(content) < PEEK:
                continue  # a quotation mark is never closed
            yield {"sep": sep, "quotes": quotes}, rows


def _find_columns(
    settings: dict[str, Any], rows: list[list[str]], known: set[str]
) -> Layout | None:
    """Find the columns of labels and texts by what is in them."""
    width = min(len(rows[0]), MOST_COLUMNS) if rows else 0  # rows with more cells are rejected
    columns = [
        [row[n] if n < len(row) else "" for row in rows if len(row) <= len(rows[0])]
        for n in range(width)
    ]
    lengths = [sum(map(len, column)) for column in columns]
    best: Layout | None = None
    for number, column in enumerate(columns):
        others = [n for n in range(width) if n != number]
        text_number = max(others, key=lengths.__getitem__, default=number)
        labels = Counter(
            label.strip().casefold()
            for label, text in zip(column, columns[text_number], strict=True)
            if text.strip() and len(label) <= LONGEST_LABEL
        )
        least = max(2, COMMON_LABEL_SHARE * len(rows))
        common = Counter({name: n for name, n in labels.items() if name and n >= least})
        names = _name_columns(rows[0], {number, text_number}, known | set(common))
        fit = _rate(labels, common, known, len(rows))
        if not others or not any(fit) or (best and fit <= best[:2]):
            continue
        header = {"header": not names[number].isdecimal()} if settings else {}
        found = {"label_column": names[number], "text_column": names[text_number]}
        best = Layout(*fit, settings | header | found, common)
    return best


def _name_columns(first: list[str], used: set[int], labels: set[str]) -> list[str]:
    """Return the cells of the first row if they may be names, else numbers from 1 on."""
    cells = [first[number] for number in used if number < len(first)]
    is_header = (
        len(cells) == len(used)
        and all(len(cell) <= LONGEST_LABEL and len(cell.split()) <= MOST_WORDS for cell in cells)
        and not labels.intersection(cell.strip().casefold() for cell in cells)
    )
    return name_columns(first) if is_header else [str(n + 1) for n in range(MOST_COLUMNS)]


def _rate(
    labels: Counter[str], common: Counter[str], known: set[str], size: int
) -> tuple[int, int]:
    """Count the rows with a known label and those with a common one, where these are credible."""
    found = sum(labels[label] for label in known)
    is_credible = 2 <= len(common) <= MOST_LABELS
    return found if found >= LEAST_SHARE * size else 0, common.total() if is_credible else 0


def _explain_labels(
    labels: Counter[str], known: set[str], negative: str, positive: str
) -> tuple[dict[str, Any], str]:
    """Return the parameters for labels that are not known, and when these are right."""
    unknown = [label for label, _ in labels.most_common() if label not in known]
    if len(unknown) > MOST_ALIASES or any(UNTYPABLE & set(label) for label in unknown):
        return {}, ""
    if len(unknown) < len(labels):
        aliases = dict.fromkeys(unknown, positive)
        condition = f" if {positive} is what {' and '.join(unknown)} means" if unknown else ""
        return ({"label_aliases": aliases} if aliases else {}), condition
    if len(unknown) != 2:
        return {}, ""
    common, rare = ("0", "1") if set(unknown) == {"0", "1"} else unknown
    condition = f" if {rare} is the class to catch"
    if common.isdecimal() or rare.isdecimal():
        return {"label_aliases": {rare: positive, common: negative}}, condition
    return {"positive_label": rare, "negative_label": common}, condition


def _write_command(found: dict[str, Any], run_params: dict[str, Any]) -> str:
    """Return the command that runs with what was typed and what was found."""
    typed = run_params.get("runtime_params") or {}
    aliases = typed.get("label_aliases", {}) | found.get("label_aliases", {})
    together = typed | found | ({"label_aliases": aliases} if aliases else {})
    text = ",".join(f"{name}={value}" for name, value in _flatten(together))
    env = f" --env {run_params['env']}" if run_params.get("env") else ""
    return f"`kedro run{env} --params {shlex.quote(text)}`"


def _flatten(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield dotted names and values as `--params` takes them."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{name}.")
        elif isinstance(value, str):
            yield f"{prefix}{name}", value if _is_plain(value) else f'"{value}"'
        else:
            yield f"{prefix}{name}", yaml.safe_dump(value).splitlines()[0]


def _is_plain(value: str) -> bool:
    """Tell whether Kedro, which reads values as YAML, takes this one for the text that it is."""
    try:
        return yaml.safe_load(value) == value or value.isdecimal()
    except yaml.YAMLError:
        return False
