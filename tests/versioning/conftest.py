"""Repositories in which every stage has run and is committed."""

from pathlib import Path

import pytest

from dvc_repository import MakeOnce, Repository
from helpers import commit_all


@pytest.fixture(scope="session")
def finished(trained: Repository, make_once: MakeOnce) -> Repository:
    """Return a clone whose outputs are those that dvc.lock names. Do not change it."""

    def fill(folder: Path) -> None:
        commit_all(trained.copy_to(folder / "home").folder, "make run")

    return Repository(make_once("finished", fill) / "home")


@pytest.fixture
def repository(finished: Repository, tmp_path: Path) -> Repository:
    """Return a copy of the finished clone, to be changed."""
    return finished.copy_to(tmp_path / "home")
