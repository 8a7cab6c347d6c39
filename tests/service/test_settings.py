"""BentoML's settings: each does what its documentation says."""

import json
import re
import socket
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path

import pytest

from servers import PATIENCE, Server, serve

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("service")]

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
    given = " ".join(f"services.SpamClassifier.{name}={value}" for name, value in SETTINGS.items())
    options = {"BENTOML_CONFIG_OPTIONS": given}
    with serve(trained, "--timeout-keep-alive", "1", **options) as running:
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
