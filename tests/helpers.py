"""What several test files share: a copy of the project, and runs of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.runner import AbstractRunner

PROJECT = Path(__file__).parents[1]
RAW_CSV = Path("data/01_raw/SPAM text message 20170820 - Data.csv")
SCRIPTS = Path(sys.executable).parent


def copy_project(folder: Path, raw_csv: Path | bytes | None = None) -> Path:
    """Make a copy of the project's code and settings, with a raw CSV of choice.

    Args:
        folder: Where to put it; made if needed.
        raw_csv: A file to copy, the content of a file, or None for a project without one.

    Returns:
        The folder.
    """
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("conf", "src"):
        shutil.copytree(PROJECT / name, folder / name, ignore=ignored, dirs_exist_ok=True)
    for name in ("pyproject.toml", ".telemetry"):
        shutil.copy(PROJECT / name, folder / name)
    target = folder / RAW_CSV
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(raw_csv, bytes):
        target.write_bytes(raw_csv)
    elif raw_csv is not None:
        shutil.copy(raw_csv, target)
    return folder


def run_kedro(
    project: Path,
    *,
    env: str | None = None,
    params: dict[str, Any] | None = None,
    runner: AbstractRunner | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Run the project's pipeline in this process.

    Args:
        project: The project's folder.
        env: The Kedro environment.
        params: Runtime parameters, as `--params` has them; nested groups as dictionaries.
        runner: A Kedro runner; sequential by default.
        options: Further arguments of `KedroSession.run`.
    """
    bootstrap_project(project)
    session = KedroSession.create(project, env=env, runtime_params=params)
    with session:
        return session.run(runner=runner, **options)


def run_command(
    *arguments: str | Path, cwd: Path, env: dict[str, str] | None = None, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run a command of the virtual environment, such as `kedro run`, as a user would.

    Args:
        arguments: The command and its arguments.
        cwd: The folder to run it in.
        env: Variables to add to the environment.
        timeout: Seconds after which it is an error.

    Returns:
        The finished process, with `stdout` and `stderr` as text.
    """
    path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [str(argument) for argument in arguments],
        cwd=cwd,
        env=os.environ | {"PATH": path} | (env or {}),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def read_outputs(project: Path) -> dict[str, bytes]:
    """Return the content of every file that a run wrote, by its path below `data`."""
    folder = project / "data"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "01_raw" not in path.parts
    }
