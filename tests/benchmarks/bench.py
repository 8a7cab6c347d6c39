"""Measure the project against an equivalent of the reference's scripts, side by side.

    PYTHONPATH=tests python tests/benchmarks/bench.py [--repetitions N]

`kedro run`, one process, is compared with the reference's five scripts run one after the other;
`dvc repro` from nothing, and with nothing to do, with the reference's own. Every run gets a fresh
copy of the work tree in a temporary folder; the two sides take turns, and who goes first
alternates. It prints a table and never fails for a slow result.
"""

import argparse
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


def measure_side(side: str) -> tuple[float, ...]:
    """Return the seconds that a side takes in each comparison, in the order of the goals."""
    make, commands = {
        OURS: (clone_ours, (("kedro", "run"),)),
        THEIRS: (version_reference, shared.REFERENCE_SCRIPTS),
    }[side]
    with tempfile.TemporaryDirectory() as folder:
        first, second = (make(Path(folder) / name) for name in ("first", "second"))
        repro = ("dvc", "repro")
        return measure(first, *commands), measure(second, repro), measure(second, repro)


def main() -> None:
    """Measure both sides in turn, and print the seconds that pass."""
    parser = argparse.ArgumentParser(description="Measure the project against the reference.")
    parser.add_argument("--repetitions", type=int, default=5, help="the first one is a warm-up")
    repetitions = parser.parse_args().repetitions
    samples: dict[str, list[tuple[float, ...]]] = {OURS: [], THEIRS: []}
    with shared.new_home():
        for repetition in range(repetitions):
            for side in sorted(samples, reverse=repetition % 2 == 1):
                note(f"{repetition + 1} of {repetitions}: {side}")
                samples[side].append(measure_side(side))
    ours, theirs = (
        pd.DataFrame(taken[repetitions > 1 :], columns=list(GOALS)) for taken in samples.values()
    )
    lines = []
    for name, goal in GOALS.items():
        ratio = ours[name].median() / theirs[name].median()
        cells = [
            f"{side.median():.2f} ({side.min():.2f} to {side.max():.2f})"
            for side in (ours[name], theirs[name])
        ]
        lines.append((name, *cells, ratio, shared.judge(ratio, goal)))
    titles = ["seconds, median (least to most)", OURS, THEIRS, "ratio", ""]
    shared.print_table(pd.DataFrame(lines, columns=titles))


if __name__ == "__main__":
    main()
