"""What the service refuses: at once, with one sentence, and ready for the next request."""

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPResponse
from pathlib import Path

import httpx
import pytest

from helpers import SCRIPTS
from servers import Server

pytestmark = pytest.mark.slow

LONG = "a" * 10_001
SENTENCES = [
    pytest.param("/predict", {}, "The field text is missing.", id="missing field"),
    pytest.param("/predict", {"text": None}, "The field text must be a text.", id="null"),
    pytest.param("/predict", {"text": 5}, "The field text must be a text.", id="number"),
    pytest.param("/predict", {"text": ["a"]}, "The field text must be a text.", id="list"),
    pytest.param("/predict", {"text": {}}, "The field text must be a text.", id="object"),
    pytest.param(
        "/predict",
        {"text": "a", "lang": "en"},
        "There is no field lang; the body has just the field text.",
        id="extra field",
    ),
    pytest.param(
        "/predict",
        {"text": ""},
        "The field text is empty: it needs 1 to 10,000 characters.",
        id="empty text",
    ),
    pytest.param(
        "/predict",
        {"text": LONG},
        "The field text is longer than 10,000 characters.",
        id="long text",
    ),
    pytest.param(
        "/predict", [], "The body must be a JSON object with the field text.", id="empty list"
    ),
    pytest.param(
        "/predict", "a", "The body must be a JSON object with the field text.", id="bare text"
    ),
    pytest.param("/explain", {}, "The field text is missing.", id="nothing to explain"),
    pytest.param("/classify", {}, "The field texts is missing.", id="nothing to classify"),
    pytest.param(
        "/classify", {"texts": "a"}, "The field texts must be a list of texts.", id="one text"
    ),
    pytest.param(
        "/classify", {"texts": ["a", 1]}, "The field texts[1] must be a text.", id="number in list"
    ),
    pytest.param(
        "/classify",
        {"texts": ["a", LONG]},
        "The field texts[1] is longer than 10,000 characters.",
        id="long text in list",
    ),
    pytest.param(
        "/classify",
        {"texts": ["a"] * 1001},
        "The field texts has more than 1,000 texts.",
        id="many texts",
    ),
    pytest.param(
        "/classify",
        {"texts": ["a" * 1_001] * 1000},
        "The field texts has more than 1,000,000 characters in all.",
        id="many characters",
    ),
]


@pytest.fixture(autouse=True)
def next_request_is_answered(server: Server) -> Iterator[None]:
    """Ask a good question after each bad one."""
    yield
    assert server.post("/predict", {"text": "hello"}).status_code == 200


def sentence_of(response: httpx.Response) -> str:
    """Return the sentence of a refusal, after checking that there is nothing else."""
    assert response.headers["content-type"] == "application/json"
    answer = response.json()
    assert list(answer) == ["error"]
    sentence: str = answer["error"]
    return sentence


@pytest.mark.parametrize(("path", "body", "sentence"), SENTENCES)
def test_wrong_fields_are_named(server: Server, path: str, body: object, sentence: str) -> None:
    """A body of another form gets a 400 and a sentence that names the field."""
    response = server.post(path, body)
    assert (response.status_code, sentence_of(response)) == (400, sentence)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="no body"),
        pytest.param(b'{"text": "a"', id="cut off"),
        pytest.param(b"text=a", id="a form"),
        pytest.param(b'{"text": "\xff\xfe"}', id="not UTF-8"),
        pytest.param(rb'{"text": "\ud800"}', id="a lone surrogate"),
        pytest.param(b'{"text": ' + b"[" * 5000 + b"]" * 5000 + b"}", id="deep nesting"),
    ],
)
def test_broken_json_is_refused(server: Server, body: bytes) -> None:
    """A body that is no JSON gets a 400 and a sentence that says so."""
    response = server.post_bytes("/predict", body)
    assert response.status_code == 400
    assert sentence_of(response).startswith("The body is not JSON with the field text: ")


