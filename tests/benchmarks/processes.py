"""What the benchmarks share: starting processes, measuring them, and printing the figures."""

import compileall
import os
import platform
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from helpers import PROJECT, RAW_CSV, SCRIPTS
from servers import Server, start

REFERENCE = Path(__file__).resolve().parent / "reference"
REFERENCE_RAW = Path("data/raw") / RAW_CSV.name
# A variable of these families, set by the caller's shell, hook or tool, would steer a measured run.
FOREIGN_PREFIXES = ("BENTOML_", "DVC_", "GIT_", "KEDRO_", "PYTHON", "XDG_")


@dataclass(frozen=True)
class Project:
    """A folder that commands run in, with the whole environment that they get."""

    folder: Path
    variables: dict[str, str]

    def run(self, *command: str) -> None:
        """Run a command of the virtual environment; the benchmark ends if it fails."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"`{' '.join(command)}` exited with {done.returncode}: {done.stderr}")

    def serve(self, *command: str, **variables: str) -> AbstractContextManager[Server]:
        """Run a server until the block ends; the port is added to its command."""
        log = self.folder / f"serve-{time.monotonic_ns()}.log"
        return start(*command, cwd=self.folder, env=self.variables | variables, log=log)


def make_environment(folder: Path) -> dict[str, str]:
    """Return the environment of a measured run: its own homes, nothing sent to anyone.

    `PYTHONDONTWRITEBYTECODE` goes with the other `PYTHON…` variables, so that both sides find
    their libraries compiled from the second run on. The number of BLAS threads stays the caller's.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN_PREFIXES)}
    home = folder / "home"
    home.mkdir()
    # Without it DVC starts a daemon that asks for updates, beside the run that is measured.
    (home / "config").write_text("[core]\nanalytics = false\ncheck_update = false\n")
    return kept | {
        "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "BENTOML_HOME": str(home / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "true",
        "DVC_GLOBAL_CONFIG_DIR": str(home),
        "DVC_SITE_CACHE_DIR": str(home / "dvc-site-cache"),
    }


def clone_project(folder: Path) -> Project:
    """Clone HEAD into a folder, compile it, and put the raw CSV in place."""
    clone = folder / "project"
    # The environment's editable install points at the work tree, not at this clone.
    variables = make_environment(folder) | {"PYTHONPATH": str(clone / "src")}
    Project(folder, variables).run("git", "clone", "--quiet", str(PROJECT), str(clone))
    shutil.copy2(PROJECT / RAW_CSV, clone / RAW_CSV)
    compileall.compile_dir(clone / "src", quiet=1)
    return Project(clone, variables)


def copy_reference(folder: Path) -> Project:
    """Copy the reference's scripts into a folder, and put the raw CSV in place."""
    copy = folder / "reference"
    shutil.copytree(REFERENCE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / REFERENCE_RAW).parent.mkdir(parents=True)
    shutil.copy2(PROJECT / RAW_CSV, copy / REFERENCE_RAW)
    return Project(copy, make_environment(folder))


class Cost:
    """What the processes that this one starts in a block cost, with their children.

    `wall` and `cpu` are seconds, `megabytes` the most that was resident at a time.
    """

    wall = cpu = megabytes = 0.0

    def __enter__(self) -> "Cost":
        self._ended = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()
        self.wall, self.cpu = -time.perf_counter(), -_measure_cpu()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall += time.perf_counter()
        self.cpu += _measure_cpu()
        self._ended.set()

    def _watch(self) -> None:
        while not self._ended.wait(0.2):
            resident = 0
            for process in psutil.Process().children(recursive=True):
                with suppress(psutil.NoSuchProcess):  # it has just ended
                    resident += process.memory_info().rss
            self.megabytes = max(self.megabytes, resident / 2**20)


def _measure_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def judge(value: float, goal: str) -> str:
    """Say whether a figure reaches its goal, such as `<= 0.6` or `>= 4`."""
    sign, number = goal.split()
    reached = value <= float(number) if sign == "<=" else value >= float(number)
    return f"goal {goal}" if reached else f"goal {goal}: MISSED"


def print_table(lines: Sequence[Sequence[str]]) -> None:
    """Print what was measured, where, and rows, the first of which is the header, as Markdown."""
    head, changed = (
        subprocess.run(["git", *command], cwd=PROJECT, capture_output=True, text=True, check=True)
        for command in (["rev-parse", "--short", "HEAD"], ["status", "--porcelain"])
    )
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f} at the end, Python {platform.python_version()}; commit "
        f"{head.stdout.strip()}{' without the uncommitted changes' * bool(changed.stdout)}\n"
    )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = ["-" * width for width in widths]
    for line in (lines[0], rule, *lines[1:]):
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        print(f"| {' | '.join(cells)} |")


def note(text: str) -> None:
    """Tell whoever waits what goes on, outside the table."""
    print(text, file=sys.stderr, flush=True)
