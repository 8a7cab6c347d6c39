"""`dvc repro` and `kedro run` do the same, and `kedro run` leaves DVC's cache alone."""

import hashlib
from pathlib import Path

import pytest

from dvc_repository import Repository

pytestmark = pytest.mark.slow

WRITTEN = "05_model_input/test_messages.csv"


def test_a_trial_run_does_not_write_through_the_links_of_the_cache(repository: Repository) -> None:
    """And the next `dvc repro` brings the committed outputs back."""
    before = repository.read_outputs()
    repository.run("dvc", "config", "cache.type", "symlink")
    repository.run("dvc", "checkout", "--relink", "--force")
    path = repository.folder / "data" / WRITTEN
    assert path.is_symlink()
    repository.run("kedro", "run", "--tags", "train_test_split", "--params", "test_prop=0.2")
    assert repository.read_outputs()[WRITTEN] != before[WRITTEN]
    assert find_damaged_files(repository.folder / ".dvc/cache") == []
    repository.run("dvc", "repro", "train_test_split")
    assert repository.read_outputs() == before
    assert repository.run("git", "status", "--porcelain", "data") == ""


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
