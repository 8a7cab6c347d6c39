"""BentoML's settings: each does on our paths what its documentation says, or ends the start."""

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers import PATIENCE, Server, refuse_to_serve, serve

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

OURS = "services.SpamClassifier"
BODIES = {"/predict": {"text": "a"}, "/classify": {"texts": ["a"]}, "/explain": {"text": "a"}}
SHOP = {"origin": "https://shop.example"}
TRACE = "0123456789abcdef0123456789abcdef"
SETTINGS = {
    "http.cors.enabled": "true",
    "http.cors.access_control_allow_origins": "https://shop.example",
    "http.cors.access_control_allow_methods": "POST",
    "http.cors.access_control_allow_headers": "content-type",
    "http.response.trace_id": "true",
    "tracing.exporter_type": "in_memory",
    "tracing.sample_rate": "1.0",
    "traffic.timeout": "1",
    "traffic.max_concurrency": "1",
    "metrics.namespace": "shop",
    "metrics.duration.buckets": "[0.125,0.5]",
    "logging.access.skip_paths": "[/model]",
    "logging.access.request_content_length": "false",
}


def join(settings: dict[str, str]) -> str:
    """Write settings of the service as BentoML's variable has them."""
    return " ".join(f"{OURS}.{name}={value}" for name, value in settings.items())


@pytest.fixture(scope="module")
def shop(trained: Path, home: Path) -> Iterator[Server]:
    """Return a server with many settings of its own."""
    options = {"BENTOML_CONFIG_OPTIONS": join(SETTINGS)}
    with serve(trained, home, "--timeout-keep-alive", "1", **options) as running:
        yield running


# --- settings that work ----------------------------------------------------------------------


@pytest.mark.parametrize("path", BODIES)
def test_web_pages_of_an_allowed_origin_may_ask(shop: Server, path: str) -> None:
    """http.cors: the browser's question is answered, and so is the request itself."""
    asked = {"access-control-request-method": "POST"}
    asked |= {"access-control-request-headers": "content-type"}
    preflight = shop.client.options(path, headers=SHOP | asked)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-methods"] == "POST"
    answer = shop.client.post(path, headers=SHOP, json=BODIES[path])
    refusal = shop.client.post(path, headers=SHOP, json={})
    assert (answer.status_code, refusal.status_code) == (200, 400)
    for response in (preflight, answer, refusal):
        assert response.headers["access-control-allow-origin"] == SHOP["origin"]


def test_web_pages_of_other_origins_may_not_ask(shop: Server, server: Server) -> None:
    """Neither where another origin is allowed nor, by default, where none is."""
    for running, headers in ((shop, {"origin": "https://evil.example"}), (server, SHOP)):
        answer = running.client.post("/predict", headers=headers, json=BODIES["/predict"])
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", BODIES)
def test_time_and_number_of_requests_are_limited(shop: Server, path: str) -> None:
    """traffic: a request that comes slowly gets a 504; a second one meanwhile gets a 429."""
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", shop.port), timeout=PATIENCE) as connection:
        connection.sendall(f"{head}content-length: 9\r\n\r\n{{".encode())
        time.sleep(0.2)  # the server has the beginning
        assert shop.post(path, BODIES[path]).status_code == 429
        answer = ""
        while not answer.endswith("}"):  # the head may come before the body
            answer += connection.recv(10_000).decode()
    assert answer.startswith("HTTP/1.1 504 ")
    assert re.search(r'\{"error":"[^"]+"\}$', answer)


@pytest.mark.parametrize("path", BODIES)
def test_requests_are_traced(shop: Server, path: str) -> None:
    """tracing: a request joins the trace of its caller; the answer and the log tell which."""
    headers = {"traceparent": f"00-{TRACE}-0123456789abcdef-01"}
    before = shop.log.stat().st_size
    answer = shop.client.post(path, json=BODIES[path], headers=headers)
    assert answer.headers["x-bentoml-trace-id"] == TRACE
    assert "sampled=1" in shop.wait_for_line(f"trace={TRACE}", before)


def test_metrics_have_the_chosen_names_and_buckets(shop: Server) -> None:
    """metrics: namespace and buckets are those of the settings."""
    shop.post("/predict", BODIES["/predict"])
    start = r'shop_request_duration_seconds_bucket\{endpoint="/predict",.*"200",le="(.*?)"'
    buckets = re.findall(start, shop.get("/metrics").text)
    assert buckets == ["0.125", "0.5", "+Inf"]


def test_log_has_what_is_chosen(shop: Server) -> None:
    """logging.access: paths and columns can be left out."""
    shop.get("/model")
    shop.post("/predict", BODIES["/predict"])
    told = "(scheme=http,method=POST,path=/predict,type=application/json) (status=200"
    assert "path=/model" not in shop.wait_for_line(told)


def test_idle_connections_are_closed(shop: Server) -> None:
    """--timeout-keep-alive: those that never sent anything, too."""
    with socket.create_connection(("127.0.0.1", shop.port), timeout=PATIENCE) as connection:
        assert connection.recv(1) == b""


def test_metrics_and_log_can_be_turned_off(trained: Path, home: Path) -> None:
    """metrics.enabled, logging.access.enabled: what is off is not there."""
    off = join({"metrics.enabled": "false", "logging.access.enabled": "false"})
    with serve(trained, home, BENTOML_CONFIG_OPTIONS=off) as quiet:
        assert quiet.post("/predict", BODIES["/predict"]).status_code == 200
        assert quiet.get("/metrics").status_code == 404
        assert "path=" not in quiet.log.read_text(encoding="utf-8")


# --- settings that end the start -------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (f"{OURS}.workers=0", f"The setting {OURS}.workers cannot have the value that"),
        (f"{OURS}.trafic.timeout=5", f"There is no setting {OURS}.trafic.timeout: "),
        ("services.Spam.workers=2", "There is no setting services.Spam."),
        ("api_server.timeout=2", "There is no setting api_server."),
        (f"{OURS}.http.cors.enabled=true", "A setting cannot be used: To enable cors, "),
        (f"{OURS}.tracing.exporter_type=zipkin", "The tracing exporter zipkin needs settings"),
        (
            f"{OURS}.tracing.exporter_type=zipkin {OURS}.tracing.zipkin.endpoint=http://x/",
            "The tracing exporter zipkin is not installed (",
        ),
        (
            f"{OURS}.tracing.exporter_type=otlp {OURS}.tracing.otlp.endpoint=http://x/",
            "A setting cannot be used: Invalid 'api_server.tracing.otlp.protocol' value: None.",
        ),
    ],
)
def test_bad_settings_end_the_start(settings: str, reason: str, trained: Path, home: Path) -> None:
    """The sentence names the setting; nothing listens."""
    line = refuse_to_serve(trained, home, BENTOML_CONFIG_OPTIONS=settings)
    assert f"failed: {reason}" in line


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--port", "99999"), "The port is 99999: it must be from 1 to 65535."),
        (("--host", "192.0.2.1"), "cannot be used (Cannot assign requested address): choose"),
        (("--timeout", "5"), f"BentoML ignores --timeout: use the setting {OURS}.traffic.timeout."),
    ],
)
def test_bad_options_end_the_start(
    arguments: tuple[str, ...], reason: str, trained: Path, home: Path
) -> None:
    """The sentence says what is wrong and what to do."""
    assert reason in refuse_to_serve(trained, home, *arguments)


def test_taken_port_ends_the_start(server: Server, trained: Path, home: Path) -> None:
    """The sentence says what to do."""
    line = refuse_to_serve(trained, home, "--port", str(server.port))
    assert line.endswith("(Address already in use): choose another one with --host and --port.")
