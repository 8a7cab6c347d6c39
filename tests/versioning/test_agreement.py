"""`dvc repro` and `kedro run` do the same, and `kedro run` leaves DVC's cache alone."""

import hashlib
from pathlib import Path

import pytest

from dvc_repository import PlainRun, Repository

pytestmark = pytest.mark.slow


def find_damaged_files(cache: Path) -> list[Path]:
    """Return the files of a DVC cache that are not what their name, an MD5, says."""
    files = [path for path in (cache / "files/md5").rglob("*") if path.is_file()]
    assert len(files) > 10
    return [
        path
        for path in files
        if hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        != path.parent.name + path.name
    ]


def is_linked(path: Path) -> bool:
    return path.is_symlink() or path.stat().st_nlink > 1


def test_repro_makes_the_bytes_of_a_plain_run(finished: Repository, plain_run: PlainRun) -> None:
    assert finished.read_outputs() == plain_run(0.4)


def test_after_a_trial_run_repro_brings_the_committed_outputs_back(
    repository: Repository, finished: Repository
) -> None:
    repository.run("kedro", "run", "--params", "test_prop=0.2")
    assert repository.read_outputs() != finished.read_outputs()
    repository.run("dvc", "repro")
    assert repository.read_outputs() == finished.read_outputs()
    assert repository.run("git", "status", "--porcelain") == ""


def test_after_a_repro_there_is_nothing_to_do(repository: Repository) -> None:
    assert repository.run("dvc", "status") == "Data and pipelines are up to date.\n"
    assert "Running stage" not in repository.run("dvc", "repro")


@pytest.mark.parametrize("cache_type", ["hardlink", "symlink"])
def test_a_trial_run_does_not_write_through_the_links_of_the_cache(
    cache_type: str, repository: Repository, plain_run: PlainRun
) -> None:
    repository.run("dvc", "config", "cache.type", cache_type)
    repository.run("dvc", "checkout", "--relink", "--force")
    assert is_linked(repository.folder / "data/05_model_input/test_messages.csv")
    command = ("kedro", "run", "--tags", "train_test_split", "--params", "test_prop=0.2")
    repository.run(*command)
    assert find_damaged_files(repository.folder / ".dvc/cache") == []
    written = "05_model_input/test_messages.csv"
    assert repository.read_outputs()[written] == plain_run(0.2)[written]


def test_kedro_dvc_check_finds_no_drift(repository: Repository) -> None:
    assert repository.run("kedro", "dvc-check") == "dvc.yaml and the Kedro pipeline agree.\n"
