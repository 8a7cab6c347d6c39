"""What the service refuses: at once, with one sentence, and ready for the next request."""

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path

import httpx
import pytest

from helpers import SCRIPTS
from servers import PATIENCE, Server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

LONG = "a" * 10_001
EMPTY = "The field {} is an empty message: it needs a character that is not a space."
TEXT = b'{"text": "hello"}'
HEAD = b"POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
NO_OBJECT = "The body must be a JSON object with the field text."
SENTENCES = [
    ("/predict", {}, "The field text is missing."),
    ("/classify", {}, "The field texts is missing."),
    ("/predict", {"text": None}, "The field text must be a text."),
    ("/classify", {"texts": "a"}, "The field texts must be a list of texts."),
    ("/classify", {"texts": ["a", 1]}, "The field texts[1] must be a text."),
    ("/predict", {"text": "a", "b": 1}, "There is no field b; the body has just the field text."),
    ("/predict", [], NO_OBJECT),
    ("/predict", {"text": ""}, EMPTY.format("text")),
    ("/predict", {"text": " \n\u3000"}, EMPTY.format("text")),
    ("/explain", {"text": " "}, EMPTY.format("text")),
    ("/classify", {"texts": ["a", " "]}, EMPTY.format("texts[1]")),
    ("/predict", {"text": LONG}, "The field text is longer than 10,000 characters."),
    ("/classify", {"texts": ["a", LONG]}, "The field texts[1] is longer than 10,000 characters."),
    ("/classify", {"texts": ["a"] * 1001}, "The field texts has more than 1,000 texts."),
    ("/classify", {"texts": ["a"] * 5000}, "The body has more values than 1,000 texts."),
    (
        "/classify",
        {"texts": ["a" * 1_001] * 1000},
        "The field texts has more than 1,000,000 characters in all.",
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
        pytest.param(rb'{"text": "\ud800"}', id="a lone surrogate"),
        pytest.param(TEXT.decode().encode("utf-16"), id="UTF-16"),
        pytest.param(TEXT.decode().encode("utf-16-be"), id="UTF-16 without a mark"),
        pytest.param(b'{"text": "\xff\xfe"}', id="latin-1"),
        pytest.param(b'{"text": ' + b"[" * 4000 + b"]" * 4000 + b"}", id="deep nesting"),
    ],
)
def test_broken_json_is_refused(server: Server, body: bytes) -> None:
    """A body that is no JSON gets a 400 and a sentence that says so."""
    response = server.post_bytes("/predict", body)
    assert response.status_code == 400
    assert sentence_of(response).startswith("The body is not JSON in UTF-8 with the field text: ")


def test_a_byte_order_mark_is_dropped(server: Server) -> None:
    """Windows puts one before a text in UTF-8."""
    assert server.post_bytes("/predict", b"\xef\xbb\xbf" + TEXT).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"a": [' + b"[]," * 2_700_000 + b"[]]}", id="nested lists"),
        pytest.param(b'{"texts": [' + b'"",' * 2_700_000 + b'""]}', id="texts"),
        pytest.param(b'{"texts": [' + b" " * 8_000_000 + b"]}", id="spaces"),
    ],
)
def test_bodies_that_cost_the_parser_much_never_reach_it(server: Server, body: bytes) -> None:
    """Eight megabytes of brackets would take it seconds, and a hundred times as much memory."""
    response = server.post_bytes("/classify", body)
    assert response.status_code == 400
    assert sentence_of(response) == "The body has more values than 1,000 texts."


@pytest.mark.parametrize("path", ["/predict", "/explain"])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_longest_text_is_answered(server: Server, path: str, ascii_only: bool) -> None:
    """Exactly 10,000 characters pass, however many bytes they take."""
    body = json.dumps({"text": "😀" * 10_000}, ensure_ascii=ascii_only).encode()
    assert server.post_bytes(path, body).status_code == 200


