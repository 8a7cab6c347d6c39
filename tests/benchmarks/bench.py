"""Measure the project against an equivalent of the reference's scripts, side by side.

    python tests/benchmarks/bench.py [run|dvc|all] [--repetitions N]

`run` compares `kedro run`, one process, with the reference's five scripts run one after the other;
`dvc` compares `dvc repro` from nothing, and with nothing to do, with the reference's own. Every
run gets a fresh copy in a temporary folder; the two sides take turns, and who goes first
alternates. What is measured is the last commit (HEAD): commit first.

It prints a table and never fails for a slow result.
"""

import argparse
import compileall
import functools
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from processes import CommandFailedError, Sample, environment, run, timed

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = Path(__file__).resolve().parent / "reference"
RAW = Path("data/01_raw/SPAM text message 20170820 - Data.csv")
REFERENCE_RAW = Path("data/raw") / RAW.name
REFERENCE_COMMANDS = (
    ("python", "clean_data.py"),
    ("python", "train_test_split.py"),
    ("python", "train.py"),
    ("python", "evaluate.py", "train"),
    ("python", "evaluate.py", "test"),
)
OURS, THEIRS = "ours", "reference"

# A side makes its own copy in the folder it is given and returns one sample for each comparison.
Side = Callable[[Path], list[Sample]]


class UnmeasurableError(Exception):
    """The project has nothing to measure yet; the message says what is missing."""


@dataclass(frozen=True)
class Comparison:
    """One line of the table: what is compared, and the goals for ours / reference."""

    label: str
    goal: float
    target: float | None = None


@dataclass(frozen=True)
class Benchmark:
    """The two sides of a measurement and what each of their samples stands for."""

    name: str
    comparisons: tuple[Comparison, ...]
    ours: Side
    reference: Side


Results = dict[str, list[list[Sample]]]


def clone_project(folder: Path) -> tuple[Path, dict[str, str]]:
    """Clone HEAD into a folder and put the raw CSV in place.

    The sources are compiled, as any second run finds them; Python never caches the reference's
    scripts, since they are what it was started with.

    Returns:
        The clone and the environment for its commands.
    """
    clone = folder / "project"
    variables = environment(folder)
    run(("git", "clone", "--quiet", str(ROOT), str(clone)), folder, variables)
    shutil.copy2(ROOT / RAW, clone / RAW)
    compileall.compile_dir(clone / "src", quiet=1)
    # The environment's editable install points at the work tree, not at this clone.
    return clone, variables | {"PYTHONPATH": str(clone / "src")}


def copy_reference(folder: Path) -> tuple[Path, dict[str, str]]:
    """Copy the reference's scripts into a folder and put the raw CSV in place.

    Returns:
        The copy and the environment for its commands.
    """
    copy = folder / "reference"
    shutil.copytree(REFERENCE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / REFERENCE_RAW).parent.mkdir(parents=True)
    shutil.copy2(ROOT / RAW, copy / REFERENCE_RAW)
    return copy, environment(folder)


def publish_reference(folder: Path) -> Path:
    """Make the Git and DVC repository that the reference's runs are cloned from."""
    repository, variables = copy_reference(folder)
    shutil.copy2(ROOT / f"{RAW}.dvc", repository / f"{REFERENCE_RAW}.dvc")
    author = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
    for command in (
        ("git", "init", "--quiet"),
        ("dvc", "init", "--quiet"),
        ("git", "add", "--all"),
        ("git", *author, "commit", "--quiet", "--message", "The reference"),
    ):
        run(command, repository, variables)
    return repository


def kedro_run(folder: Path) -> list[Sample]:
    """Measure `kedro run` in a fresh clone."""
    clone, variables = clone_project(folder)
    return [timed([("kedro", "run")], clone, variables)]


def reference_scripts(folder: Path) -> list[Sample]:
    """Measure the reference's five scripts, one after the other."""
    copy, variables = copy_reference(folder)
    return [timed(REFERENCE_COMMANDS, copy, variables)]


def dvc_repro(folder: Path) -> list[Sample]:
    """Measure `dvc repro` in a fresh clone of the project, from nothing and again."""
    clone, variables = clone_project(folder)
    if not (clone / "dvc.yaml").exists():
        raise UnmeasurableError("There is no dvc.yaml in HEAD yet.")
    return _repro_twice(clone, variables)


def reference_repro(folder: Path, repository: Path) -> list[Sample]:
    """Measure `dvc repro` in a fresh clone of the reference, from nothing and again."""
    clone = folder / "reference"
    variables = environment(folder)
    run(("git", "clone", "--quiet", str(repository), str(clone)), folder, variables)
    shutil.copy2(ROOT / RAW, clone / REFERENCE_RAW)
    return _repro_twice(clone, variables)


def _repro_twice(clone: Path, variables: dict[str, str]) -> list[Sample]:
    """Measure a first `dvc repro`, which runs every stage, and a second one, which runs none."""
    # A clone of ours brings a lock, one of the reference does not: equal starts.
    (clone / "dvc.lock").unlink(missing_ok=True)
    return [timed([("dvc", "repro")], clone, variables) for _ in range(2)]


def benchmarks(chosen: str, folder: Path) -> list[Benchmark]:
    """Return the benchmarks of a command-line choice: `run`, `dvc` or `all`."""
    made: list[Benchmark] = []
    if chosen in ("run", "all"):
        comparison = Comparison("kedro run / five scripts", goal=0.9, target=0.5)
        made.append(Benchmark("run", (comparison,), kedro_run, reference_scripts))
    if chosen in ("dvc", "all"):
        comparisons = (
            Comparison("dvc repro, from nothing", goal=1.5, target=1.0),
            Comparison("dvc repro, nothing to do", goal=1.1),
        )
        reference = functools.partial(reference_repro, repository=publish_reference(folder))
        made.append(Benchmark("dvc", comparisons, dvc_repro, reference))
    return made


