"""The front alone, with faults that a client cannot bring about."""

import asyncio
import json
import logging
from typing import Any

import pytest
from starlette.types import Message, Scope

from spam_classifier.serving import front as front_module
from spam_classifier.serving.front import Endpoint, Front
from spam_classifier.serving.metrics import Instruments
from spam_classifier.serving.schemas import Answer, TextRequest


async def answer(text: str) -> Answer:
    """Answer as a service would."""
    if text == "fail":
        raise RuntimeError(f"cannot score {text} quetzal")
    return Answer(result="ham")


async def application(scope: Scope, receive: Any, send: Any) -> None:
    """Stand for BentoML."""
    raise AssertionError("not asked")


@pytest.fixture
def front() -> Front:
    """Return a front with one endpoint."""
    endpoint = Endpoint(TextRequest, answer, most_bytes=100)
    return Front(application, {"/predict": endpoint}, frozenset(), Instruments("test", "1"))


def ask(front: Front, *messages: Message, method: str = "POST") -> tuple[int, Any]:
    """Send a request in parts, and return the status and the answer."""
    waiting, sent = list(messages), list[Message]()

    async def receive() -> Message:
        if not waiting:
            await asyncio.sleep(60)
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": "/predict", "headers": []}
    asyncio.run(front(scope, receive, send))
    return (sent[0]["status"], json.loads(sent[1]["body"])) if sent else (0, None)


def part(content: bytes, *, more: bool = False) -> Message:
    """Return a part of a body."""
    return {"type": "http.request", "body": content, "more_body": more}


def test_bodies_may_come_in_parts(front: Front) -> None:
    """The parts of a body are put together."""
    assert ask(front, part(b'{"text"', more=True), part(b': "a"}')) == (200, {"result": "ham"})


def test_inner_errors_are_told_without_their_message(
    front: Front, caplog: pytest.LogCaptureFixture
) -> None:
    """An error in the service gives a 500; the log has its place, not its message."""
    with caplog.at_level(logging.DEBUG):
        status, answered = ask(front, part(b'{"text": "fail"}'))
    assert (status, list(answered)) == (500, ["error"])
    assert "RuntimeError in" in caplog.text
    assert "quetzal" not in caplog.text + str(answered)


def test_a_method_that_nobody_knows_is_not_logged(
    front: Front, caplog: pytest.LogCaptureFixture
) -> None:
    """Some HTTP parsers take any word for a method."""
    with caplog.at_level(logging.DEBUG):
        status, _ = ask(front, part(b'{"text": "a"}'), method="QUETZAL")
    assert status == 405
    assert "other /predict 405" in caplog.text
    assert "QUETZAL" not in caplog.text


def test_slow_bodies_are_given_up(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body whose rest does not come gets a 408."""
    monkeypatch.setattr(front_module, "BODY_SECONDS", 0.01)
    status, answered = ask(front, part(b"{", more=True))
    assert status == 408
    assert "did not arrive" in answered["error"]


def test_clients_that_leave_get_no_answer(front: Front) -> None:
    """Nothing is sent to a client that is gone."""
    assert ask(front, part(b"{", more=True), {"type": "http.disconnect"}) == (0, None)


def test_too_many_waiting_bytes_are_refused(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that holds many unfinished bodies says that it is busy, and frees what it held."""
    monkeypatch.setattr(front_module, "MOST_BUFFERED_BYTES", 10)
    status, answered = ask(front, part(b'{"text": "hello"}'))
    assert (status, answered["error"]) == (503, "The server is busy: try again in a second.")
    monkeypatch.setattr(front_module, "MOST_BUFFERED_BYTES", 20)
    assert ask(front, part(b'{"text": "hello"}'))[0] == 200


def test_buffered_bytes_are_given_back(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answered and refused bodies count no longer."""
    monkeypatch.setattr(front_module, "MOST_BUFFERED_BYTES", 120)
    for content in (b'{"text": "hello"}', b"{", b'{"text": "fail"}', b"x" * 101):
        ask(front, part(content))
    assert ask(front, part(b'{"text": "' + b"a" * 88 + b'"}'))[0] == 200
