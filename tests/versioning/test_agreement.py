"""`dvc repro` and `kedro run` do the same, and `kedro run` leaves DVC's cache alone."""

import hashlib
import os
from pathlib import Path

import pytest

from dvc_repository import PlainRun, Repository
from helpers import RAW_CSV

pytestmark = pytest.mark.slow

# Drops root's power to write to files that are read-only, as DVC's cache is.
WITHOUT_PRIVILEGES = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
USERS = {"whoever tests": (), "an ordinary owner": WITHOUT_PRIVILEGES}


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


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("cache_type", ["copy", "hardlink", "symlink"])
def test_a_trial_run_leaves_the_cache_as_it_is(
    cache_type: str, user: str, repository: Repository, plain_run: PlainRun
) -> None:
    if USERS[user] and os.geteuid() != 0:
        pytest.skip("only root has privileges to drop")
    repository.run("dvc", "config", "cache.type", cache_type)
    repository.run("dvc", "checkout", "--relink", "--force")
    model = repository.folder / "data/06_models/spam_classifier.json"
    assert is_linked(model) == (cache_type != "copy")
    pipelines = "data_processing,data_science"
    command = ("kedro", "run", "--pipelines", pipelines, "--params", "test_prop=0.2")
    repository.run(*USERS[user], *command)
    assert find_damaged_files(repository.folder / ".dvc/cache") == []
    assert repository.read_outputs() == plain_run(0.2)


@pytest.mark.parametrize("cache_type", ["hardlink", "symlink"])
def test_without_privileges_a_linked_output_really_is_read_only(
    cache_type: str, repository: Repository
) -> None:
    """Otherwise the test above would prove nothing about ordinary users."""
    if os.geteuid() != 0:
        pytest.skip("only root has privileges to drop")
    repository.run("dvc", "config", "cache.type", cache_type)
    repository.run("dvc", "checkout", "--relink", "--force")
    script = f"echo >> '{RAW_CSV}'"
    done = repository.try_run(*WITHOUT_PRIVILEGES, "sh", "-c", script)
    assert "Permission denied" in done.stderr


def test_kedro_dvc_check_finds_no_drift(repository: Repository) -> None:
    assert repository.run("kedro", "dvc-check") == "dvc.yaml and the Kedro pipeline agree.\n"
