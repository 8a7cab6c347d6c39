"""Looks for the command that reads a raw file that does not fit, by trying.

A command is suggested if the dataset reads the file with it, and the checks of `clean_messages`
then keep nearly all rows. Of several it is the one with the fewest parameters. The sentence names
columns and labels, and never a message.
"""

import codecs
from contextlib import suppress
from itertools import product
from typing import Any

from kedro.io import DatasetError

from spam_classifier.datasets.raw_table_dataset import RawTableDataset
from spam_classifier.errors import UserError
from spam_classifier.pipelines.data_processing import row_checks as checks
from spam_classifier.pipelines.data_processing.typed_command import write_command
from spam_classifier.tables import CATEGORY, FAULT, MESSAGE, SEPARATORS, shorten_name

EIGHT_BIT = ["cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "koi8_r", "cp850"]
EIGHT_BIT += ["shift_jis", "euc_jp", "euc_kr", "gb18030", "big5"]

Settings = dict[str, Any]


def advise(dataset: RawTableDataset, parameters: Settings, run_params: Settings) -> str:
    """Say which command reads a raw file.

    Args:
        dataset: The raw file, and how it was read.
        parameters: The parameters of the run.
        run_params: What Kedro tells its hooks about the run: `env` and `runtime_params` are used.

    Returns:
        One sentence; empty if no command is known to work.
    """
    try:
        content = dataset.read_bytes()
    except Exception:  # the run's own sentence says already why the file cannot be opened
        return ""
    best: Settings = {}
    for settings in _list_settings(dataset, content):
        if best and len(best) <= len(settings):
            break
        with suppress(DatasetError, UserError):
            other = RawTableDataset(**dataset.arguments | settings)
            found = settings | _find_columns(other, parameters)
            best = min(best or found, found, key=len)
    command = write_command(best, run_params) if best else ""
    return f"Type `{command}`{_say_when(best)}." if command else ""


def _list_settings(dataset: RawTableDataset, content: bytes) -> list[Settings]:
    """Return what may have to be typed about the file, the shortest first."""
    encoding = _find_encoding(content, dataset.encoding)
    base: Settings = {} if encoding == dataset.encoding else {"encoding": encoding}
    if dataset.format != "text":
        return [base]
    first_line = content.decode(encoding, "ignore").lstrip("\ufeff\r\n").partition("\n")[0]
    others = [n for n, sep in SEPARATORS.items() if sep in first_line and sep != dataset.sep]
    ways = product(
        [*([{}] if dataset.sep in first_line else []), *({"sep": name} for name in others)],
        [{}, {"header": not dataset.header}],
        [{}, {"quotes": dataset.quotes is False}][: 1 + (b'"' in content)],
    )
    return sorted((base | sep | header | quotes for sep, header, quotes in ways), key=len)


def _find_encoding(content: bytes, current: str) -> str:
    """Return an encoding if it is right, or else the likely one, the Western one before others."""
    from charset_normalizer import from_bytes

    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in content[:2]:
        return "utf-16-be" if content.startswith(b"\0") else "utf-16-le"
    for encoding in (current, "utf-8"):
        with suppress(UnicodeError, LookupError):
            content.decode(encoding)
            return encoding
    sample = b"\n".join(line for line in content.splitlines() if not line.isascii())[:100_000]
    matches = (from_bytes(sample, cp_isolation=known).best() for known in (["cp1252"], EIGHT_BIT))
    return next((match.encoding for match in matches if match), "latin-1")


def _find_columns(dataset: RawTableDataset, parameters: Settings) -> Settings:
    """Return what has to be typed about columns and labels; UserError if none make sense."""
    table = dataset.load()
    columns = [str(name) for name in table if name != FAULT]
    labels = {name: common for name in columns if (common := checks.find_labels(table[name]))}
    classes = [parameters["negative_label"], parameters["positive_label"]]
    aliases = parameters["label_aliases"]
    spelling = checks.spell_labels(classes, aliases)
    known = {name: len(spelling.keys() & labels[name]) for name in labels}
    label, text = str(parameters["label_column"]), str(parameters["text_column"])
    if label not in labels:
        if not any(known.values()) and len(labels) != 1:
            raise UserError("No column, or any of several, may hold the labels.")
        label = max(labels, key=lambda name: known[name] / len(labels[name]))
    if len(columns) < 2:
        raise UserError("There is no column for the messages.")
    if text == label or text not in columns:
        others = (name for name in columns if name != label)
        text = max(others, key=lambda name: table[name].str.len().sum())
    has_names = dataset.header or dataset.format != "text"
    if has_names and (label.casefold() in labels[label] or shorten_name(text) != text):
        raise UserError("The first line holds a row.")
    found = _name_labels(labels[label], spelling, classes, label.casefold())
    classes = [found.get("negative_label", classes[0]), found.get("positive_label", classes[1])]
    aliases = aliases | found.get("label_aliases", {})
    rows = checks.check_table(table, {CATEGORY: label, MESSAGE: text}, classes, aliases, "The file")
    usable = rows.loc[rows["reason"] == "", CATEGORY]
    if len(usable) < checks.LEAST_SHARE * len(rows) or set(usable) != set(classes):
        raise UserError("Too few rows can be used.")
    wanted = {"label_column": label, "text_column": text}
    changed = {name: v for name, v in wanted.items() if v != str(parameters[name])}
    return {name: int(v) if v.isdecimal() else v for name, v in changed.items()} | found


def _name_labels(
    labels: list[str], spelling: dict[str, str], classes: list[str], column: str
) -> Settings:
    """Return the parameters for labels that are not known; UserError if it is not clear."""
    negative, positive = classes
    unknown = [label for label in labels if label not in spelling]
    known = {spelling[label] for label in labels if label in spelling}
    if not unknown:
        return {}
    if len(known) == 2 or (known and len(unknown) == 1):
        other = negative if known == {positive} else positive
        return {"label_aliases": dict.fromkeys(unknown, other)}
    if known or len(unknown) != 2:
        raise UserError("It is not clear which labels mean which class.")
    common, rare = ("0", "1") if set(unknown) == {"0", "1"} else unknown
    if column == negative.casefold():  # 1 in a column named ham is ham
        common, rare = rare, common
    if common.isdecimal() or rare.isdecimal() or len(spelling) > len(classes):
        return {"label_aliases": {rare: positive, common: negative}}
    return {"positive_label": rare, "negative_label": common}


def _say_when(parameters: Settings) -> str:
    """Say what labels have to mean for parameters to be right."""
    if "positive_label" in parameters:
        return f" if {parameters['positive_label']} is the class to catch"
    aliases = parameters.get("label_aliases", {})
    meaning = " and ".join(f"{alias} means {name}" for alias, name in aliases.items())
    return f" if {meaning}" if meaning else ""
