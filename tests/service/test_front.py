"""An endpoint alone, with faults that a client cannot bring about."""

import asyncio
import json
from typing import Any

import pytest
from starlette.types import Message

from spam_classifier.serving import front
from spam_classifier.serving.front import Endpoint
from spam_classifier.serving.schemas import Answer, TextRequest

HELLO, SLOW, FAIL = (b'{"text": "%s"}' % text for text in (b"hello", b"slow", b"fail"))
LONG_AND_SLOW = SLOW + b" " * front.QUICK_BYTES
GONE: Message = {"type": "http.disconnect"}


def part(content: bytes, *, more: bool = False) -> Message:
    """Return a part of a body."""
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
    """An error in the service gives a 500; the log has its place, not its message."""
    assert ask(part(FAIL)) == (500, {"error": front.FAILED})
    assert "RuntimeError in" in caplog.text
    assert "quetzal" not in caplog.text


@pytest.mark.parametrize("messages", [[part(b"{", more=True)], [part(LONG_AND_SLOW), part(b"")]])
def test_work_is_dropped_when_the_client_leaves(messages: list[Message]) -> None:
    """The layers around get a status of its own."""
    assert ask(*messages, GONE)[0] == 499


@pytest.mark.parametrize("content", [LONG_AND_SLOW, SLOW])
def test_work_is_dropped_when_the_time_is_over(content: bytes) -> None:
    """The client gets a 504."""
    sentence = "There was no answer within 0.05 seconds."
    assert ask(part(content), timeout=0.05) == (504, {"error": sentence})


def test_slow_bodies_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body whose rest does not come gets a 408."""
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
