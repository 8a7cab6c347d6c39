"""The bento that `make bento` exported."""

import pytest

from dvc_repository import Repository


@pytest.fixture(scope="session")
def exported(trained: Repository, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Return a trained clone in which `make bento` was typed."""
    clone = trained.copy_to(tmp_path_factory.mktemp("container") / "home")
    clone.run("make", "--assume-old=.venv/installed", "bento")
    return clone
