"""An endpoint alone, with faults that a client cannot bring about."""

import asyncio
import json
import logging
from dataclasses import replace
from typing import Any

import pytest
from starlette.types import Message

from spam_classifier.serving import front as front_module
from spam_classifier.serving.front import Endpoint
from spam_classifier.serving.schemas import Answer, TextRequest

LONG = b'{"text": "slow"' + b" " * front_module.QUICK_BYTES + b"}"
GONE: Message = {"type": "http.disconnect"}


class Service:
    """Answers as a service would, and remembers whether it was stopped."""

    stopped = False

    async def predict(self, text: str) -> Answer:
        """Answer, fail or take very long."""
        if text == "fail":
            raise RuntimeError(f"cannot score {text} quetzal")
        if text == "slow":
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                self.stopped = True
                raise
        return {"result": "ham"}


@pytest.fixture
def service() -> Service:
    """Return a service."""
    return Service()


@pytest.fixture
def endpoint(service: Service) -> Endpoint:
    """Return what answers its method."""
    return Endpoint(TextRequest, service.predict, most_bytes=10_000, timeout=30)


def ask(endpoint: Endpoint, *messages: Message) -> tuple[int, Any]:
    """Send a request in parts, and return the status and the answer."""
    waiting, sent = list(messages), list[Message]()

    async def receive() -> Message:
        if not waiting:
            await asyncio.sleep(60)
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/predict", "headers": headers}
    asyncio.run(endpoint(scope, receive, send))
    return sent[0]["status"], json.loads(sent[1]["body"] or "null")


def part(content: bytes, *, more: bool = False) -> Message:
    """Return a part of a body."""
    return {"type": "http.request", "body": content, "more_body": more}


def test_bodies_may_come_in_parts(endpoint: Endpoint) -> None:
    """The parts of a body are put together."""
    assert ask(endpoint, part(b'{"text"', more=True), part(b': "a"}')) == (200, {"result": "ham"})


def test_inner_errors_are_told_without_their_message(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    """An error in the service gives a 500; the log has its place, not its message."""
    with caplog.at_level(logging.DEBUG):
        status, answered = ask(endpoint, part(b'{"text": "fail"}'))
    assert (status, list(answered)) == (500, ["error"])
    assert "RuntimeError in" in caplog.text
    assert "quetzal" not in caplog.text + str(answered)


def test_slow_bodies_are_given_up(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body whose rest does not come gets a 408."""
    monkeypatch.setattr(front_module, "BODY_SECONDS", 0.01)
    status, answered = ask(endpoint, part(b"{", more=True))
    assert status == 408
    assert "did not arrive" in answered["error"]


@pytest.mark.parametrize("messages", [[part(b"{", more=True)], [part(LONG), part(b"")]])
def test_work_is_dropped_when_the_client_leaves(
    endpoint: Endpoint, service: Service, messages: list[Message]
) -> None:
    """What nobody waits for any more ends, and the layers around get a status of its own."""
    assert ask(endpoint, *messages, GONE)[0] == 499
    assert service.stopped is (messages[0]["body"] == LONG)


@pytest.mark.parametrize("content", [LONG, b'{"text": "slow"}'])
def test_work_is_dropped_when_the_time_is_over(
    endpoint: Endpoint, service: Service, content: bytes
) -> None:
    """The client gets a 504, and nothing goes on behind its back."""
    hasty = replace(endpoint, timeout=0.05)
    assert ask(hasty, part(content)) == (504, {"error": "There was no answer within 0.05 seconds."})
    assert service.stopped


def test_too_many_waiting_bytes_are_refused(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that holds many unfinished bodies says that it is busy, and frees what it held."""
    monkeypatch.setattr(front_module, "MOST_BUFFERED_BYTES", 10)
    status, answered = ask(endpoint, part(b'{"text": "hello"}'))
    assert (status, answered["error"]) == (503, "The server is busy: try again in a second.")
    monkeypatch.setattr(front_module, "MOST_BUFFERED_BYTES", 20)
    assert ask(endpoint, part(b'{"text": "hello"}'))[0] == 200


def test_buffered_bytes_are_given_back(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answered and refused bodies, and those of clients that left, count no longer."""
    monkeypatch.setattr(front_module, "MOST_BUFFERED_BYTES", 10_100)
    for content in (b'{"text": "hello"}', b"{", b'{"text": "fail"}', LONG, b"x" * 10_001):
        ask(endpoint, part(content), GONE)
    assert ask(endpoint, part(b'{"text": "' + b"a" * 9_000 + b'"}'))[0] == 200
