"""What is known about the code and the libraries of a run."""

import subprocess
from pathlib import Path

import pytest

from spam_classifier import provenance


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a Git repository with one commit, from whose `src` the code pretends to come."""
    for name in ("src/code.py", "data/metrics.json"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("1", encoding="utf-8")
    author = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "first"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "src/code.py"))
    return tmp_path


def test_clean_tree_has_a_revision(repository: Path) -> None:
    """The revision is HEAD's, and nothing is dirty."""
    command = ["git", "rev-parse", "HEAD"]
    head = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True)
    code = provenance.describe_code()
    assert code == {"git_revision": head.stdout.strip(), "git_dirty": False}


def test_changed_code_is_dirty(repository: Path) -> None:
    """A changed file that Git knows makes the tree dirty."""
    (repository / "src/code.py").write_text("2", encoding="utf-8")
    assert provenance.describe_code()["git_dirty"] is True


def test_outputs_of_the_run_are_not_dirty(repository: Path) -> None:
    """What a run writes below data, and files that Git does not know, do not count."""
    (repository / "data/metrics.json").write_text("2", encoding="utf-8")
    (repository / "notes").touch()
    assert provenance.describe_code()["git_dirty"] is False


def test_code_without_git_has_no_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a repository, or without Git, nothing is claimed."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "code.py"))
    assert provenance.describe_code() == {}
    monkeypatch.setenv("PATH", "")
    assert provenance.describe_code() == {}


def test_versions_of_the_libraries_are_known() -> None:
    """Python's and those of the libraries that make a model."""
    assert {"python", "scikit-learn", "numpy"} <= set(provenance.describe_libraries())
