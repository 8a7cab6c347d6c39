"""The page at `/app`: the files of `static/`, held in memory."""

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOLDER = Path(__file__).parents[1] / "static"
MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}
HEADERS = {
    # Browsers ask each time whether a file has changed, which costs a 304 without a body.
    "cache-control": "no-cache",
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
}


def make_routes() -> list[Route]:
    """Return a route for each file; the page itself is at `/app`, the others are below it."""
    return [
        Route("/app" if file.suffix == ".html" else f"/app/{file.name}", _serve(file))
        for file in sorted(FOLDER.iterdir())
        if file.suffix in MEDIA_TYPES
    ]


def _serve(file: Path) -> Callable[[Request], Awaitable[Response]]:
    content = file.read_bytes()
    media_type = MEDIA_TYPES[file.suffix]

    async def answer(request: Request) -> Response:
        return respond(request, content, media_type)

    return answer


def respond(request: Request, content: bytes, media_type: str = "text/html") -> Response:
    """Answer with a file of the page, unless the browser has it already.

    Args:
        request: The request.
        content: The file.
        media_type: What it is.
    """
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = HEADERS | {"etag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=media_type)