@pytest.mark.parametrize("path", ["/predict", "/explain"])
def test_longest_text_is_answered(server: Server, path: str) -> None:
    """Exactly 10,000 characters pass, as many bytes as they may take."""
    assert server.post(path, {"text": "£" * 10_000}).status_code == 200


def test_largest_list_is_answered(server: Server) -> None:
    """Exactly 1,000 texts of 1,000,000 characters together pass."""
    response = server.post("/classify", {"texts": ["free £1 " * 125] * 1000})
    assert len(response.json()) == 1000


def resident_megabytes(server: Server) -> float:
    """Return the largest amount of memory that any worker ever held."""
    status = [Path(f"/proc/{pid}/status").read_text(encoding="utf-8") for pid in server.workers()]
    peaks = [line.split()[1] for text in status for line in text.splitlines() if "VmHWM" in line]
    return max(map(int, peaks)) / 1024


@pytest.mark.parametrize("megabytes", [20, 110])
@pytest.mark.parametrize("path", ["/predict", "/explain", "/classify"])
@pytest.mark.parametrize("chunked", [False, True])
def test_large_bodies_are_refused_at_once(
    server: Server, path: str, megabytes: int, chunked: bool
) -> None:
    """20 and 110 MB get a 413 within a second, and the server's memory stays flat."""
    before = resident_megabytes(server)
    block = b"a" * 1_000_000
    body = (block for _ in range(megabytes)) if chunked else block * megabytes
    started = time.monotonic()
    response = server.post_bytes(path, body)
    assert time.monotonic() - started < 5
    assert response.status_code == 413
    assert "The body is larger than" in sentence_of(response)
    assert resident_megabytes(server) < before + 20


def test_pickles_are_refused(server: Server) -> None:
    """BentoML's own pickle format is none that the service reads."""
    response = server.post_bytes("/predict", b"", content_type="application/vnd.bentoml+pickle")
    assert response.status_code == 415
    assert "application/json" in sentence_of(response)


def test_compressed_bodies_are_refused(server: Server) -> None:
    """A few bytes cannot unpack to many."""
    response = server.post_bytes("/predict", b"", content_encoding="gzip")
    assert response.status_code == 415


def test_unknown_paths_are_refused(server: Server) -> None:
    """A path that is not there gets a 404 with one sentence."""
    response = server.get("/nowhere")
    assert (response.status_code, sentence_of(response)) == (404, "There is no such path.")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/predict"), ("PUT", "/classify"), ("DELETE", "/model")]
)
def test_wrong_methods_are_refused(server: Server, method: str, path: str) -> None:
    """Another method gets a 405 that names the right one."""
    response = httpx.request(method, server.url + path)
    assert response.status_code == 405
    assert response.headers["allow"]
    assert sentence_of(response)


def test_half_sent_requests_end(server: Server) -> None:
    """A body that never comes gets a 408 in some seconds, and holds nobody else up."""
    head = b"POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-length: 20\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=15) as connection:
        connection.sendall(head + b'{"te')
        assert server.post("/predict", {"text": "hello"}).status_code == 200
        answer = HTTPResponse(connection)
        answer.begin()
        assert answer.status == 408
        assert "error" in json.load(answer)


def test_clients_that_go_away_do_no_harm(server: Server) -> None:
    """A connection that closes in the middle of a body is forgotten."""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 20\r\n\r\n{")


def test_many_connections_at_once_are_answered(server: Server) -> None:
    """200 clients at the same time get an answer each."""
    with ThreadPoolExecutor(200) as pool:
        answers = pool.map(lambda _: server.post("/predict", {"text": "hello"}), range(200))
        assert {answer.status_code for answer in answers} <= {200, 429, 503}


def test_schemathesis_finds_no_fault(server: Server, tmp_path: Path) -> None:
    """Requests made up from the OpenAPI document get the answers that it promises."""
    command = [str(SCRIPTS / "schemathesis"), "run", f"{server.url}/docs.json"]
    command += ["--checks", "all", "--max-examples", "40", "--seed", "1", "--no-color"]
    command += ["--generation-database", "none"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
