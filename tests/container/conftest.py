"""A project with a model in the store, and the bento that `make bento` exported."""

import shutil
from pathlib import Path
from subprocess import CompletedProcess
from typing import NamedTuple

import pytest

from helpers import PROJECT, run_command
from servers import train


class Exported(NamedTuple):
    """A trained project in which `make bento` was typed."""

    project: Path
    home: Path

    @property
    def folder(self) -> Path:
        """Where the bento is."""
        return self.project / "bento"

    def make(self, *arguments: str, **variables: str) -> CompletedProcess[str]:
        """Run `make` in the project, with the environment as it is installed."""
        return run_command(
            *("make", "--assume-old=.venv/installed", *arguments),
            cwd=self.project,
            env={"BENTOML_HOME": str(self.home)} | variables,
        )


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Exported:
    """Return a trained project in which `make bento` was typed."""
    home = tmp_path_factory.mktemp("bentoml-of-the-container")
    project = train(tmp_path_factory.mktemp("container") / "project", home, corpus)
    for name in ("Makefile", "README.md", "docker-compose.yaml"):
        shutil.copy(PROJECT / name, project)
    (project / ".venv").symlink_to(PROJECT / ".venv")
    made = Exported(project, home)
    done = made.make("bento")
    assert done.returncode == 0, done.stdout + done.stderr
    return made
