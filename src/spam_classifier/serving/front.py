"""The two layers of our own in BentoML's chain: the outermost, and the one that answers.

Between them are BentoML's own layers: metrics, tracing, access log, concurrency, CORS.
"""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPMethod
from typing import Any, ClassVar, TypeVar

from opentelemetry.trace import get_current_span
from pydantic import BaseModel
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .schemas import BodyError, read_body

logger = logging.getLogger("bentoml.access")

Result = TypeVar("Result")

METHODS = frozenset(HTTPMethod)  # any other is the client's own text, which no log may hold
OTHER_PATH = "/other"
JSON = b"application/json"
BODY_SECONDS = 10.0
QUICK_BYTES = 8 * 1024  # answered in some milliseconds, in which nobody need watch the client
MOST_BUFFERED_BYTES = 64 * 1024 * 1024
LEFT = 499  # what nginx logs for a client that went away
FAILED = "The server failed to answer; its log says where."
NOT_JSON = "The body must be JSON: send Content-Type application/json."
OUR_PAGES = ("/app", "/card", "/monitor")
OUR_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
OUR_HEADERS = [
    # Browsers ask each time whether a file has changed, which costs a 304 without a body.
    (b"cache-control", b"no-cache"),
    (b"content-security-policy", OUR_POLICY),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]
# BentoML's pages load a tag manager from elsewhere; browsers that keep to this do not.
POLICY = (
    b"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    b"frame-ancestors 'none'"
)
HEADERS = [(b"content-security-policy", POLICY), (b"x-content-type-options", b"nosniff")]
# One thread: what needs it takes turns. More threads would only take the interpreter from the
# event loop, which answers all others meanwhile.
_aside = ThreadPoolExecutor(1, "aside")