def test_lists_within_the_limits_are_answered(server: Server) -> None:
    """Exactly 1,000 texts of 1,000,000 characters together pass, and none at all."""
    assert len(server.post("/classify", {"texts": ["free £1 " * 125] * 1000}).json()) == 1000
    assert server.post("/classify", {"texts": []}).json() == []


@pytest.mark.parametrize("path", ["/predict", "/explain", "/classify"])
@pytest.mark.parametrize("chunked", [False, True])
def test_large_bodies_are_refused(server: Server, path: str, chunked: bool) -> None:
    """20 MB get a 413, whether their length is told or not, and are not kept in memory."""
    (worker,) = server.workers()
    before = worker.memory_info().rss
    block = b"a" * 1_000_000
    response = server.post_bytes(path, (block for _ in range(20)) if chunked else block * 20)
    assert response.status_code == 413
    assert "The body is larger than" in sentence_of(response)
    assert worker.memory_info().rss < before + 20e6


@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": "application/vnd.bentoml+pickle"},
        {"content_type": "multipart/form-data; boundary=x"},
        {"content_type": ""},  # what any web page may send to localhost
        {"content_encoding": "gzip"},  # of which a few bytes may unpack to many
    ],
)
def test_other_media_types_are_refused(server: Server, headers: dict[str, str]) -> None:
    """Only JSON as it is gets an answer."""
    response = server.post_bytes("/predict", TEXT, **headers)
    assert response.status_code == 415
    assert sentence_of(response)


@pytest.mark.parametrize("path", ["/nowhere", "/predict/", "/predict%0A", "//explain", "/docs/"])
def test_unknown_paths_are_refused(server: Server, path: str) -> None:
    """A path that is not there gets a 404 with one sentence, and never a redirection."""
    response = server.post_bytes(path, TEXT)
    assert (response.status_code, sentence_of(response)) == (404, "There is no such path.")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/predict"), ("PUT", "/classify"), ("DELETE", "/model")]
)
def test_wrong_methods_are_refused(server: Server, method: str, path: str) -> None:
    """Another method gets a 405 that names the right one."""
    response = server.client.request(method, path)
    assert response.status_code == 405
    assert response.headers["allow"]
    assert sentence_of(response)


def send(server: Server, *parts: bytes) -> tuple[int, bytes]:
    """Send bytes, and return the status and the body of the answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(0.1)
        answer = HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read()


def test_clients_that_go_away_do_no_harm(server: Server) -> None:
    """A connection that closes in the middle of a body is forgotten."""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(HEAD + b"content-length: 20\r\n\r\n{")


@pytest.mark.parametrize("parts", [1, 2])
def test_an_offer_of_another_protocol_is_passed_over(server: Server, parts: int) -> None:
    """Java's client offers HTTP/2 with each request; it gets its answer, however it is cut."""
    offer = b"upgrade: h2c\r\nconnection: upgrade, http2-settings\r\nhttp2-settings: AAMAAABk\r\n"
    request = HEAD + offer + b"content-length: %d\r\n\r\n" % len(TEXT) + TEXT
    cut = len(request) // parts
    assert send(server, request[:cut], request[cut:]) == (200, b'{"result":"ham"}')


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(
            HEAD + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            id="two lengths",
        ),
        pytest.param(b"CONNECT x.org:80 HTTP/1.1\r\nhost: x.org\r\n\r\n", id="a tunnel"),
        pytest.param(b"QUETZAL / HTTP/1.1\r\nhost: localhost\r\n\r\n", id="a made-up method"),
    ],
)
def test_requests_that_two_servers_may_read_differently_are_refused(
    server: Server, request_: bytes
) -> None:
    """So that nobody smuggles one past a proxy."""
    assert send(server, request_)[0] == 400


def test_schemathesis_finds_no_fault(server: Server, tmp_path: Path) -> None:
    """Requests made up from the OpenAPI document get the answers that it promises."""
    command = [str(SCRIPTS / "schemathesis"), "run", f"{server.url}/docs.json"]
    command += ["--checks", "all", "--max-examples", "15", "--seed", "1", "--no-color"]
    command += ["--generation-database", "none"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
