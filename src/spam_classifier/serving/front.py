"""The outermost ASGI application: limits, one-sentence errors, the access log, the counters.

BentoML's own request handling costs several times what the model does: middleware for tracing,
time-outs and metrics, a request context, a request model. For the service's API methods the front
does what is needed of it in a few lines; every other path goes on to BentoML.
"""

import asyncio
import logging
import time
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPMethod
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .metrics import OTHER_PATHS, Instruments
from .schemas import explain_refusal

logger = logging.getLogger("bentoml.access")

METHODS = frozenset(HTTPMethod)  # any other is the client's own text, which no log may hold
BODY_SECONDS = 10.0
TOO_SLOW = f"The body did not arrive within {BODY_SECONDS:.0f} seconds."
MOST_BUFFERED_BYTES = 64 * 1024 * 1024
BUSY = "The server is busy: try again in a second."
# BentoML's pages load a tag manager from elsewhere; browsers that keep to this do not.
PAGE_HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
    ),
    (b"x-content-type-options", b"nosniff"),
]


@dataclass(frozen=True)
class Endpoint:
    """An API method of the service.

    Attributes:
        request: What the body must be.
        call: The method, which takes the fields of `request`.
        most_bytes: Largest body.
    """

    request: type[BaseModel]
    call: Callable[..., Awaitable[Any]]
    most_bytes: int


class RefusalError(Exception):
    """A request that is not answered.

    Attributes:
        status: The HTTP status.
        headers: Headers of the response, besides those of every response.
    """

    def __init__(
        self, status: int, sentence: str, headers: Mapping[str, str] | None = None
    ) -> None:
        """Say why.

        Args:
            status: The HTTP status, 400 or above.
            sentence: What the client gets to read.
            headers: Headers of the response.
        """
        super().__init__(sentence)
        self.status = status
        self.headers = headers or {}


class DisconnectedError(Exception):
    """The client went away before its request was complete."""


class Front:
    """Answers the API methods, and counts and logs every request.

    Nothing of a request gets into the log but its method and, if the service has it, its path.
    """

    def __init__(
        self,
        app: ASGIApp,
        endpoints: Mapping[str, Endpoint],
        known_paths: frozenset[str],
        instruments: Instruments,
    ) -> None:
        """Put the front before an application.

        Args:
            app: Answers all paths but those of `endpoints`.
            endpoints: The API methods by their paths.
            known_paths: The paths of `app` that may be named in the log and in the counters.
            instruments: The counters.
        """
        self._app = app
        self._endpoints = endpoints
        self._known_paths = known_paths
        self._instruments = instruments
        self._buffered_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection.

        Args:
            scope: As ASGI defines it.
            receive: As ASGI defines it.
            send: As ASGI defines it.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        path = scope["path"]
        endpoint = self._endpoints.get(path)
        results: Counter[str] = Counter()
        try:
            if endpoint:
                status = await self._answer(endpoint, scope, receive, send, results)
            else:
                status = await self._pass_on(scope, receive, send)
                path = path if path in self._known_paths else OTHER_PATHS
        except DisconnectedError:
            status = 499
        seconds = time.perf_counter() - started
        self._instruments.count(path, status, seconds)
        self._instruments.count_answers(results.items())
        labels = " ".join(f"{result}={number}" for result, number in results.items())
        method = scope["method"] if scope["method"] in METHODS else "other"
        logger.info("%s %s %d %.1f ms %s", method, path, status, seconds * 1e3, labels)

    async def _answer(
        self,
        endpoint: Endpoint,
        scope: Scope,
        receive: Receive,
        send: Send,
        results: Counter[str],
    ) -> int:
        """Answer a request to an API method, and return the status."""
        headers: Mapping[str, str] = {}
        try:
            _check_head(scope, endpoint)
            body = await self._read(receive, endpoint.most_bytes)
            try:
                request = endpoint.request.model_validate_json(body)
                output = await endpoint.call(**dict(request))
            finally:
                self._buffered_bytes -= len(body)
            answers = output if isinstance(output, list) else [output]
            results.update(answer.result for answer in answers)
            status, content = 200, to_json(output)
        except ValidationError as error:
            status, content = 400, _error(explain_refusal(error, endpoint.request))
        except RefusalError as error:
            status, content, headers = error.status, _error(str(error)), error.headers
        except DisconnectedError:
            raise
        except Exception as error:  # whatever happens, its message may quote the request
            place = traceback.extract_tb(error.__traceback__)[-1]
            logger.error("%s in %s, line %d", type(error).__name__, place.filename, place.lineno)
            status, content = 500, _error("The server failed to answer; its log says where.")
        await _respond(send, status, content, headers)
        return status

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> int:
        """Let the application answer, and return the status."""
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = list(message.get("headers", ()))
                named = {name for name, _ in headers}
                headers += [header for header in PAGE_HEADERS if header[0] not in named]
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, watch)
        return status

    async def _read(self, receive: Receive, most_bytes: int) -> bytes:
        """Return the body, whose length stays counted in the bytes that are buffered."""
        chunks: list[bytes] = []
        size = 0
        more = True
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise DisconnectedError
                    chunk = message.get("body", b"")
                    chunks.append(chunk)
                    size += len(chunk)
                    self._buffered_bytes += len(chunk)
                    if size > most_bytes:
                        raise _too_large(most_bytes)
                    if self._buffered_bytes > MOST_BUFFERED_BYTES:
                        raise RefusalError(503, BUSY, {"retry-after": "1"})
                    more = message.get("more_body", False)
        except BaseException as error:
            self._buffered_bytes -= size
            if isinstance(error, TimeoutError):
                raise RefusalError(408, TOO_SLOW, {"connection": "close"}) from None
            raise
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _check_head(scope: Scope, endpoint: Endpoint) -> None:
    """Refuse a request that its method or headers already rule out."""
    if scope["method"] != "POST":
        raise RefusalError(405, "This path takes POST requests only.", {"allow": "POST"})
    for name, value in scope["headers"]:
        if name == b"content-type":
            media_type = value.partition(b";")[0].strip().lower()
            if media_type != b"application/json":
                raise RefusalError(
                    415, "The body must be JSON: send Content-Type application/json."
                )
        elif name == b"content-length" and int(value) > endpoint.most_bytes:
            raise _too_large(endpoint.most_bytes)
        elif name == b"content-encoding" and value.strip().lower() != b"identity":
            raise RefusalError(415, "The body must not be compressed.")


def _too_large(most_bytes: int) -> RefusalError:
    return RefusalError(413, f"The body is larger than {most_bytes:,} bytes.")


def _error(sentence: str) -> bytes:
    return to_json({"error": sentence})


async def _respond(send: Send, status: int, content: bytes, headers: Mapping[str, str]) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(content)).encode()),
                *((name.encode(), value.encode()) for name, value in headers.items()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": content})
