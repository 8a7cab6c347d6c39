"""A file or folder is either the old one or the whole new one, and links are replaced."""

import gc
from collections.abc import Callable
from contextlib import suppress
from io import TextIOBase
from pathlib import Path
from typing import Any

import fsspec
import pytest

from spam_classifier.storage import (
    AtomicFile,
    make_part_folder,
    remove_parts,
    replace_folder,
    restore_folder,
    use_atomic_writes,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file with the content `old`, alone in its folder; writes are atomic."""
    use_atomic_writes()
    path = tmp_path / "folder" / "file.csv"
    path.parent.mkdir()
    path.write_text("old")
    return path


def test_two_writers_do_not_meet(path: Path) -> None:
    with AtomicFile(path) as first:
        first.write(b"first")
        first.flush()
        with AtomicFile(path) as second:
            second.write(b"second")
            assert path.read_text() == "old"
        assert path.read_text() == "second"
    assert path.read_text() == "first"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_cannot_be_opened_is_told_by_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        AtomicFile(tmp_path / "missing/file.csv")


@pytest.mark.parametrize("link", [Path.symlink_to, Path.hardlink_to])
def test_a_link_is_replaced_and_not_written_through(
    link: Callable[[Path, Path], None], path: Path
) -> None:
    """DVC links files to its cache, in symlinks or hard links."""
    linked = path.with_name("linked.csv")
    link(linked, path)
    with fsspec.filesystem("file").open(linked, "wb") as file:
        file.write(b"new")
    assert linked.read_text() == "new"
    assert not linked.is_symlink()
    assert path.read_text() == "old"


@pytest.mark.parametrize(
    "opener",
    [
        AtomicFile,
        lambda path: fsspec.filesystem("local").open(path, "w"),
        lambda path: fsspec.open(str(path), "wb"),
        lambda path: fsspec.filesystem("file").open(path, "wb", compression="gzip"),
        lambda path: fsspec.open(str(path), "wb", compression="xz"),
    ],
)
def test_a_file_is_dropped_when_its_block_raises(opener: Callable[[Path], Any], path: Path) -> None:
    with suppress(ZeroDivisionError), opener(path) as file:
        file.write("ne" if isinstance(file, TextIOBase) else b"ne")
        file.flush()
        raise ZeroDivisionError
    gc.collect()
    assert path.read_text() == "old"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_fsspec_opens_is_renamed_when_it_is_closed(path: Path) -> None:
    path = path.parent / "08_reporting" / "metrics.json"
    file = fsspec.filesystem("file").open(path, "w")
    file.write("né\n")
    assert not path.exists()
    file.close()
    assert path.read_bytes() == b"n\xc3\xa9\n"


def test_a_file_may_be_written_while_an_older_error_is_handled(path: Path) -> None:
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        with fsspec.open(str(path), "w", encoding="utf-8") as file:
            file.write("new")
    assert path.read_text() == "new"


@pytest.mark.parametrize("compression", ["gzip", "bz2", "xz"])
def test_compression_is_fsspecs_own(compression: str, path: Path) -> None:
    """Its wrappers leave some files to be closed when nobody holds them."""
    with fsspec.filesystem("file").open(path, "wb", compression=compression) as file:
        file.write(b"new")
    with fsspec.open(str(path), "rb", compression=compression) as file:
        assert file.read() == b"new"


def test_a_transaction_of_fsspecs_writes_at_its_end(path: Path) -> None:
    files = fsspec.filesystem("file")
    with files.transaction:
        with files.open(path, "wb") as file:
            file.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"


@pytest.mark.parametrize("renames", [0, 1, 2])
def test_a_kill_at_any_point_of_a_replacement_loses_no_folder(
    renames: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is killed after so many of its renames; then the next run starts, and ends."""
    target = tmp_path / "table"
    target.mkdir()
    (target / "part").write_text("old")
    new = target.with_name(".table.0123456789abcdef.part")
    new.mkdir()
    (new / "part").write_text("new")
    steps = iter([Path.rename] * renames)

    def rename_or_die(path: Path, other: Path) -> Path:
        return next(steps)(path, other)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename_or_die)
        patch.setattr("shutil.rmtree", lambda _: next(steps))
        with pytest.raises(StopIteration):
            replace_folder(new, target)
    restore_folder(target)
    assert (target / "part").read_text() == ("new" if renames == 2 else "old")
    remove_parts(target)
    assert list(target.parent.iterdir()) == [target]


def test_only_what_killed_runs_left_of_the_same_target_is_removed(path: Path) -> None:
    others = [path, *(path.with_name(f".{name}.0123456789abcdef.part") for name in ("file", "x"))]
    for other in others:
        other.touch()
    with make_part_folder(path) as folder, AtomicFile(path) as file:
        left = Path(file.name)
    left.touch()
    folder.mkdir()
    remove_parts(path)
    assert sorted(path.parent.iterdir()) == sorted(others)
