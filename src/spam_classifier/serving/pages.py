"""What can be read with GET: the page at `/app`, the model and its card, the OpenAPI document."""

from pathlib import Path

from bentoml import get_current_service
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from .home import CARD_FILE
from .openapi import describe_api

FILES = StaticFiles(directory=Path(__file__).parents[1] / "static")


async def show_app(request: Request) -> Response:
    """Answer with the page."""
    return await FILES.get_response("index.html", request.scope)


async def show_card(request: Request) -> Response:
    """Answer with the card of the model; there is none of a model that was stored long ago."""
    folder = get_current_service().served.entry.path
    return await StaticFiles(directory=folder).get_response(CARD_FILE, request.scope)


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
    Route("/docs.json", show_api),
]
