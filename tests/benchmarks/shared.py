"""What the benchmarks share: a home of their own, the reference, and printing the figures."""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pandas as pd

from dvc_repository import Repository
from helpers import PROJECT, RAW_CSV

OURS, THEIRS = "ours", "reference"
REFERENCE = Path(__file__).resolve().parent / "reference"
REFERENCE_RAW = Path("data/raw") / RAW_CSV.name
REFERENCE_SCRIPTS = (
    ("python", "clean_data.py"),
    ("python", "train_test_split.py"),
    ("python", "train.py"),
    ("python", "evaluate.py", "train"),
    ("python", "evaluate.py", "test"),
)
# A variable of these families, set by the caller's shell, hook or tool, would steer a measured run.
FOREIGN_PREFIXES = ("BENTOML_", "DVC_", "GIT_", "KEDRO_", "PYTHON", "XDG_")


@contextmanager
def new_home() -> Iterator[Path]:
    """Make a temporary folder the home of all commands, which report nothing to anyone.

    `PYTHONDONTWRITEBYTECODE` goes with the other `PYTHON…` variables, so that both sides find
    their libraries compiled from the second run on. The number of BLAS threads stays the caller's.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN_PREFIXES)}
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        variables = kept | {"HOME": home, "BENTOML_DO_NOT_TRACK": "True"}
        with patch.dict(os.environ, variables, clear=True):
            yield Path(home)


def copy_reference(home: Path) -> Repository:
    """Copy the reference's scripts and the raw CSV into the folder `project` of a home."""
    reference = Repository(home)
    shutil.copytree(REFERENCE, reference.folder, ignore=shutil.ignore_patterns("__pycache__"))
    (reference.folder / REFERENCE_RAW).parent.mkdir(parents=True)
    shutil.copy2(PROJECT / RAW_CSV, reference.folder / REFERENCE_RAW)
    return reference


def judge(value: float, goal: str) -> str:
    """Say whether a figure reaches its goal, such as `<= 0.6` or `>= 4`."""
    sign, number = goal.split()
    reached = value <= float(number) if sign == "<=" else value >= float(number)
    return f"goal {goal}" if reached else f"goal {goal}: MISSED"


def print_table(table: pd.DataFrame) -> None:
    """Print what was measured, where, and a table as Markdown."""
    head, changed = (
        subprocess.run(["git", *command], cwd=PROJECT, capture_output=True, text=True, check=True)
        for command in (["rev-parse", "--short", "HEAD"], ["status", "--porcelain"])
    )
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f} at the end, Python {platform.python_version()}; commit "
        f"{head.stdout.strip()}{' with uncommitted changes' * bool(changed.stdout)}\n"
    )
    cells = table.astype(object).fillna("")
    print(cells.to_markdown(index=False, floatfmt=",.2f", intfmt=","))


def note(text: str) -> None:
    """Tell whoever waits what goes on, outside the table."""
    print(text, file=sys.stderr, flush=True)