def measure(benchmark: Benchmark, repetitions: int, folder: Path) -> Results:
    """Run both sides in turn.

    Ours is left out, with a sentence that says why, as soon as it cannot be measured.

    Args:
        benchmark: What to run.
        repetitions: How often; the first time is a warm-up and is not counted.
        folder: Where the temporary copies go.

    Returns:
        For each side, the samples of each counted repetition.
    """
    sides = {OURS: benchmark.ours, THEIRS: benchmark.reference}
    results: Results = {OURS: [], THEIRS: []}
    for repetition in range(repetitions):
        for name in sorted(sides, reverse=repetition % 2 == 1):
            note(f"{benchmark.name}, {repetition + 1} of {repetitions}: {name}")
            try:
                samples = _in_new_folder(sides[name], folder)
            except (CommandFailedError, UnmeasurableError) as error:
                if name == THEIRS:
                    raise
                note(f"{error} Only the reference is measured.")
                del sides[OURS]
                results[OURS] = []
                continue
            if repetition > 0:
                results[name].append(samples)
    return results


def _in_new_folder(side: Side, parent: Path) -> list[Sample]:
    """Let a side work in a folder that exists only for it."""
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        return side(Path(folder))


HEADER = (
    *("seconds", ""),
    *("ours", "min", "max"),
    *("reference", "min", "max"),
    *("ratio", "goal", "target"),
)
GAP = "–"


def rows(benchmark: Benchmark, results: Results) -> list[tuple[str, ...]]:
    """Return two rows for each comparison: wall-clock, which the goals are for, and CPU."""
    made: list[tuple[str, ...]] = []
    for index, comparison in enumerate(benchmark.comparisons):
        ours, theirs = ([run[index] for run in results[name]] for name in (OURS, THEIRS))
        wall = _numbers([sample.wall for sample in ours], [sample.wall for sample in theirs])
        cpu = _numbers([sample.cpu for sample in ours], [sample.cpu for sample in theirs])
        target = GAP if comparison.target is None else f"{comparison.target:.1f}"
        made.append((comparison.label, "wall", *wall, f"{comparison.goal:.1f}", target))
        made.append((comparison.label, "CPU", *cpu, GAP, GAP))
    return made


def _numbers(ours: Sequence[float], reference: Sequence[float]) -> tuple[str, ...]:
    """Return the cells for both sides and for their ratio."""
    return (*summary(ours), *summary(reference), ratio(ours, reference))


def summary(values: Sequence[float]) -> tuple[str, str, str]:
    """Return the median, smallest and largest value as text."""
    if not values:
        return GAP, GAP, GAP
    return f"{median(values):.2f}", f"{min(values):.2f}", f"{max(values):.2f}"


def ratio(ours: Sequence[float], reference: Sequence[float]) -> str:
    """Return the ratio of the medians as text."""
    return f"{median(ours) / median(reference):.2f}" if ours and reference else GAP


def table(lines: Sequence[Sequence[str]]) -> str:
    """Return rows, the first of which is the header, as an aligned Markdown table."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = [
        "-" * width if index < 2 else "-" * (width - 1) + ":" for index, width in enumerate(widths)
    ]
    return "\n".join(_table_line(line, widths) for line in [lines[0], rule, *lines[1:]])


def _table_line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Return one table line: the first two cells to the left, numbers to the right."""
    padded = [
        cell.ljust(width) if index < 2 else cell.rjust(width)
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"| {' | '.join(padded)} |"


def machine() -> str:
    """Return one line on the machine: processor, cores, load, Python."""
    load = os.getloadavg()[0]
    return (
        f"{processor()}, {os.cpu_count()} cores, load {load:.1f} at the start, "
        f"Python {platform.python_version()}"
    )


def processor() -> str:
    """Return the processor's name, as far as the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def commit() -> str:
    """Return the measured commit, and whether the work tree holds more than that."""
    head = _git("rev-parse", "--short", "HEAD")
    changed = _git("status", "--porcelain")
    return f"commit {head}" + (", without the uncommitted changes" if changed else "")


def _git(*arguments: str) -> str:
    """Return what a Git command says about the project."""
    command = ["git", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def note(text: str) -> None:
    """Tell whoever waits what goes on, outside the table."""
    print(text, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Measure the project against the reference.")
    parser.add_argument("benchmark", nargs="?", choices=("run", "dvc", "all"), default="all")
    parser.add_argument(
        "--repetitions",
        type=repetitions,
        default=5,
        metavar="N",
        help="runs of each side, at least 2; the first is a warm-up (default: 5)",
    )
    return parser.parse_args()


def repetitions(text: str) -> int:
    """Return the number of repetitions that a command-line text stands for."""
    number = int(text)
    if number < 2:
        raise argparse.ArgumentTypeError("at least 2, the first is a warm-up")
    return number


def main() -> None:
    """Measure what the command line asks for and print the table."""
    options = arguments()
    if not (ROOT / RAW).exists():
        sys.exit(f"{RAW} is missing: `make run` fetches it.")
    heading = f"{machine()}; {commit()}; median of {options.repetitions - 1} runs"
    lines: list[tuple[str, ...]] = [HEADER]
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        try:
            for benchmark in benchmarks(options.benchmark, folder):
                lines += rows(benchmark, measure(benchmark, options.repetitions, folder))
        except CommandFailedError as error:
            sys.exit(f"The reference cannot be measured: {error}")
    print(heading, table(lines), sep="\n\n")


if __name__ == "__main__":
    main()
