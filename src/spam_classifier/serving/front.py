"""The two layers of our own in BentoML's chain: the outermost, and the one that answers.

Between them are BentoML's own layers: metrics, tracing, access log, concurrency, CORS.
"""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPMethod
from typing import Any, TypeVar

from opentelemetry.trace import get_current_span
from pydantic import BaseModel
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .schemas import BodyError, read_body

logger = logging.getLogger("bentoml.access")

Result = TypeVar("Result")

METHODS = frozenset(HTTPMethod)  # any other is the client's own text, which no log may hold
OTHER_PATH = "/other"
JSON = b"application/json"
BODY_SECONDS = 10.0
TOO_SLOW = f"The body did not arrive within {BODY_SECONDS:.0f} seconds."
QUICK_BYTES = 8 * 1024  # answered in some milliseconds, in which nobody need watch the client
MOST_BUFFERED_BYTES = 64 * 1024 * 1024
BUSY = "The server is busy: try again in a second."
FAILED = "The server failed to answer; its log says where."
NOT_JSON = "The body must be JSON: send Content-Type application/json."
LEFT = 499  # what nginx logs for a client that went away
UNMASKED = "spam_classifier.unmasked"
# One thread: what needs it takes turns. More threads would only take the interpreter from the
# event loop, which answers all others meanwhile.
_aside = ThreadPoolExecutor(1, "aside")
# BentoML's pages load a tag manager from elsewhere; browsers that keep to this do not.
HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        b"frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
]


class Mask:
    """The outermost layer: hides from logs, counters and traces what a client may have made up.

    It also adds headers that keep browsers from loading, framing or guessing anything.
    """

    def __init__(self, app: ASGIApp, known_paths: Collection[str]) -> None:
        """Put the mask before an application.

        Args:
            app: The next layer.
            known_paths: The paths that may be named; any other is `OTHER_PATH`.
        """
        self._app = app
        self._known_paths = frozenset(known_paths)

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

        async def add_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                named = {name for name, _ in headers}
                headers += [header for header in HEADERS if header[0] not in named]
                message["headers"] = headers
            await send(message)

        path = scope["path"] if scope["path"] in self._known_paths else OTHER_PATH
        masked = {**scope, "path": path, "raw_path": path.encode(), "query_string": b""}
        if scope["method"] not in METHODS:
            masked["method"] = "OTHER"
        media_type = _find_media_type(scope)
        if media_type:
            kept = [header for header in scope["headers"] if header[0] != b"content-type"]
            known = media_type if media_type == JSON else b"other"
            masked["headers"] = [*kept, (b"content-type", known)]
        await self._app(masked | {UNMASKED: scope}, receive, add_headers)


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


