"""BentoML's settings: each does on our paths what its documentation says, or ends the start."""

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from bentoml.exceptions import BentoMLConfigException

from servers import PATIENCE, Server, refuse_to_serve, serve
from spam_classifier.service import SpamClassifier
from spam_classifier.serving.startup import check_start

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


@pytest.mark.parametrize("path", BODIES)
def test_settings_hold_on_each_path(path: str, shop: Server) -> None:
    """CORS, tracing, a limit of time (504) and one of requests at a time (429)."""
    asked = {"access-control-request-method": "POST"}
    asked |= {"access-control-request-headers": "content-type"}
    before = shop.log.stat().st_size
    traced = SHOP | {"traceparent": f"00-{TRACE}-0123456789abcdef-01"}
    responses = [
        shop.client.options(path, headers=SHOP | asked),
        shop.client.post(path, headers=traced, json=BODIES[path]),
        shop.client.post(path, headers=SHOP, json={}),
    ]
    assert [response.status_code for response in responses] == [200, 200, 400]
    for response in responses:
        assert response.headers["access-control-allow-origin"] == SHOP["origin"]
    assert responses[1].headers["x-bentoml-trace-id"] == TRACE
    assert "sampled=1" in shop.wait_for_line(f"trace={TRACE}", before)

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


def test_web_pages_of_other_origins_may_not_ask(shop: Server, server: Server) -> None:
    """Neither where another origin is allowed nor, by default, where none is."""
    for running, headers in ((shop, {"origin": "https://evil.example"}), (server, SHOP)):
        answer = running.client.post("/predict", headers=headers, json=BODIES["/predict"])
        assert "access-control-allow-origin" not in answer.headers


def test_metrics_and_log_have_what_is_chosen(shop: Server) -> None:
    """Namespace and buckets of the metrics, paths and columns of the log."""
    shop.get("/model")
    shop.post("/predict", BODIES["/predict"])
    told = "(scheme=http,method=POST,path=/predict,type=application/json) (status=200"
    assert "path=/model" not in shop.wait_for_line(told)
    start = r'shop_request_duration_seconds_bucket\{endpoint="/predict",.*"200",le="(.*?)"'
    assert re.findall(start, shop.get("/metrics").text) == ["0.125", "0.5", "+Inf"]


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


# --- what ends the start ---------------------------------------------------------------------


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Let BentoML have settings of a test's own, in this process."""
    yield monkeypatch
    monkeypatch.undo()
    SpamClassifier.inject_config()  # type: ignore[attr-defined]


@pytest.mark.filterwarnings("ignore:Overriding BentoML config:DeprecationWarning")
@pytest.mark.parametrize(
    ("given", "options", "reason"),
    [
        (f"{OURS}.trafic.timeout=5", {}, f"There is no setting {OURS}.trafic.timeout: "),
        ("services.Spam.workers=2", {}, "There is no setting services.Spam."),
        ("api_server.timeout=2", {}, "There is no setting api_server."),
        (f"{OURS}.http.cors.enabled=true", {}, "A setting cannot be used: To enable cors, "),
        (f"{OURS}.tracing.exporter_type=zipkin", {}, "The tracing exporter zipkin needs settings"),
        ("", {"port": 99999}, "The port is 99999: it must be from 1 to 65535."),
        ("", {"host": "192.0.2.1"}, "The address 192.0.2.1, port 3000, cannot be used (Cannot"),
        ("", {"timeout": 5}, "BentoML ignores --timeout: use the setting services.SpamClassifier."),
    ],
)
def test_bad_settings_and_options_are_named(
    given: str, options: dict[str, object], reason: str, settings: pytest.MonkeyPatch
) -> None:
    """The sentence says what is wrong and what to do."""
    settings.setenv("BENTOML_CONFIG_OPTIONS", given)
    with click.Context(click.Command("serve")) as context:
        context.params = options
        with pytest.raises(BentoMLConfigException, match=f"^{re.escape(reason)}"):
            check_start(SpamClassifier)


ZIPKIN, OTLP = (f"{OURS}.tracing.exporter_type={name}" for name in ("zipkin", "otlp"))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (f"{OURS}.workers=0", f"The setting {OURS}.workers cannot have the value that"),
        (
            f"{ZIPKIN} {OURS}.tracing.zipkin.endpoint=http://x/",
            "The tracing exporter zipkin is not",
        ),
        (f"{OTLP} {OURS}.tracing.otlp.endpoint=http://x/", "A setting cannot be used: Invalid"),
    ],
)
def test_bad_settings_end_the_start(given: str, reason: str, trained: Path, home: Path) -> None:
    """Nothing listens."""
    line = refuse_to_serve(trained, home, BENTOML_CONFIG_OPTIONS=given)
    assert f"failed: {reason}" in line


def test_a_taken_port_ends_the_start(server: Server, trained: Path, home: Path) -> None:
    """The sentence says what to do."""
    line = refuse_to_serve(trained, home, "--port", str(server.port))
    assert line.endswith("(Address already in use): choose another one with --host and --port.")
