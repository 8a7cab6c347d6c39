"""Measure the project against an equivalent of the reference's scripts, side by side.

    PYTHONPATH=tests python tests/benchmarks/bench.py

`kedro run`, one process, is compared with the reference's five scripts run one after the other;
`dvc repro` from nothing, and with nothing to do, with the reference's own. Every run gets a fresh
copy of the work tree in a temporary folder; the two sides take turns, and who goes first
alternates. It prints a table of medians and never fails for a slow result.
"""

import compileall
import shutil
import tempfile
import time
from pathlib import Path

import pandas as pd
import shared
from shared import OURS, THEIRS, note

from dvc_repository import Repository, clone_repository
from helpers import PROJECT, RAW_CSV, commit_all

REPETITIONS = 5  # of which the first one is a warm-up
GOALS = {
    "kedro run / five scripts": "<= 0.6",
    "dvc repro, from nothing": "<= 1.6",
    "dvc repro, nothing to do": "<= 1.25",
}


def clone_ours(home: Path) -> Repository:
    """Return a clone of the project, compiled; it has no lock, as the reference has none."""
    clone = clone_repository(home, PROJECT / RAW_CSV)
    compileall.compile_dir(clone.folder / "src", quiet=1)
    (clone.folder / "dvc.lock").unlink()
    return clone


def version_reference(home: Path) -> Repository:
    """Return a copy of the reference under Git's and DVC's control."""
    reference = shared.copy_reference(home)
    # Without it DVC starts a daemon that asks for updates, beside the run that is measured.
    shutil.copy2(PROJECT / ".dvc/config", home / "config")
    shutil.copy2(PROJECT / f"{RAW_CSV}.dvc", reference.folder / f"{shared.REFERENCE_RAW}.dvc")
    reference.run("git", "init", "--quiet")
    reference.run("dvc", "init", "--quiet")
    commit_all(reference.folder, "The reference")
    return reference


def measure(project: Repository, *commands: tuple[str, ...]) -> float:
    """Return the seconds that some commands take, one after the other."""
    start = time.perf_counter()
    for command in commands:
        project.run(*command)
    return time.perf_counter() - start


def measure_side(side: str) -> dict[str, float]:
    """Return the seconds that a side takes in each comparison."""
    make, commands = {
        OURS: (clone_ours, (("kedro", "run"),)),
        THEIRS: (version_reference, shared.REFERENCE_SCRIPTS),
    }[side]
    with tempfile.TemporaryDirectory() as folder:
        first, second = (make(Path(folder) / name) for name in ("first", "second"))
        repro = (measure(second, ("dvc", "repro")) for _ in range(2))
        return dict(zip(GOALS, (measure(first, *commands), *repro), strict=True))


def main() -> None:
    """Measure both sides in turn, and print the seconds that pass."""
    samples = []
    for repetition in range(REPETITIONS):
        for side in sorted((OURS, THEIRS), reverse=repetition % 2 == 1):
            note(f"{repetition + 1} of {REPETITIONS}: {side}")
            samples.append({"side": side, **measure_side(side)})
    table = pd.DataFrame(samples[2:]).groupby("side").median().T.reset_index(names="seconds")
    table["ratio"] = table[OURS] / table[THEIRS]
    table["goal"] = list(map(shared.judge, table["ratio"], GOALS.values()))
    shared.print_table(table)


if __name__ == "__main__":
    main()
