"""Our layers in BentoML's chain, and an endpoint with faults that a client cannot bring about."""

import asyncio
import json
from typing import Any

import bentoml
import pytest
import uvicorn.config
from starlette.types import Message
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from spam_classifier.service import SpamClassifier
from spam_classifier.serving import front
from spam_classifier.serving.front import Endpoint
from spam_classifier.serving.http_protocol import HttpProtocol
from spam_classifier.serving.schemas import Answer, TextRequest

HELLO, SLOW, FAIL = (b'{"text": "%s"}' % text for text in (b"hello", b"slow", b"fail"))
LONG_AND_SLOW = SLOW + b" " * front.QUICK_BYTES
PATHS = {"/predict", "/classify", "/explain"}
GONE: Message = {"type": "http.disconnect"}


def part(content: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": content, "more_body": more}


async def predict(text: str) -> Answer:
    """Answer, fail or take very long, as a service might."""
    if text == "fail":
        raise RuntimeError(f"cannot score {text} quetzal")
    if text == "slow":
        await asyncio.sleep(60)
    return {"result": "ham"}


def ask(*messages: Message, timeout: float = 30) -> tuple[int, Any]:
    """Send a request in parts, return the status and the answer; no work may go on after it."""
    waiting, sent = list(messages), list[Message]()

    async def receive() -> Message:
        if not waiting:
            await asyncio.sleep(60)
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    async def serve() -> None:
        await Endpoint(TextRequest, predict, 10_000, timeout)(scope, receive, send)
        await asyncio.sleep(0.01)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/predict", "headers": headers}
    asyncio.run(serve())
    return sent[0]["status"], json.loads(sent[1]["body"] or "null")


def test_inner_errors_are_told_without_their_message(caplog: pytest.LogCaptureFixture) -> None:
    assert ask(part(FAIL)) == (500, {"error": front.FAILED})
    assert "RuntimeError in" in caplog.text
    assert "quetzal" not in caplog.text


@pytest.mark.parametrize("messages", [[part(b"{", more=True)], [part(LONG_AND_SLOW), part(b"")]])
def test_work_is_dropped_when_the_client_leaves(messages: list[Message]) -> None:
    assert ask(*messages, GONE)[0] == 499


@pytest.mark.parametrize("content", [LONG_AND_SLOW, SLOW])
def test_work_is_dropped_when_the_time_is_over(content: bytes) -> None:
    sentence = "There was no answer within 0.05 seconds."
    assert ask(part(content), timeout=0.05) == (504, {"error": sentence})


def test_bodies_whose_rest_does_not_come_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "BODY_SECONDS", 0.01)
    status, answered = ask(part(b"{", more=True))
    assert status == 408
    assert "did not arrive" in answered["error"]


def test_too_many_waiting_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bodies that were answered or refused, or whose client left, count no longer."""
    monkeypatch.setattr(front, "MOST_BUFFERED_BYTES", 10_100)
    for content in (HELLO, b"{", FAIL, LONG_AND_SLOW, b"x" * 10_001):
        ask(part(content), GONE)
    assert ask(part(HELLO, more=True), part(b" " * 9_000)) == (200, {"result": "ham"})
    monkeypatch.setattr(front, "MOST_BUFFERED_BYTES", 10)
    assert ask(part(HELLO)) == (503, {"error": "The server is busy: try again in a second."})


def test_routes_and_layers_are_those_of_bentoml_and_ours() -> None:
    """Nothing leads to BentoML's own handlers; three of its layers have nothing to do."""
    plain = bentoml.Service.to_asgi(SpamClassifier)
    served = SpamClassifier.to_asgi()  # type: ignore[attr-defined]
    assert {getattr(route, "path", None) for route in plain.routes} >= PATHS
    assert PATHS.isdisjoint(getattr(route, "path", None) for route in served.routes)
    layers = ["Mask", "RunnerTrafficMetricsMiddleware", "AccessLogMiddleware", "ByPath"]
    assert [layer.cls.__name__ for layer in served.user_middleware] == layers
    assert served.user_middleware[-1].kwargs["endpoints"].keys() == PATHS


def test_internals_are_where_they_were() -> None:
    """A new BentoML or uvicorn that moves one of them fails here, with its name."""
    from bentoml._internal.configuration import load_config
    from bentoml._internal.configuration.containers import BentoMLContainer
    from bentoml._internal.configuration.helpers import get_default_config
    from bentoml._internal.context import server_context
    from bentoml._internal.utils.analytics import usage_stats

    SpamClassifier.inject_config()  # type: ignore[attr-defined]
    SpamClassifier.to_asgi()  # type: ignore[attr-defined]
    assert {"traffic", "workers", "http"} <= get_default_config(2)["services"].keys()
    assert callable(load_config)
    assert callable(usage_stats.do_not_track.cache_clear)
    assert server_context.worker_index is None
    for name in ("tracer_provider", "duration_buckets", "prometheus_multiproc_dir"):
        assert hasattr(BentoMLContainer, name)
    assert BentoMLContainer.tracing.exporter_type.get() is None
    assert BentoMLContainer.http.response.trace_id.get() is False
    assert BentoMLContainer.api_server_config.traffic.timeout.get() == 30
    assert {"inject_config", "to_asgi"} <= vars(bentoml.Service).keys()
    overridden = {"_should_upgrade", "handle_websocket_upgrade", "send_400_response"}
    assert overridden <= vars(HttpToolsProtocol).keys()
    assert uvicorn.config.HTTP_PROTOCOLS["auto"].endswith(HttpProtocol.__name__)
