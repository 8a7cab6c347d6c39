"""A project with a model in the store, and the bento that `make bento` exported."""

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from helpers import PROJECT, run_command
from servers import train


class Exported(NamedTuple):
    """A trained project in which `make bento` was typed, and its Bento home."""

    project: Path
    home: Path


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Exported:
    """Return a trained project in which `make bento` was typed."""
    home = tmp_path_factory.mktemp("bentoml-of-the-container")
    project = train(tmp_path_factory.mktemp("container") / "project", home, corpus)
    for name in ("Makefile", "README.md", "docker-compose.yaml"):
        shutil.copy(PROJECT / name, project)
    (project / ".venv").symlink_to(PROJECT / ".venv")
    command = ("make", "--assume-old=.venv/installed", "bento")
    done = run_command(*command, cwd=project, env={"BENTOML_HOME": str(home)})
    assert done.returncode == 0, done.stdout + done.stderr
    return Exported(project, home)