class Mask:
    """The outermost layer: what a client may have made up reaches no log, counter, trace or route.

    It also adds headers that keep browsers from loading, framing or guessing anything.
    """

    def __init__(self, app: ASGIApp, known_paths: Collection[str]) -> None:
        """Put the mask before an application.

        Args:
            app: The next layer.
            known_paths: The paths that there are; any other is `OTHER_PATH`, which is none.
        """
        self._app = app
        self._known_paths = frozenset(known_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"] if scope["path"] in self._known_paths else OTHER_PATH
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        masked = {**scope, "method": method, "path": path, "raw_path": path.encode()}
        masked |= {"query_string": b"", "headers": list(map(_mask_header, scope["headers"]))}
        added = OUR_HEADERS if path.startswith(OUR_PAGES) else HEADERS

        async def add_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self._app(masked, receive, add_headers)


def _mask_header(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    name, value = header
    if name != b"content-type":
        return header
    return name, JSON if value.partition(b";")[0].strip().lower() == JSON else b"other"


class ByPath:
    """The innermost layer: leads a path to its endpoint, sooner than Starlette's router does."""

    def __init__(self, app: ASGIApp, endpoints: Mapping[str, ASGIApp]) -> None:
        """Put the endpoints before an application.

        Args:
            app: Answers all other paths.
            endpoints: What answers a path.
        """
        self._app = app
        self._endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        await self._endpoints.get(scope.get("path", ""), self._app)(scope, receive, send)


@dataclass(frozen=True)
class Endpoint:
    """Answers an API method, within limits and with one-sentence errors.

    BentoML's own request handling costs several times what the model does, has no limits and logs
    the text of a request. It is not there: its routes are taken out.

    Attributes:
        request: What the body must be.
        call: The method, which takes the fields of `request`.
        most_bytes: Largest body.
        timeout: Seconds after which a request is dropped.
        trace_id_format: How answers tell the number of their trace; empty if they do not.
        status: Of an answer.
    """

    request: type[BaseModel]
    call: Callable[..., Awaitable[Any]]
    most_bytes: int
    timeout: float
    trace_id_format: str = ""
    status: int = 200

    buffered_bytes: ClassVar[int] = 0  # of all unanswered bodies of this process

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        try:
            content = await self._answer(scope, receive)
            response = Response(content, self.status, media_type="application/json")
        except BodyError as error:
            response = JSONResponse({"error": str(error)}, 400)
        except HTTPException as error:
            response = JSONResponse({"error": error.detail}, error.status_code, error.headers)
        except ClientDisconnect:  # nobody gets this, but the layers around wait for it and count it
            response = Response(status_code=LEFT)
        except Exception as error:  # whatever happens, its message may quote the request
            place = traceback.extract_tb(error.__traceback__)[-1]
            logger.error("%s in %s, line %d", type(error).__name__, place.filename, place.lineno)
            response = JSONResponse({"error": FAILED}, 500)
        if self.trace_id_format:
            number = get_current_span().get_span_context().trace_id
            response.headers["x-bentoml-trace-id"] = format(number, self.trace_id_format)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> bytes:
        self._check_head(scope)
        body, is_read = bytearray(), False
        seconds = min(BODY_SECONDS, self.timeout)
        try:
            async with asyncio.timeout(seconds) as limit:
                await self._read(receive, body)
                is_read = True
                limit.reschedule((limit.when() or 0.0) - seconds + self.timeout)
                if len(body) <= QUICK_BYTES:
                    return to_json(await self.call(**vars(read_body(body, self.request))))
                return await self._answer_while_connected(body, receive)
        except TimeoutError:
            if is_read or seconds == self.timeout:
                sentence = f"There was no answer within {self.timeout:g} seconds."
                raise HTTPException(504, sentence) from None
            sentence = f"The body did not arrive within {seconds:g} seconds."
            raise HTTPException(408, sentence, {"connection": "close"}) from None
        finally:
            Endpoint.buffered_bytes -= len(body)

    def _check_head(self, scope: Scope) -> None:
        if scope["method"] != "POST":
            raise HTTPException(405, "This path takes POST requests only.", {"allow": "POST"})
        headers = dict(scope["headers"])
        if headers.get(b"content-type") != JSON:
            raise HTTPException(415, NOT_JSON)
        if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
            raise HTTPException(415, "The body must not be compressed.")
        self._check_size(int(headers.get(b"content-length", 0)))

    def _check_size(self, size: int) -> None:
        if size > self.most_bytes:
            raise HTTPException(413, f"The body is larger than {self.most_bytes:,} bytes.")

    async def _read(self, receive: Receive, body: bytearray) -> None:
        """Read the body, whose length stays counted in the bytes that are buffered."""
        is_more = True
        while is_more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunk, is_more = message.get("body", b""), message.get("more_body", False)
            body += chunk
            Endpoint.buffered_bytes += len(chunk)
            self._check_size(len(body))
            if Endpoint.buffered_bytes > MOST_BUFFERED_BYTES:
                sentence = "The server is busy: try again in a second."
                raise HTTPException(503, sentence, {"retry-after": "1"})

    async def _answer_while_connected(self, body: bytearray, receive: Receive) -> bytes:
        """Answer a request that may take a while; drop it when its client leaves."""

        async def answer() -> bytes:
            request = await run_aside(read_body, body, self.request)
            return to_json(await self.call(**vars(request)))

        async def leave() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        tasks = asyncio.ensure_future(answer()), asyncio.ensure_future(leave())
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if not tasks[0].done():
                raise ClientDisconnect
            return tasks[0].result()
        finally:
            for task in tasks:
                task.cancel()


async def run_aside(function: Callable[..., Result], *arguments: Any) -> Result:
    """Run a function in the one thread beside the event loop, after those that wait for it already.

    Args:
        function: What to run; it never starts if the request is dropped before its turn.
        arguments: Its arguments.

    Returns:
        What it returns.
    """
    return await asyncio.get_running_loop().run_in_executor(_aside, function, *arguments)
