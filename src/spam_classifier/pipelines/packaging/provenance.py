"""Where a model comes from: the code's revision, the libraries and the parameters."""

import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic import BaseModel

LIBRARIES = ("bentoml", "kedro", "numpy", "pandas", "scikit-learn", "scipy", "spam-classifier")


def describe_code() -> dict[str, Any]:
    """Return `git_revision` and `git_dirty` of the project, empty where there is no Git.

    What a run writes does not make the revision dirty: files below `data` are left out, and so
    are files that Git does not know.
    """
    try:
        changes = _git(
            "status", "--porcelain", "--untracked-files=no", "--", ":/", ":(top,exclude)data"
        )
        return {"git_revision": _git("rev-parse", "HEAD"), "git_dirty": bool(changes)}
    except (OSError, subprocess.CalledProcessError):
        return {}


def describe_libraries() -> dict[str, str]:
    """Return the versions of Python and of the libraries that make a model."""
    versions = {name: metadata.version(name) for name in LIBRARIES}
    return {"python": platform.python_version()} | versions


def describe_parameters(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of a run as plain data; Kedro hands over groups as pydantic models."""
    return {
        name: value.model_dump() if isinstance(value, BaseModel) else value
        for name, value in parameters.items()
    }


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(Path(__file__).parent), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
