"""Which parts there are: the files of a folder, each cut by its format."""

import textwrap
from collections.abc import Iterator
from pathlib import Path

from spam_classifier.batch.parquet_parts import plan_parquet
from spam_classifier.batch.parts import Part, PartError, Parts, SourceFile, UnreadablePart, shorten
from spam_classifier.batch.text_parts import TextFormat, plan_text
from spam_classifier.errors import UserError
from spam_classifier.tables import LONGEST_LISTING, SEPARATORS, shorten_name

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
FORMATS = f"{', '.join(TEXT_SUFFIXES)} and .parquet"
ASCII = bytes(range(128))


def plan_parts(
    source: Path, *, sep: str | None, encoding: str, header: bool, quotes: bool, part_bytes: int
) -> Parts:
    """Cut a file, or the files of a folder, into parts.

    Args:
        source: The file or folder; what begins with a dot or an underscore is passed over.
        sep: The character between cells, or its name; None for a tab in `.tsv`, else a comma.
        encoding: The encoding of text, an extension of ASCII.
        header: Whether the first row of text files holds the names of the columns.
        quotes: Whether quotation marks enclose cells.
        part_bytes: About how many bytes a part has.

    Returns:
        The parts in the order of the files' names. A file that cannot be read, or has other columns
        than the first one that can, is one part that fails.

    Raises:
        UserError: If there is nothing to read, or text is written in a way that cannot be cut.
    """
    _check_ascii(sep, encoding)
    parts: list[Part] = []
    columns = None
    for path, name in _list_files(source):
        file = SourceFile(path, name, 0, 0)
        try:
            file = SourceFile.look_at(path, name)
            found = list(_plan_file(file, sep, encoding, header, quotes, part_bytes))
            columns = columns or next((part.columns for part in found), None)
            _check_columns(found, columns)
        except PartError as error:
            found = [UnreadablePart(file, (), 0, error.message)]
        parts += found
    if not parts:
        raise UserError(f"{shorten(source)} holds no messages: it needs a header and rows.")
    return {part.key: part for part in parts}


def _list_files(source: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files with the names that the user knows them by."""
    if not source.exists():
        raise UserError(
            f"{shorten(source)} is missing: messages must be the path of a file ({FORMATS}), "
            "or of a folder of such files."
        )
    if source.is_file():
        yield source, source.name
        return
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        if path.is_file() and not any(part.startswith((".", "_")) for part in name.parts):
            yield path, str(name)


def _plan_file(
    file: SourceFile, sep: str | None, encoding: str, header: bool, quotes: bool, part_bytes: int
) -> Iterator[Part]:
    """Cut a file as its suffix tells."""
    suffix = file.path.suffix.lower()
    if suffix == ".parquet":
        return plan_parquet(file, part_bytes)
    if suffix not in TEXT_SUFFIXES:
        raise PartError(
            f"{file.name} ends in {suffix or 'no suffix'}, but {FORMATS} files are read"
            + (": unpack it" if suffix in (".gz", ".zip", ".zst", ".bz2", ".xz") else "")
        )
    sep = sep or ("tab" if suffix == ".tsv" else "comma")
    form = TextFormat(SEPARATORS.get(sep, sep), encoding, header, quotes)
    return plan_text(file, form, part_bytes)


def _check_ascii(sep: str | None, encoding: str) -> None:
    """Refuse text in which a byte below 128 may be something else than that ASCII character."""
    try:
        is_ascii = ASCII.decode(encoding) == ASCII.decode("ascii")
    except (UnicodeDecodeError, LookupError):
        is_ascii = False
    if not is_ascii:
        raise UserError(
            f"encoding is {encoding}, but batch scoring reads UTF-8 and other extensions of ASCII, "
            "such as cp1252: save the file as UTF-8."
        )
    if sep and not sep.isascii():
        raise UserError(f"sep is {sep!r}, but batch scoring needs an ASCII character.")


def _check_columns(parts: list[Part], columns: tuple[tuple[str, str], ...] | None) -> None:
    """Refuse a file whose columns are not those of the first file."""
    for part in parts[:1]:
        if part.columns != columns:
            raise PartError(
                f"{part.file.name} has the columns {_list_columns(part.columns)}, "
                f"not {_list_columns(columns or ())}"
            )


def _list_columns(columns: tuple[tuple[str, str], ...]) -> str:
    listing = ", ".join(f"{shorten_name(name)} ({kind})" for name, kind in columns)
    return textwrap.shorten(listing, LONGEST_LISTING, placeholder=" …")
