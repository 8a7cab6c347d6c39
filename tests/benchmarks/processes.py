"""Run whole processes and measure them: time and memory, children included."""

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

SCRIPTS = Path(sys.executable).parent

# A variable of these families, set by the caller's shell, hook or tool, would steer a measured run.
FOREIGN_PREFIXES = ("BENTOML_", "DVC_", "GIT_", "KEDRO_", "PYTHON", "XDG_")


class CommandFailedError(Exception):
    """A measured command ended with an exit code other than 0, or could not be started."""


@dataclass(frozen=True)
class Sample:
    """What one measured run cost, in seconds."""

    wall: float
    cpu: float


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a measured run: its own homes, nothing sent to anyone.

    `PYTHONDONTWRITEBYTECODE` goes with the other `PYTHON…` variables, so that both sides find
    their libraries compiled from the second run on. The number of BLAS threads stays the caller's.

    Args:
        folder: A folder of this run alone; homes and caches are made in it.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN_PREFIXES)}
    home = folder / "home"
    dvc_config = home / "dvc"
    dvc_config.mkdir(parents=True)
    # Without it DVC starts a daemon that asks for updates, beside the run that is measured.
    (dvc_config / "config").write_text("[core]\nanalytics = false\ncheck_update = false\n")
    return kept | {
        "PATH": os.pathsep.join([str(SCRIPTS), os.environ.get("PATH", os.defpath)]),
        "HOME": str(home),
        "BENTOML_HOME": str(home / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "true",
        "DO_NOT_TRACK": "1",
        "DVC_GLOBAL_CONFIG_DIR": str(dvc_config),
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(home / "dvc-site-cache"),
        "KEDRO_DISABLE_TELEMETRY": "1",
    }


def run(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> None:
    """Run one command to its end.

    Args:
        command: The program, looked up beside the running interpreter first, and its arguments.
        folder: The working directory.
        variables: The whole environment.

    Raises:
        CommandFailedError: The command failed; the message ends with its last line of output.
    """
    beside = SCRIPTS / command[0]
    program = str(beside) if beside.exists() else command[0]
    try:
        done = subprocess.run(
            [program, *command[1:]],
            cwd=folder,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise CommandFailedError(f"`{' '.join(command)}` cannot be started: {error}") from error
    if done.returncode != 0:
        last = (done.stdout.strip() or "no output").splitlines()[-1]
        raise CommandFailedError(f"`{' '.join(command)}` exited with {done.returncode}: {last}")


def timed(commands: Sequence[Sequence[str]], folder: Path, variables: Mapping[str, str]) -> Sample:
    """Run commands one after the other and return what they cost together."""
    cpu_before, before = _children_cpu(), time.perf_counter()
    for command in commands:
        run(command, folder, variables)
    return Sample(wall=time.perf_counter() - before, cpu=_children_cpu() - cpu_before)


def _children_cpu() -> float:
    """Return the CPU seconds, user and system, of every child that has ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Peak:
    """The memory of this process's children and theirs, watched while a block runs.

    Each process counts with the most that was ever resident (VmHWM), so that the sum is an upper
    bound of what they took at a time.
    """

    SECONDS = 0.2

    def __init__(self) -> None:
        self._kilobytes: dict[int, int] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @property
    def megabytes(self) -> float:
        """The sum so far."""
        return sum(self._kilobytes.values()) / 1024

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(self.SECONDS):
            for pid in _list_descendants(os.getpid()):
                if kilobytes := _high_water(pid):
                    self._kilobytes[pid] = kilobytes


def _list_descendants(pid: int) -> Iterator[int]:
    """Yield the children of a process, and theirs."""
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = file.read_text(encoding="ascii").split()
        except OSError:  # it has ended
            continue
        for child in map(int, children):
            yield child
            yield from _list_descendants(child)


def _high_water(pid: int) -> int:
    """Return the most kilobytes that were resident; 0 of a process that has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0
    return int((status.partition("VmHWM:")[2].split() or ["0"])[0])