class Front:
    """Answers the API methods, within limits and with one-sentence errors.

    BentoML's own request handling costs several times what the model does, has no limits and logs
    the text of a request. It is not there: its routes are taken out.
    """

    def __init__(
        self,
        app: ASGIApp,
        endpoints: Mapping[str, Endpoint],
        timeout: float,
        trace_id_format: str = "",
    ) -> None:
        """Put the front before an application.

        Args:
            app: Answers all paths but those of `endpoints`.
            endpoints: The API methods by their paths.
            timeout: Seconds after which a request is dropped.
            trace_id_format: How answers tell the number of their trace; empty if they do not.
        """
        self._app = app
        self._endpoints = endpoints
        self._timeout = timeout
        self._trace_id_format = trace_id_format
        self._buffered_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection.

        Args:
            scope: As ASGI defines it.
            receive: As ASGI defines it.
            send: As ASGI defines it.
        """
        scope = scope.get(UNMASKED, scope)
        endpoint = self._endpoints.get(scope["path"]) if scope["type"] == "http" else None
        if endpoint is None:
            await self._app(scope, receive, send)
            return
        try:
            _check_head(scope, endpoint)
            content = await self._answer(endpoint, receive)
            response = Response(content, media_type="application/json")
        except BodyError as error:
            response = JSONResponse({"error": str(error)}, 400)
        except HTTPException as error:
            response = JSONResponse({"error": error.detail}, error.status_code, error.headers)
        except Exception as error:  # whatever happens, its message may quote the request
            place = traceback.extract_tb(error.__traceback__)[-1]
            logger.error("%s in %s, line %d", type(error).__name__, place.filename, place.lineno)
            response = JSONResponse({"error": FAILED}, 500)
        if self._trace_id_format:
            number = get_current_span().get_span_context().trace_id
            response.headers["x-bentoml-trace-id"] = format(number, self._trace_id_format)
        await response(scope, receive, send)

    async def _answer(self, endpoint: Endpoint, receive: Receive) -> bytes:
        """Return the body of the answer."""
        body = await self._read(receive, endpoint.most_bytes)
        try:
            async with asyncio.timeout(self._timeout):
                if len(body) > QUICK_BYTES:
                    return await _while_connected(receive, _answer_long(endpoint, body))
                return to_json(await endpoint.call(**dict(read_body(body, endpoint.request))))
        except TimeoutError:
            raise self._too_slow() from None
        finally:
            self._buffered_bytes -= len(body)

    async def _read(self, receive: Receive, most_bytes: int) -> bytes:
        """Return the body, whose length stays counted in the bytes that are buffered."""
        chunks: list[bytes] = []
        size = 0
        more = True
        try:
            async with asyncio.timeout(min(BODY_SECONDS, self._timeout)):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _left()
                    chunk = message.get("body", b"")
                    chunks.append(chunk)
                    size += len(chunk)
                    self._buffered_bytes += len(chunk)
                    if size > most_bytes:
                        raise _too_large(most_bytes)
                    if self._buffered_bytes > MOST_BUFFERED_BYTES:
                        raise HTTPException(503, BUSY, {"retry-after": "1"})
                    more = message.get("more_body", False)
        except BaseException as error:
            self._buffered_bytes -= size
            if isinstance(error, TimeoutError) and self._timeout <= BODY_SECONDS:
                raise self._too_slow() from None
            if isinstance(error, TimeoutError):
                raise HTTPException(408, TOO_SLOW, {"connection": "close"}) from None
            raise
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _too_slow(self) -> HTTPException:
        return HTTPException(504, f"There was no answer within {self._timeout:g} seconds.")


async def _answer_long(endpoint: Endpoint, body: bytes) -> bytes:
    """Return the body of the answer to a request that may take a while."""
    request = await run_aside(read_body, body, endpoint.request)
    return to_json(await endpoint.call(**dict(request)))


async def _while_connected(receive: Receive, work: Coroutine[Any, Any, Result]) -> Result:
    """Return what some work returns, and drop it when the client leaves or the time is over."""

    async def leave() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    tasks = asyncio.ensure_future(work), asyncio.ensure_future(leave())
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if not tasks[0].done():
            raise _left()
        return tasks[0].result()
    finally:
        for task in tasks:
            task.cancel()


def _check_head(scope: Scope, endpoint: Endpoint) -> None:
    """Refuse a request that its method or headers already rule out."""
    if scope["method"] != "POST":
        raise HTTPException(405, "This path takes POST requests only.", {"allow": "POST"})
    if _find_media_type(scope) != JSON:
        raise HTTPException(415, NOT_JSON)
    for name, value in scope["headers"]:
        if name == b"content-length" and int(value) > endpoint.most_bytes:
            raise _too_large(endpoint.most_bytes)
        if name == b"content-encoding" and value.strip().lower() != b"identity":
            raise HTTPException(415, "The body must not be compressed.")


def _find_media_type(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"content-type":
            media_type: bytes = value.partition(b";")[0].strip().lower()
            return media_type
    return b""


def _too_large(most_bytes: int) -> HTTPException:
    return HTTPException(413, f"The body is larger than {most_bytes:,} bytes.")


def _left() -> HTTPException:
    """Return an answer that nobody gets; it ends the layers that wait for one, and is counted."""
    return HTTPException(LEFT, "The client went away.")


async def run_aside(function: Callable[..., Result], *arguments: Any) -> Result:
    """Run a function in the one thread beside the event loop, after those that wait for it already.

    Args:
        function: What to run; it never starts if the request is dropped before its turn.
        arguments: Its arguments.

    Returns:
        What it returns.
    """
    return await asyncio.get_running_loop().run_in_executor(_aside, function, *arguments)
