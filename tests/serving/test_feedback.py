"""What is kept of requests, and how it is deleted."""

import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from spam_classifier.errors import UserError
from spam_classifier.serving import feedback

MODEL = "spam_classifier:one"
# Adds corrections one after the other, and tells of each that is acknowledged.
ADD_FOR_EVER = """
import sys, pathlib
from spam_classifier.serving.feedback import add_correction
for number in range(100_000):
    add_correction(pathlib.Path(sys.argv[1]), f"text {number} " * 100, "spam", "ham", 0.1, "m:1")
    print(number, flush=True)
"""


def add(folder: Path, text: str, label: str = "spam") -> int:
    return feedback.add_correction(folder, text, label, "ham", 0.25, MODEL)


def read(folder: Path) -> list[tuple[str, str]]:
    """Return text and label of each correction."""
    with feedback.open_feedback(folder) as connection:
        return connection.execute("SELECT text, label FROM corrections ORDER BY id").fetchall()


def test_a_text_with_a_label_counts_once(tmp_path: Path) -> None:
    first, again, other = add(tmp_path, "a"), add(tmp_path, "a"), add(tmp_path, "a", "ham")
    assert first == again != other
    assert read(tmp_path) == [("a", "spam"), ("a", "ham")]


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    with feedback.open_feedback(folder) as connection:
        connection.execute(feedback.ADD_CORRECTION, (0.0, "a", "spam", "ham", 0.1, MODEL))
        modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert len(modes) == 3
    assert set(modes.values()) == {0o600}


def test_a_thread_leaves_the_locks_of_another_alone(tmp_path: Path) -> None:
    """Else another process takes the server's log for left over, and deletes it."""
    with feedback.open_feedback(tmp_path) as connection:
        connection.execute(feedback.ADD_CORRECTION, (0.0, "a", "spam", "ham", 0.1, MODEL))
        with feedback.open_feedback(tmp_path):
            pass
        read_elsewhere = (
            "import sqlite3, sys; other = sqlite3.connect(sys.argv[1]);"
            "other.execute('SELECT count(*) FROM corrections').fetchone(); other.close()"
        )
        file = tmp_path / feedback.FILE_NAME
        subprocess.run([sys.executable, "-c", read_elsewhere, file], check=True)
        assert file.with_name(f"{file.name}-wal").exists()


def test_what_is_too_old_is_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(feedback.DAYS_VARIABLE, "1.5")
    now = time.time()
    with monkeypatch.context() as past:
        past.setattr(time, "time", lambda: now - 2 * feedback.SECONDS_A_DAY)
        add(tmp_path, "old")
    add(tmp_path, "new")
    assert read(tmp_path) == [("new", "spam")]


@pytest.mark.parametrize("days", ["1e6", "1e12"])  # before the year 0, and beyond any clock
def test_a_very_long_retention_deletes_nothing(
    days: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(feedback.DAYS_VARIABLE, days)
    add(tmp_path, "a")
    feedback.check_folder(tmp_path)
    assert read(tmp_path) == [("a", "spam")]


@pytest.mark.parametrize("days", ["0", "-1", "nan", "inf", "soon"])
def test_a_retention_that_is_no_number_of_days_is_refused(
    days: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(feedback.DAYS_VARIABLE, days)
    with pytest.raises(UserError, match="a number of days above 0"):
        feedback.check_folder(tmp_path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / feedback.FILE_NAME).write_bytes(b"no database" * 100)
    with pytest.raises(UserError, match="cannot be used"):
        feedback.check_folder(tmp_path)


def test_what_is_forgotten_is_in_no_file_any_more(tmp_path: Path) -> None:
    numbers = [add(tmp_path, f"secret {n}") for n in range(4)]
    with feedback.open_feedback(tmp_path) as server:  # which keeps SQLite's log
        server.execute("SELECT count(*) FROM corrections").fetchone()
        server.commit()
        assert feedback.forget(tmp_path, number=numbers[0]) == 1
        assert feedback.forget(tmp_path, text="secret 1") == 1
        assert feedback.forget(tmp_path, text="unknown") == 0
        assert read(tmp_path) == [("secret 2", "spam"), ("secret 3", "spam")]
        assert feedback.forget(tmp_path, days=0) == 2
        assert not any(b"secret" in path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.slow
def test_a_killed_process_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ADD_FOR_EVER, tmp_path], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        acknowledged = [process.stdout.readline() for _ in range(20)]
        process.kill()
    assert len(read(tmp_path)) >= len(acknowledged)


@pytest.mark.slow
def test_a_full_disk_refuses_and_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    """A limit on the size of files stands for it."""
    done = subprocess.run(
        [sys.executable, "-c", ADD_FOR_EVER, tmp_path],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 17, 1 << 17)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "sqlite3.OperationalError" in done.stderr
    acknowledged = done.stdout.split()
    assert acknowledged
    assert [text.split()[1] for text, _ in read(tmp_path)] == acknowledged
