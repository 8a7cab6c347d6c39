"""A Git and DVC repository of this project, in which every stage has run once."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers import RAW_CSV, clone_work_tree, commit_all, run_command

# A variable of one of these families would steer DVC and Git from outside.
FOREIGN_PREFIXES = ("AWS_", "DVC_", "GIT_", "PYTHONDONTWRITEBYTECODE")

MakeRepository = Callable[[], Path]


@pytest.fixture(scope="session", autouse=True)
def homes(tmp_path_factory: pytest.TempPathFactory, model_store: Path) -> None:
    """Keep what DVC, Git and Kedro read and write outside a repository away from the user's."""
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text("[user]\nname = reader\nemail = reader@example.org\n")
    patch = pytest.MonkeyPatch()
    for name in os.environ:
        if name.startswith(FOREIGN_PREFIXES):
            patch.delenv(name)
    patch.setenv("HOME", str(home))
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    patch.setenv("DVC_SITE_CACHE_DIR", str(home / "dvc"))
