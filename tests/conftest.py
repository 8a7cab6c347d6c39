"""Fixtures of several test files; the functions behind them are in helpers.py."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from hypothesis import settings

from browser import Browser, start_browser
from dvc_repository import MakeOnce, Repository, clone_repository
from helpers import PROJECT, RAW_CSV, commit_all, copy_project, fabricate_csv, run_kedro, use_store

if TYPE_CHECKING:  # distributed takes a second to import
    from distributed import Client, LocalCluster

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")


@pytest.fixture(scope="session", autouse=True)
def bento_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give the tests a Bento home of their own, which is empty at first; no usage reports."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENTOML_HOME", str(tmp_path_factory.mktemp("bentoml")))
        patch.setenv("BENTOML_DO_NOT_TRACK", "True")
        yield


@pytest.fixture
def models() -> Iterator[Path]:
    """Let a test have a Bento store, empty at first; return where its models will be."""
    with use_store() as store:
        yield store / "spam_classifier"


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Return the real raw CSV, which `make data` fetched."""
    return PROJECT / RAW_CSV


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of the project with a fabricated raw file and no outputs."""
    return copy_project(tmp_path / "project", fabricate_csv())


@pytest.fixture(scope="session")
def make_once(tmp_path_factory: pytest.TempPathFactory) -> MakeOnce:
    """Return a function that makes a folder, once for all processes of pytest-xdist.

    It takes a name and a function that makes what is in the folder, which nobody may change.
    """
    temporary = tmp_path_factory.getbasetemp()
    shared = temporary.parent if "PYTEST_XDIST_WORKER" in os.environ else temporary

    def make(name: str, fill: Callable[[Path], object]) -> Path:
        folder = shared / name
        with FileLock(shared / f"{name}.lock"):
            if not folder.exists():
                folder.mkdir()
                fill(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def finished_run(make_once: MakeOnce, corpus: Path) -> Path:
    """Return a project in which the default pipeline ran on the real corpus. Do not change it."""
    return make_once("finished_run", lambda folder: run_kedro(copy_project(folder, corpus)))


@pytest.fixture(scope="session")
def trained(make_once: MakeOnce, corpus: Path) -> Repository:
    """Return a clone of the work tree in which `make run` has run. Do not change it."""

    def fill(home: Path) -> None:
        clone = clone_repository(home, corpus)
        clone.run("make", "run")
        commit_all(clone.folder, "make run")

    return Repository(make_once("trained", fill))


@pytest.fixture(scope="session")
def cluster() -> "Iterator[LocalCluster]":
    """Return a Dask cluster of two workers."""
    from distributed import LocalCluster

    from spam_classifier.dask_engine.cluster import LOCAL_CLUSTER

    with LocalCluster(n_workers=2, **LOCAL_CLUSTER) as cluster:
        yield cluster


@pytest.fixture
def client(cluster: "LocalCluster") -> "Iterator[Client]":
    """Return the client of a cluster, as a run with `cluster: true` has it."""
    import dask

    from spam_classifier.dask_engine.cluster import connect

    with dask.config.set({"scheduler-address": cluster.scheduler_address}), connect() as client:
        yield client
        client.wait_for_workers(2)  # a test may have ended some, which the cluster logs


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a headless Chromium; skip without one."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        pytest.skip("no chromium and chromedriver: `sudo make test-tools` installs them on Debian")
    with start_browser(program, driver) as browser:
        yield browser
