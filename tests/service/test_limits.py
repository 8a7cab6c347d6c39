"""What the service refuses: at once, with one sentence, and ready for the next request."""

import itertools
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path

import httpx
import psutil
import pytest

from helpers import SCRIPTS
from servers import PATIENCE, Server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

TOO_MANY = "The body has more values than 1,000 texts."
NO_JSON = "The body is not JSON in UTF-8 with the field text: "
JSON = {"content-type": "application/json"}
TEXT = b'{"text": "hello"}'
HEAD = b"POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"


@pytest.fixture(autouse=True)
def next_request_is_answered(keeper: Server) -> Iterator[None]:
    """Ask a good question after each bad one."""
    yield
    assert keeper.post("/predict", json={"text": "hello"}).status_code == 200


def refusal(response: httpx.Response) -> tuple[int, str]:
    """Return the status and the sentence of a refusal, after checking that there is no more."""
    assert response.headers["content-type"] == "application/json"
    answer = response.json()
    assert list(answer) == ["error"]
    return response.status_code, answer["error"]


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("/predict", {}, "The field text is missing."),
        ("/classify", {"texts": "a"}, "The field texts must be a list of texts."),
        ("/classify", {"texts": ["a", 1]}, "The field texts[1] must be a text."),
        ("/predict", {"text": "a", "b": 1}, "There is no field b; the body has just the field"),
        ("/feedback", [], "The body must be a JSON object with the fields text and label."),
        ("/feedback", {"text": "a", "label": "junk"}, "The field label must be ham or spam."),
        ("/feedback", {"text": "a", "label": "a" * 101}, "The field label is longer than 100 char"),
        ("/predict", {"text": " \n\u3000"}, "The field text is an empty message: it needs a char"),
        ("/predict", {"text": "a" * 10_001}, "The field text is longer than 10,000 characters."),
        ("/classify", {"texts": ["a"] * 1001}, "The field texts has more than 1,000 texts."),
        ("/classify", {"texts": ["a" * 1_001] * 1000}, "The field texts has more than 1,000,000"),
        # Eight megabytes of brackets would take the parser seconds, and much memory.
        ("/classify", b'{"a": [' + b"[]," * 2_700_000 + b"[]]}", TOO_MANY),
        ("/classify", b'{"texts": [' + b'"",' * 2_700_000 + b'""]}', TOO_MANY),
        ("/predict", b"", NO_JSON),
        ("/predict", rb'{"text": "\ud800"}', NO_JSON),
        ("/predict", b'{"text": "\xff\xfe"}', NO_JSON),
        ("/predict", b'{"text": ' + b"[" * 4000 + b"]" * 4000 + b"}", NO_JSON),
    ],
    ids=itertools.count(),  # the bodies are no names
)
def test_bad_bodies_are_refused(keeper: Server, path: str, body: object, sentence: str) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    status, told = refusal(keeper.post(path, content=content, headers=JSON))
    assert (status, told[: len(sentence)]) == (400, sentence)


@pytest.mark.parametrize("path", ["/predict", "/classify"])
@pytest.mark.parametrize("chunked", [False, True])
def test_large_bodies_are_refused(keeper: Server, path: str, chunked: bool) -> None:
    """20 MB get a 413, whether their length is told or not, and are not kept in memory."""
    (worker,) = psutil.Process(keeper.process.pid).children()
    before = worker.memory_info().rss
    blocks = [b"a" * 1_000_000] * 20
    content = iter(blocks) if chunked else b"".join(blocks)
    status, told = refusal(keeper.post(path, content=content, headers=JSON))
    assert status == 413
    assert "The body is larger than" in told
    assert worker.memory_info().rss < before + 20e6


@pytest.mark.parametrize(
    ("path", "content"),
    [
        pytest.param("/predict", b"\xef\xbb\xbf" + TEXT, id="a byte-order mark, as Windows has it"),
        pytest.param("/predict", json.dumps({"text": "😀" * 10_000}).encode(), id="escapes"),
        pytest.param("/explain", f'{{"text": "{"😀" * 10_000}"}}'.encode(), id="emoji"),
        pytest.param("/classify", json.dumps({"texts": ["£1 " * 333] * 1000}).encode(), id="list"),
        pytest.param("/classify", b'{"texts": []}', id="an empty list"),
    ],
)
def test_what_is_within_the_limits_is_answered(keeper: Server, path: str, content: bytes) -> None:
    """10,000 characters pass, however many bytes they take, and 1,000 texts."""
    assert keeper.post(path, content=content, headers=JSON).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/predict", {"content-type": "application/vnd.bentoml+pickle"}, 415),
        ("POST", "/predict", {}, 415),  # what any web page may send to localhost
        ("POST", "/predict", JSON | {"content-encoding": "gzip"}, 415),  # may unpack to much
        ("POST", "/nowhere", JSON, 404),
        ("POST", "/predict/", JSON, 404),  # and never a redirection
        ("POST", "/predict%0A", JSON, 404),
        ("POST", "//explain", JSON, 404),
        ("GET", "/predict", {}, 405),
        ("DELETE", "/model", {}, 405),
    ],
)
def test_other_types_paths_and_methods_are_refused(
    keeper: Server, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    response = keeper.request(method, keeper.url + path, content=TEXT, headers=headers)
    told, sentence = refusal(response)
    assert (told, "allow" in response.headers) == (status, status == 405)
    assert status != 404 or sentence == "There is no such path."


def send(keeper: Server, *parts: bytes) -> tuple[int, bytes]:
    """Send bytes, and return the status and the body of the answer."""
    with socket.create_connection(("127.0.0.1", keeper.port), timeout=PATIENCE) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(0.1)
        answer = HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read()


@pytest.mark.parametrize("parts", [1, 2])
def test_an_offer_of_another_protocol_is_passed_over(keeper: Server, parts: int) -> None:
    """Java's client offers HTTP/2 with each request; it gets its answer, however it is cut."""
    offer = b"upgrade: h2c\r\nconnection: upgrade, http2-settings\r\nhttp2-settings: AAMAAABk\r\n"
    request = HEAD + offer + b"content-length: %d\r\n\r\n" % len(TEXT) + TEXT
    cut = len(request) // parts
    assert send(keeper, request[:cut], request[cut:]) == (200, b'{"result":"ham"}')


@pytest.mark.parametrize(
    "start",
    [
        HEAD + b"content-length: 5\r\ntransfer-encoding: chunked",  # two lengths
        b"CONNECT x.org:80 HTTP/1.1\r\nhost: x.org",
        b"QUETZAL / HTTP/1.1\r\nhost: localhost",
    ],
)
def test_requests_that_two_servers_may_read_differently_are_refused(
    keeper: Server, start: bytes
) -> None:
    """So that nobody smuggles one past a proxy."""
    assert send(keeper, start + b"\r\n\r\n0\r\n\r\n")[0] == 400


def test_schemathesis_finds_no_fault(server: Server, tmp_path: Path) -> None:
    command = [str(SCRIPTS / "schemathesis"), "run", f"{server.url}/docs.json"]
    command += ["--checks", "all", "--max-examples", "10", "--seed", "1", "--no-color"]
    command += ["--generation-database", "none"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
