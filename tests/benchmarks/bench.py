"""Measure the project against an equivalent of the reference's scripts, side by side.

    PYTHONPATH=tests python tests/benchmarks/bench.py [--repetitions N]

`kedro run`, one process, is compared with the reference's five scripts run one after the other;
`dvc repro` from nothing, and with nothing to do, with the reference's own. Every run gets a fresh
copy in a temporary folder; the two sides take turns, and who goes first alternates. What is
measured is the last commit (HEAD): commit first. It prints a table and never fails for a slow
result.
"""

import argparse
import shutil
import tempfile
from pathlib import Path
from statistics import median

from processes import (
    REFERENCE_RAW,
    Cost,
    Project,
    clone_project,
    copy_reference,
    judge,
    note,
    print_table,
)

from helpers import PROJECT, RAW_CSV

REFERENCE_SCRIPTS = (
    ("python", "clean_data.py"),
    ("python", "train_test_split.py"),
    ("python", "train.py"),
    ("python", "evaluate.py", "train"),
    ("python", "evaluate.py", "test"),
)
OURS, THEIRS = "ours", "reference"
GOALS = {
    "kedro run / five scripts": "<= 0.6",
    "dvc repro, from nothing": "<= 1.6",
    "dvc repro, nothing to do": "<= 1.25",
}


def measure(project: Project, *commands: tuple[str, ...]) -> Cost:
    """Return what some commands cost, one after the other."""
    with Cost() as cost:
        for command in commands:
            project.run(*command)
    return cost


def measure_side(side: str) -> list[Cost]:
    """Return what a side costs in each comparison, in the order of the goals."""
    make, commands = {
        OURS: (clone_project, (("kedro", "run"),)),
        THEIRS: (copy_reference, REFERENCE_SCRIPTS),
    }[side]
    with tempfile.TemporaryDirectory() as run, tempfile.TemporaryDirectory() as repro:
        first = measure(make(Path(run)), *commands)
        project = make(Path(repro))
        if side == THEIRS:
            make_repository(project)
        # A clone of ours brings a lock, one of the reference does not: equal starts.
        (project.folder / "dvc.lock").unlink(missing_ok=True)
        return [first, *(measure(project, ("dvc", "repro")) for _ in range(2))]


def make_repository(reference: Project) -> None:
    """Put the reference under Git's and DVC's control."""
    shutil.copy2(PROJECT / f"{RAW_CSV}.dvc", reference.folder / f"{REFERENCE_RAW}.dvc")
    author = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
    reference.run("git", "init", "--quiet")
    reference.run("dvc", "init", "--quiet")
    reference.run("git", "add", "--all")
    reference.run("git", *author, "commit", "--quiet", "--message", "The reference")


def main() -> None:
    """Measure both sides in turn, and print wall-clock, which the goals are for, and CPU."""
    parser = argparse.ArgumentParser(description="Measure the project against the reference.")
    parser.add_argument("--repetitions", type=int, default=5, help="the first one is a warm-up")
    repetitions = parser.parse_args().repetitions
    samples: dict[str, list[list[Cost]]] = {OURS: [], THEIRS: []}
    for repetition in range(repetitions):
        for side in sorted(samples, reverse=repetition % 2 == 1):
            note(f"{repetition + 1} of {repetitions}: {side}")
            samples[side].append(measure_side(side))
    lines = [["seconds, median (least to most)", "", OURS, THEIRS, "ratio", ""]]
    for number, (comparison, goal) in enumerate(GOALS.items()):
        for kind in ("wall", "cpu"):
            sides = [
                [getattr(costs[number], kind) for costs in taken[repetitions > 1 :]]
                for taken in samples.values()
            ]
            ratio = median(sides[0]) / median(sides[1])
            cells = [f"{median(side):.2f} ({min(side):.2f} to {max(side):.2f})" for side in sides]
            judgement = judge(ratio, goal) if kind == "wall" else ""
            lines.append([comparison, kind, *cells, f"{ratio:.2f}", judgement])
    print_table(lines)


if __name__ == "__main__":
    main()
