"""Measure the project against an equivalent of the reference's scripts, side by side.

    python tests/benchmarks/bench.py [--repetitions N]

`kedro run`, one process, is compared with the reference's five scripts run one after the other;
`dvc repro` from nothing, and with nothing to do, with the reference's own. Every run gets a fresh
copy in a temporary folder; the two sides take turns, and who goes first alternates. What is
measured is the last commit (HEAD): commit first. It prints a table and never fails for a slow
result.
"""

import argparse
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from processes import (
    RAW,
    REFERENCE_RAW,
    ROOT,
    Cost,
    Project,
    clone_project,
    copy_reference,
    judge,
    need_raw_file,
    note,
    print_table,
)

REFERENCE_SCRIPTS = (
    ("python", "clean_data.py"),
    ("python", "train_test_split.py"),
    ("python", "train.py"),
    ("python", "evaluate.py", "train"),
    ("python", "evaluate.py", "test"),
)
OURS, THEIRS = "ours", "reference"
RUN, FROM_NOTHING, NOTHING_TO_DO = (
    "kedro run / five scripts",
    "dvc repro, from nothing",
    "dvc repro, nothing to do",
)
GOALS = {RUN: "<= 0.6", FROM_NOTHING: "<= 1.6", NOTHING_TO_DO: "<= 1.25"}


def measure(project: Project, *commands: tuple[str, ...]) -> Cost:
    """Return what some commands cost, one after the other."""
    with Cost() as cost:
        for command in commands:
            project.run(*command)
    return cost


def measure_side(
    make: Callable[[Path], Project], commands: tuple[tuple[str, ...], ...]
) -> dict[str, Cost]:
    """Return what a side costs in each comparison."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "run").mkdir()
        costs = {RUN: measure(make(folder / "run"), *commands)}
        (folder / "repro").mkdir()
        project = make(folder / "repro")
        if not (project.folder / ".dvc").exists():
            make_repository(project)
        # A clone of ours brings a lock, one of the reference does not: equal starts.
        (project.folder / "dvc.lock").unlink(missing_ok=True)
        for comparison in (FROM_NOTHING, NOTHING_TO_DO):
            costs[comparison] = measure(project, ("dvc", "repro"))
    return costs


def make_repository(reference: Project) -> None:
    """Put the reference under Git's and DVC's control."""
    shutil.copy2(ROOT / f"{RAW}.dvc", reference.folder / f"{REFERENCE_RAW}.dvc")
    author = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
    for command in (
        ("git", "init", "--quiet"),
        ("dvc", "init", "--quiet"),
        ("git", "add", "--all"),
        ("git", *author, "commit", "--quiet", "--message", "The reference"),
    ):
        reference.run(*command)


def tabulate(samples: dict[str, list[dict[str, Cost]]]) -> list[tuple[str, ...]]:
    """Return two lines for each comparison: wall-clock, which the goals are for, and CPU."""
    lines: list[tuple[str, ...]] = [
        ("seconds, median (least to most)", "", OURS, THEIRS, "ratio", "")
    ]
    for comparison, goal in GOALS.items():
        for kind in ("wall", "cpu"):
            sides = [
                [getattr(sample[comparison], kind) for sample in samples[side]]
                for side in (OURS, THEIRS)
            ]
            ratio = median(sides[0]) / median(sides[1])
            cells = [f"{median(side):.2f} ({min(side):.2f} to {max(side):.2f})" for side in sides]
            judgement = judge(ratio, goal) if kind == "wall" else ""
            lines.append((comparison, kind, *cells, f"{ratio:.2f}", judgement))
    return lines


def main() -> None:
    """Measure both sides in turn, and print the table."""
    parser = argparse.ArgumentParser(description="Measure the project against the reference.")
    parser.add_argument("--repetitions", type=int, default=5, help="the first one is a warm-up")
    repetitions = parser.parse_args().repetitions
    need_raw_file()
    sides = {
        OURS: (clone_project, (("kedro", "run"),)),
        THEIRS: (copy_reference, REFERENCE_SCRIPTS),
    }
    samples: dict[str, list[dict[str, Cost]]] = {OURS: [], THEIRS: []}
    for repetition in range(repetitions):
        for name in sorted(sides, reverse=repetition % 2 == 1):
            note(f"{repetition + 1} of {repetitions}: {name}")
            costs = measure_side(*sides[name])
            if repetition or repetitions == 1:
                samples[name].append(costs)
    print_table(tabulate(samples))


if __name__ == "__main__":
    main()
