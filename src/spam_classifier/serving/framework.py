"""How this service differs from any other BentoML service: its layers, `/model`, its errors."""

import atexit
import logging
import re
import shutil
import tempfile
from typing import Any

import bentoml
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
from starlette.types import ASGIApp

from .front import Endpoint, Front, Mask
from .http_protocol import use_http_protocol
from .openapi import describe_api
from .page import make_routes, respond
from .store import LocalModel, read_card

SMALL_BODY = 128 * 1024
LARGE_BODY = 8 * 1024 * 1024


class FrontedService(bentoml.Service):  # type: ignore[misc]
    """A BentoML service whose API methods are answered by `Front`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Make the service, as `bentoml.service` does.

        Args:
            args: As the base takes them.
            options: As the base takes them.
        """
        super().__init__(*args, **options)
        self._instance: Any = None
        self.mount_asgi_app(
            Starlette(
                routes=[
                    Route("/model", self._show_model),
                    Route("/card", self._show_card),
                    Route("/docs.json", self._show_api),
                    *make_routes(),
                ],
                exception_handlers={HTTPException: _answer_error},
            )
        )

    def __call__(self) -> Any:
        """Make the instance that answers in this worker process."""
        self._instance = super().__call__()
        return self._instance

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        """Return the application that a worker process serves.

        Args:
            is_main: As the base takes it.
        """
        app: Starlette = super().to_asgi(is_main)
        use_http_protocol()
        # uvicorn's own access log is off, but it would still put every line together.
        logging.getLogger("uvicorn.access").propagate = False
        endpoints = {
            api.route: Endpoint(
                request=api.input_spec,
                call=self._bind(api),
                most_bytes=LARGE_BODY if "texts" in api.input_spec.model_fields else SMALL_BODY,
            )
            for api in self.apis.values()
        }
        # BentoML's handlers have no limits and log what they are sent: nothing leads to them.
        app.router.routes = [
            route for route in app.routes if getattr(route, "path", None) not in endpoints
        ]
        app.router.redirect_slashes = False  # behind a proxy, to a path that it does not know
        app.add_exception_handler(HTTPException, _answer_error)
        tells_trace = BentoMLContainer.http.response.trace_id.get()
        *layers, context = filter(_has_something_to_do, app.user_middleware)
        app.user_middleware = [
            Middleware(Mask, known_paths=[*endpoints, *_find_paths(app.routes)]),
            *map(_take_one_as_many, layers),
            Middleware(
                Front,
                endpoints=endpoints,
                timeout=BentoMLContainer.api_server_config.traffic.timeout.get(),
                trace_id_format=BentoMLContainer.logging_formatting.get()["trace_id"]
                if tells_trace
                else "",
            ),
            context,
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

    def on_load_bento(self, bento: Any) -> None:
        """Serve the model that a bento was built with, not the newest one in the store.

        Args:
            bento: The bento that is about to be served.
        """
        super().on_load_bento(bento)
        (built_with,) = bento.info.all_models
        self.inner.stored = LocalModel(built_with.tag)

    def _bind(self, api: Any) -> Any:
        async def call(**fields: Any) -> Any:
            return await api.func(self._instance, **fields)

        return call

    async def _show_model(self, _: Request) -> Response:
        return JSONResponse(self._instance.description)

    async def _show_card(self, request: Request) -> Response:
        card = read_card(self._instance.stored)
        if card is None:
            raise HTTPException(404)
        return respond(request, card)

    async def _show_api(self, _: Request) -> Response:
        version = self.bento.tag.version if self.bento else None
        return JSONResponse(describe_api(self.openapi_spec.asdict(), version))


def _has_something_to_do(layer: Any) -> bool:
    """Leave out the layer for tracing where nothing is traced, which takes as long as the answer.

    The layer for time-outs keeps what it knows of each request until its time is over, answered or
    not: a fifth of the requests a second. The front, where requests wait, does what it does.
    """
    if layer.cls is OpenTelemetryMiddleware:
        exporter = BentoMLContainer.tracing.exporter_type.get()
        return exporter is not None or BentoMLContainer.http.response.trace_id.get() is True
    return layer.cls is not TimeoutMiddleware


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


def _find_paths(routes: list[BaseRoute]) -> list[str]:
    """Return the paths of all routes but those of folders, whose paths a client may choose."""
    paths = []
    for route in routes:
        if isinstance(route, Route):
            paths.append(route.path)
        elif isinstance(route, Mount):
            paths += [route.path + path for path in _find_paths(list(route.routes or []))]
    return paths


async def _answer_error(_: Request, error: Exception) -> Response:
    """Turn Starlette's plain-text errors into `{"error": "one sentence"}`."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    sentences = {404: "There is no such path.", 405: "This path does not take that method."}
    sentence = sentences.get(error.status_code, f"{error.detail}.")
    return JSONResponse({"error": sentence}, error.status_code, headers=error.headers)
