"""Settings: each does what its documentation says, or ends the start with a sentence."""

import json
import re
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from http.client import HTTPResponse
from pathlib import Path

import click
import pytest
from bentoml._internal.configuration import load_config
from bentoml.exceptions import BentoMLConfigException

from servers import HOME, PATIENCE, Server, refuse_to_serve, serve
from spam_classifier.service import SpamClassifier
from spam_classifier.serving.front import ByPath, Mask
from spam_classifier.serving.startup import check_start

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

OURS = "services.SpamClassifier"
TRACING = f"{OURS}.tracing.exporter_type={{0}} {OURS}.tracing.{{0}}.endpoint=x"
HELLO = {"text": "hello"}
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


@pytest.fixture(scope="module")
def shop(trained: Path) -> Iterator[Server]:
    """Return a server with many settings of its own."""
    given = " ".join(f"{OURS}.{name}={value}" for name, value in SETTINGS.items())
    timeout = ("--timeout-keep-alive", "1")
    with serve(trained, *timeout, BENTOML_CONFIG_OPTIONS=given) as running:
        yield running


def test_cors_and_tracing_hold(shop: Server) -> None:
    asked = {"access-control-request-method": "POST"}
    asked |= {"access-control-request-headers": "content-type"}
    before = shop.log.stat().st_size
    traced = SHOP | {"traceparent": f"00-{TRACE}-0123456789abcdef-01"}
    responses = [
        shop.options("/predict", headers=SHOP | asked),
        shop.post("/predict", headers=traced, json=HELLO),
        shop.post("/predict", headers=SHOP, json={}),
    ]
    assert [response.status_code for response in responses] == [200, 200, 400]
    for response in responses:
        assert response.headers["access-control-allow-origin"] == SHOP["origin"]
    assert responses[1].headers["x-bentoml-trace-id"] == TRACE
    assert "sampled=1" in shop.wait_for_line(f"trace={TRACE}", before)


def test_limits_of_time_and_of_requests_at_a_time_hold(shop: Server) -> None:
    head = b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", shop.port), timeout=PATIENCE) as connection:
        connection.sendall(head + b"content-length: 9\r\n\r\n{")
        time.sleep(0.2)  # the server has the beginning
        assert shop.post("/predict", json=HELLO).status_code == 429
        answer = HTTPResponse(connection)
        answer.begin()
        assert answer.status == 504
        assert list(json.load(answer)) == ["error"]


def test_web_pages_of_other_origins_may_not_ask(shop: Server, server: Server) -> None:
    """Neither where another origin is allowed nor, by default, where none is."""
    for running, headers in ((shop, {"origin": "https://evil.example"}), (server, SHOP)):
        answer = running.post("/predict", headers=headers, json=HELLO)
        assert "access-control-allow-origin" not in answer.headers


def test_metrics_and_log_have_what_is_chosen(shop: Server) -> None:
    """Namespace and buckets of the metrics, paths and columns of the log."""
    shop.get("/model")
    shop.post("/predict", json=HELLO)
    told = "(scheme=http,method=POST,path=/predict,type=application/json) (status=200"
    assert "path=/model" not in shop.wait_for_line(told)
    start = r'shop_request_duration_seconds_bucket\{endpoint="/predict",.*"200",le="(.*?)"'
    assert re.findall(start, shop.get("/metrics").text) == ["0.125", "0.5", "+Inf"]


def test_idle_connections_are_closed(shop: Server) -> None:
    """--timeout-keep-alive: those that never sent anything, too."""
    with socket.create_connection(("127.0.0.1", shop.port), timeout=PATIENCE) as connection:
        assert connection.recv(1) == b""


@pytest.fixture
def give(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Return a function that gives BentoML settings of a test's own, in this process."""
    yield lambda settings: monkeypatch.setenv("BENTOML_CONFIG_OPTIONS", settings)
    monkeypatch.undo()
    SpamClassifier.inject_config()  # type: ignore[attr-defined]


@pytest.mark.filterwarnings("ignore:Overriding BentoML config:DeprecationWarning")
def test_metrics_and_log_can_be_turned_off(give: Callable[[str], None]) -> None:
    give(f"{OURS}.metrics.enabled=false {OURS}.logging.access.enabled=false")
    load_config(use_version=2)
    SpamClassifier.inject_config()  # type: ignore[attr-defined]
    served = SpamClassifier.to_asgi()  # type: ignore[attr-defined]
    assert [layer.cls for layer in served.user_middleware] == [Mask, ByPath]
    assert "/metrics" not in {getattr(route, "path", None) for route in served.routes}


@pytest.mark.filterwarnings("ignore:Overriding BentoML config:DeprecationWarning")
@pytest.mark.parametrize(
    ("given", "options", "reason"),
    [
        (f"{OURS}.trafic.timeout=5", {}, f"There is no setting {OURS}.trafic.timeout: "),
        ("services.Spam.workers=2", {}, "There is no setting services.Spam."),
        (f"{OURS}.http.cors.enabled=true", {}, "A setting cannot be used: To enable cors, "),
        (f"{OURS}.tracing.exporter_type=zipkin", {}, "The tracing exporter zipkin needs settings"),
        ("", {"port": 99999}, "The port is 99999: it must be from 1 to 65535."),
        ("", {"host": "192.0.2.1"}, "The address 192.0.2.1, port 3000, cannot be used (Cannot"),
        ("", {"timeout": 5}, "BentoML ignores --timeout: use the setting services.SpamClassifier."),
    ],
)
def test_bad_settings_and_options_are_named(
    given: str, options: dict[str, object], reason: str, give: Callable[[str], None]
) -> None:
    give(given)
    with click.Context(click.Command("serve")) as context:
        context.params = options
        with pytest.raises(BentoMLConfigException, match=f"^{re.escape(reason)}"):
            check_start(SpamClassifier)


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("SPAM_CLASSIFIER_MODEL", "spam_classifier:production", "type `kedro models promote TAG`;"),
        ("SPAM_CLASSIFIER_CHALLENGER", "spam:no", "There is no model spam:no in the Bento model"),
        ("SPAM_CLASSIFIER_FEEDBACK", "/dev/null", "of SPAM_CLASSIFIER_FEEDBACK cannot be used"),
        ("BENTOML_CONFIG_OPTIONS", f"{OURS}.workers=0", f"The setting {OURS}.workers cannot have "),
        ("BENTOML_CONFIG_OPTIONS", TRACING.format("zipkin"), "The tracing exporter zipkin is not "),
        ("BENTOML_CONFIG_OPTIONS", TRACING.format("otlp"), "A setting cannot be used: Invalid"),
        ("BENTOML_HOME", "/dev/null", "Error: The Bento home cannot be used (/dev/null is not a "),
    ],
)
def test_what_a_variable_names_must_be_there(
    variable: str, value: str, reason: str, trained: Path
) -> None:
    assert reason in refuse_to_serve(trained, **{variable: value})


def test_a_taken_port_ends_the_start(server: Server, trained: Path) -> None:
    line = refuse_to_serve(trained, "--port", str(server.port))
    assert line.endswith("(Address already in use): choose another one with --host and --port.")


def test_a_model_that_cannot_be_trusted_ends_the_start(trained: Path, tmp_path: Path) -> None:
    project = shutil.copytree(trained, tmp_path / "project")
    (model,) = project.glob(f"{HOME}/models/spam_classifier/*/spam_classifier.json")
    model.write_bytes(model.read_bytes().replace(b'"threshold":0.', b'"threshold":0.9', 1))
    line = refuse_to_serve(project)
    assert "its SHA-256 differs" in line
    assert line.endswith("type `make run` to train and store it again.")
