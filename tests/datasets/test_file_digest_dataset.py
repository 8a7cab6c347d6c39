"""The digest of a file."""

from pathlib import Path

from spam_classifier.datasets.file_digest_dataset import FileDigestDataset


def test_digest_is_the_md5_of_the_bytes(tmp_path: Path) -> None:
    """It is what `md5sum` prints."""
    path = tmp_path / "file"
    path.write_bytes(b"hello\n")
    assert FileDigestDataset(filepath=str(path)).load() == "b1946ac92492d2347c6235b4d2611184"


def test_digest_of_a_folder_is_that_of_its_listing(tmp_path: Path) -> None:
    """It is what `md5sum * | md5sum` prints."""
    (tmp_path / "b.csv").write_bytes(b"hello\n")
    (tmp_path / "a.csv").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    for name in ("_SUCCESS", ".gitkeep", "README.md"):  # no raw files
        (tmp_path / name).write_text(name)
    digest = FileDigestDataset(filepath=str(tmp_path)).load()
    assert digest == "848306d61e294c30603191f380667ac1"


def test_digest_with_further_files_is_that_of_their_listing(tmp_path: Path) -> None:
    """Without any it is the file's own."""
    path, extra = tmp_path / "b.csv", tmp_path / "extra"
    path.write_bytes(b"hello\n")
    extra.mkdir()
    dataset = FileDigestDataset(filepath=str(path), extra=str(extra))
    assert dataset.load() == "b1946ac92492d2347c6235b4d2611184"
    (extra / "x.csv").write_bytes(b"more\n")
    assert dataset.load() == "9ee1170a6338079946222c06ce4b3951"


def test_digest_exists_with_its_file(tmp_path: Path) -> None:
    """Kedro is told whether the file is there."""
    dataset = FileDigestDataset(filepath=str(tmp_path / "file"))
    assert not dataset.exists()
    (tmp_path / "file").touch()
    assert dataset.exists()
