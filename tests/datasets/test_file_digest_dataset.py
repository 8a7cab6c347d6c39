"""The digest of raw data is what `md5sum` prints."""

from pathlib import Path

import pytest

from spam_classifier.datasets.raw_folder_datasets import FileDigestDataset

HELLO = "b1946ac92492d2347c6235b4d2611184"


@pytest.mark.parametrize(
    ("name", "extra", "digest"),
    [
        pytest.param("b.csv", None, HELLO, id="a file"),
        pytest.param("b.csv", "none", HELLO, id="a file without further ones"),
        pytest.param("b.csv", "extra", "9ee1170a6338079946222c06ce4b3951", id="with further ones"),
        pytest.param("", None, "848306d61e294c30603191f380667ac1", id="md5sum * | md5sum"),
    ],
)
def test_the_digest_of_a_file_is_its_md5_and_of_several_that_of_their_listing(
    name: str, extra: str | None, digest: str, tmp_path: Path
) -> None:
    """A folder holds two raw files, others that are none, and a folder of further ones."""
    (tmp_path / "b.csv").write_bytes(b"hello\n")
    (tmp_path / "a.csv").touch()
    for other in ("_SUCCESS", ".gitkeep", "README.md"):
        (tmp_path / other).write_text(other)
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra/x.csv").write_bytes(b"more\n")
    further = extra and str(tmp_path / extra)
    assert FileDigestDataset(filepath=str(tmp_path / name), extra=further).load() == digest
