"""What the benchmarks share: the reference, and printing the figures."""

import os
import platform
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pandas as pd

from dvc_repository import Repository
from helpers import PROJECT, RAW_CSV

OURS, THEIRS = "ours", "reference"
REFERENCE_RAW = Path("data/raw") / RAW_CSV.name
REFERENCE_SCRIPTS = (
    ("python", "clean_data.py"),
    ("python", "train_test_split.py"),
    ("python", "train.py"),
    ("python", "evaluate.py", "train"),
    ("python", "evaluate.py", "test"),
)
note = partial(print, file=sys.stderr, flush=True)  # what goes on: beside the table, for who waits


def copy_reference(home: Path) -> Repository:
    """Copy the reference's scripts and the raw CSV into the folder `project` of a home."""
    reference = Repository(home)
    scripts, ignored = Path(__file__).with_name("reference"), shutil.ignore_patterns("__pycache__")
    shutil.copytree(scripts, reference.folder, ignore=ignored)
    (reference.folder / REFERENCE_RAW).parent.mkdir(parents=True)
    shutil.copy2(PROJECT / RAW_CSV, reference.folder / REFERENCE_RAW)
    return reference


def judge(value: float, goal: str) -> str:
    """Say whether a figure reaches its goal, such as `<= 0.6` or `>= 4`; nothing without one."""
    if not goal:
        return ""
    sign, number = goal.split()
    reached = value <= float(number) if sign == "<=" else value >= float(number)
    return f"goal {goal}" if reached else f"goal {goal}: MISSED"


def print_table(table: pd.DataFrame) -> None:
    """Print what was measured, where, and a table as Markdown."""
    describe = ["git", "describe", "--always", "--dirty"]
    commit = subprocess.run(describe, cwd=PROJECT, capture_output=True, text=True, check=True)
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f} at the end, Python {platform.python_version()}; commit "
        f"{commit.stdout}"
    )
    cells = table.astype(object).fillna("")
    print(cells.to_markdown(index=False, floatfmt=",.2f", intfmt=","))
