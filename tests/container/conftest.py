"""One trained project and one exported bento for all tests of the container."""

import shutil
from pathlib import Path

import pytest

from container.exported import Exported
from helpers import PROJECT
from servers import train


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
