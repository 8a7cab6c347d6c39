"""Look for what must not be in a bento or an image: secrets, package indexes, message texts."""

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path

RAW_CSV = Path("data/01_raw/SPAM text message 20170820 - Data.csv")
LONG_ENOUGH = 40  # shorter messages may stand anywhere by chance
OTHERS_FILES = ("usr", "var", "proc", "sys", "dev", "site-packages", "dist-packages")
SECRET_NAMES = re.compile(
    r"^(\.env.*|\.git|\.dvc|\.netrc|\.pypirc|pip\.conf|id_rsa.*|credentials)$"
)
SECRETS = {
    "an AWS key": re.compile(rb"\b(AKIA|ASIA)[0-9A-Z]{16}\b|aws_secret_access_key", re.IGNORECASE),
    "a private key": re.compile(rb"BEGIN [A-Z ]*PRIVATE KEY"),
    "a token": re.compile(rb"\b(gh[pousr]_\w{30,}|pypi-\w{30,}|xox[abp]-\w+)"),
    "a password in an address": re.compile(rb"://[^/\s:@\"']+:[^/\s:@\"']+@"),
    "a package index": re.compile(
        rb"\b(index[-_]url|find[-_]links|trusted[-_]host)\b(?!: null)|https?://[^\s\"']+/simple\b"
    ),
}


def read_messages(raw_csv: Path) -> list[bytes]:
    """Return the messages of the corpus that are long enough to be recognised."""
    with raw_csv.open(encoding="utf-8", newline="") as file:
        texts = [row["Message"] for row in csv.DictReader(file)]
    return sorted({text.encode() for text in texts if len(text) >= LONG_ENOUGH})


def find_forbidden(folder: Path, messages: list[bytes]) -> Iterator[str]:
    """Say what must not be in a bento or an image, in a sentence each.

    Files of the distribution and of packages are left out.
    """
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if set(name.parts) & set(OTHERS_FILES) or path.is_symlink():
            continue
        if SECRET_NAMES.match(path.name):
            yield f"{name} must not be there."
        content = path.read_bytes() if path.is_file() else b""
        for what, pattern in SECRETS.items():
            if pattern.search(content):
                yield f"{name} holds {what}."
        if any(message in content for message in messages):
            yield f"{name} holds a message of the corpus."


if __name__ == "__main__":
    sys.exit("\n".join(find_forbidden(Path(sys.argv[1]), read_messages(RAW_CSV))) or 0)
