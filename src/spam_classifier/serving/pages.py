"""What can be read with GET: the page at `/app`, the model and its card, the OpenAPI document."""

from pathlib import Path

from bentoml import get_current_service
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from .home import CARD_FILE, MONITOR_FILE
from .openapi import describe_api

FILES = StaticFiles(directory=Path(__file__).parents[1] / "static")


async def show_app(request: Request) -> Response:
    """Answer with the page."""
    return await FILES.get_response("index.html", request.scope)


async def show_card(request: Request) -> Response:
    """Answer with the card of the model; there is none of a model that was stored long ago."""
    folder = get_current_service().served.entry.path
    return await StaticFiles(directory=folder).get_response(CARD_FILE, request.scope)


async def show_monitor(request: Request) -> Response:
    """Answer with the last drift report, where answers are kept and one was made."""
    folder = get_current_service().folder
    if folder is None:
        raise HTTPException(404)
    return await StaticFiles(directory=folder).get_response(MONITOR_FILE, request.scope)


async def show_model(_: Request) -> Response:
    """Answer which model is served, and whether corrections are kept."""
    service = get_current_service()
    return JSONResponse(service.served.description | {"feedback": service.folder is not None})


async def show_api(_: Request) -> Response:
    """Answer with the OpenAPI document."""
    return JSONResponse(describe_api(get_current_service().bento_service))


ROUTES = [
    Route("/app", show_app),
    Mount("/app", FILES),
    Route("/card", show_card),
    Route("/model", show_model),
    Route("/monitor", show_monitor),
    Route("/docs.json", show_api),
]
