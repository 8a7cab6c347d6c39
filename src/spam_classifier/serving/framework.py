"""How this service differs from any other BentoML service: its layers, its routes, its errors."""

import atexit
import logging
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bentoml
from _bentoml_impl.server.app import ContextMiddleware  # type: ignore[import-untyped]
from bentoml import get_current_service
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.context import server_context
from bentoml._internal.server.http.traffic import TimeoutMiddleware
from bentoml.exceptions import BentoMLConfigException
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from .front import ByPath, Endpoint, Mask
from .http_protocol import use_http_protocol
from .pages import ROUTES

SMALL_BODY = 128 * 1024
LARGE_BODY = 8 * 1024 * 1024
SENTENCES = {404: "There is no such path.", 405: "This path does not take that method."}


class FrontedService(bentoml.Service):  # type: ignore[misc]
    """A BentoML service whose API methods are answered by an `Endpoint` each."""

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        """Return the application that a worker process serves.

        Args:
            is_main: As the base takes it.
        """
        app: Starlette = super().to_asgi(is_main)
        use_http_protocol()
        # uvicorn's own access log is off, but it would still put every line together.
        logging.getLogger("uvicorn.access").propagate = False
        endpoints = {api.route: _make_endpoint(api) for api in self.apis.values()}
        # BentoML's handlers have no limits and log what they are sent: nothing leads to them.
        others = [route for route in app.routes if getattr(route, "path", None) not in endpoints]
        app.router.routes = [*ROUTES, *others]
        app.router.redirect_slashes = False  # behind a proxy, to a path that it does not know
        app.add_exception_handler(HTTPException, _answer_error)
        app.user_middleware = [
            Middleware(Mask, known_paths={*endpoints, *_find_paths(app.routes)}),
            *map(_take_one_as_many, filter(_has_something_to_do, app.user_middleware)),
            Middleware(ByPath, endpoints=endpoints),
        ]
        return app

    def inject_config(self) -> None:
        """Apply the settings, and give each server a folder of its own for its counters.

        BentoML has one in its home, which every server that starts empties, whoever uses it.

        Raises:
            BentoMLConfigException: If there is no such setting, or it cannot have that value.
        """
        try:
            super().inject_config()
        except BentoMLConfigException as error:
            raise BentoMLConfigException(_explain(str(error))) from None
        if server_context.worker_index is None:
            folder = tempfile.mkdtemp(prefix="spam-classifier-metrics-")
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            BentoMLContainer.prometheus_multiproc_dir.set(folder)


def _make_endpoint(api: Any) -> Endpoint:
    async def call(**fields: Any) -> Any:
        return await api.func(get_current_service(), **fields)

    tells_trace = BentoMLContainer.http.response.trace_id.get()
    return Endpoint(
        request=api.input_spec,
        call=call,
        most_bytes=LARGE_BODY if "texts" in api.input_spec.model_fields else SMALL_BODY,
        timeout=BentoMLContainer.api_server_config.traffic.timeout.get(),
        trace_id_format=BentoMLContainer.logging_formatting.get()["trace_id"] * bool(tells_trace),
        status=202 if api.route == "/feedback" else 200,
    )


def _has_something_to_do(layer: Any) -> bool:
    """Leave out the layer for tracing where nothing is traced, which takes as long as the answer.

    The layer for time-outs keeps what it knows of each request until its time is over, answered or
    not: a fifth of the requests a second. The endpoints, where requests wait, do what it does. The
    layer that makes BentoML's context of a request makes it for nobody.
    """
    if layer.cls is OpenTelemetryMiddleware:
        exporter = BentoMLContainer.tracing.exporter_type.get()
        return exporter is not None or BentoMLContainer.http.response.trace_id.get() is True
    return layer.cls not in (TimeoutMiddleware, ContextMiddleware)


def _take_one_as_many(layer: Any) -> Any:
    """Make lists of CORS's settings that may be one text: BentoML forgets two of them."""
    if layer.cls is CORSMiddleware:
        for name in ("allow_methods", "expose_headers"):
            if isinstance(value := layer.kwargs.get(name), str):
                layer.kwargs[name] = [value]
    return layer


def _explain(dump: str) -> str:
    """Make a sentence of what a check of BentoML's settings prints, several lines a level."""
    place = ".".join(re.findall(r"Key '(.+?)' error", dump))
    if place:
        return f"The setting {place} cannot have the value that it is given."
    return " ".join(dump.split())


def _find_paths(routes: list[BaseRoute]) -> Iterator[str]:
    """Yield the paths of all routes, and of the files of the folders among them."""
    for route in routes:
        if isinstance(route, Route):
            yield route.path
        elif isinstance(route, Mount) and isinstance(route.app, StaticFiles):
            folder = Path(str(route.app.directory))
            yield from (
                f"{route.path}/{file.relative_to(folder).as_posix()}" for file in folder.rglob("*")
            )


async def _answer_error(_: Request, error: Exception) -> Response:
    """Turn Starlette's plain-text errors into `{"error": "one sentence"}`."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    sentence = SENTENCES.get(error.status_code, f"{error.detail}.")
    return JSONResponse({"error": sentence}, error.status_code, headers=error.headers)
