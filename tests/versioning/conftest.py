"""Repositories in which every stage has run, and what a run at other parameters has to give."""

import fcntl
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from dvc_repository import MakeOnce, Repository, clone_repository
from helpers import commit_all, copy_project, read_outputs, run_kedro


@pytest.fixture(scope="session")
def make_once(tmp_path_factory: pytest.TempPathFactory) -> MakeOnce:
    """Return a function that fills a folder, once for all processes of pytest-xdist.

    It takes a name and a function to fill the folder. What is in it must not be changed.
    """
    temporary = tmp_path_factory.getbasetemp()
    shared = temporary.parent if "PYTEST_XDIST_WORKER" in os.environ else temporary

    def make(name: str, fill: Callable[[Path], None]) -> Path:
        folder = shared / name
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                folder.mkdir()
                fill(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def finished(make_once: MakeOnce, corpus: Path) -> Repository:
    """Return a clone in which `dvc repro` has run and is committed. Do not change it."""

    def fill(folder: Path) -> None:
        repository = clone_repository(folder / "project", folder / "home", corpus)
        repository.run("dvc", "repro")
        commit_all(repository.folder, "dvc repro")

    folder = make_once("finished", fill)
    return Repository(folder / "project", folder / "home")


@pytest.fixture
def repository(finished: Repository, tmp_path: Path) -> Repository:
    """Return a copy of the finished clone, to be changed."""
    return finished.copy_to(tmp_path / "project")


@pytest.fixture(scope="session")
def plain_run(
    tmp_path_factory: pytest.TempPathFactory, corpus: Path
) -> Callable[[float], dict[str, bytes]]:
    """Return a function of `test_prop` that gives the outputs of a `kedro run` without DVC."""
    project = copy_project(tmp_path_factory.mktemp("plain") / "project", corpus)

    @cache
    def outputs(test_prop: float) -> dict[str, bytes]:
        pipelines = ["data_processing", "data_science"]
        run_kedro(project, params={"test_prop": test_prop}, pipeline_names=pipelines)
        return read_outputs(project)

    return outputs
