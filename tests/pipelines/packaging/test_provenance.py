"""What is known about the code and the libraries of a run."""

import subprocess
from pathlib import Path

import pytest

from spam_classifier.pipelines.packaging import provenance


def git(folder: Path, *arguments: str) -> str:
    author = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    command = ["git", "-C", str(folder), *author, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a Git repository with one commit, from whose `src` the code pretends to come."""
    for name in ("src/code.py", "data/metrics.json"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("1", encoding="utf-8")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "src/code.py"))
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "is_dirty"),
    [
        pytest.param("src/code.py", True, id="code"),
        pytest.param("data/metrics.json", False, id="an output of the run"),
        pytest.param("notes", False, id="a file that Git does not know"),
    ],
)
def test_changed_code_is_dirty(repository: Path, changed: str, is_dirty: bool) -> None:
    head = git(repository, "rev-parse", "HEAD")
    assert provenance.describe_code() == {"git_revision": head, "git_dirty": False}
    (repository / changed).write_text("2", encoding="utf-8")
    assert provenance.describe_code() == {"git_revision": head, "git_dirty": is_dirty}


def test_code_without_git_has_no_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a repository, or without Git, nothing is claimed."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "code.py"))
    assert provenance.describe_code() == {}
    monkeypatch.setenv("PATH", "")
    assert provenance.describe_code() == {}
