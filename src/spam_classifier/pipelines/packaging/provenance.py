"""Where a model comes from: the code's revision and the versions of the libraries."""

import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

LIBRARIES = ("bentoml", "kedro", "numpy", "pandas", "scikit-learn", "scipy", "spam-classifier")


def describe_code() -> dict[str, Any]:
    """Return `git_revision` and `git_dirty` of the project, empty where there is no Git.

    What a run writes does not make the revision dirty: files below `data` are left out, and so
    are files that Git does not know.
    """
    folder = Path(__file__).parent
    try:
        top = _git(folder, "rev-parse", "--show-toplevel")
        changes = _git(
            Path(top), "status", "--porcelain", "--untracked-files=no", "--", ".", ":!data"
        )
        return {"git_revision": _git(folder, "rev-parse", "HEAD"), "git_dirty": bool(changes)}
    except (OSError, subprocess.CalledProcessError):
        return {}


def describe_libraries() -> dict[str, str]:
    """Return the versions of Python and of the libraries that make a model."""
    versions = {name: metadata.version(name) for name in LIBRARIES}
    return {"python": platform.python_version()} | versions


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
