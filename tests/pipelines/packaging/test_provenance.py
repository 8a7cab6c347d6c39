"""What is known about the code of a run."""

import subprocess
from pathlib import Path

import pytest

from helpers import commit_all
from spam_classifier.pipelines.packaging import provenance


def test_changed_code_is_dirty_and_outputs_of_the_run_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor are files that Git does not know."""
    for name in ("src/code.py", "data/metrics.json"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("1", encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    commit_all(tmp_path, "first")
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "src/code.py"))
    known = provenance.describe_code()
    assert len(known["git_revision"]) == 40
    assert not known["git_dirty"]
    for name, is_dirty in (("data/metrics.json", False), ("notes", False), ("src/code.py", True)):
        (tmp_path / name).write_text("2", encoding="utf-8")
        assert provenance.describe_code() == known | {"git_dirty": is_dirty}


def test_code_without_git_has_no_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "code.py"))
    assert provenance.describe_code() == {}
    monkeypatch.setenv("PATH", "")
    assert provenance.describe_code() == {}
