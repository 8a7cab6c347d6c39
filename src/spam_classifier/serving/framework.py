"""How this service differs from any other BentoML service: the front, `/model`, its errors."""

import atexit
import errno
import logging
import shutil
import sys
import tempfile
import traceback
from types import TracebackType
from typing import Any

import bentoml
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.context import server_context
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from .front import Endpoint, Front
from .metrics import Instruments
from .openapi import describe_api
from .page import make_routes
from .store import LocalModel, describe_model

SMALL_BODY = 64 * 1024
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
        self._instruments: Instruments | None = None
        self.mount_asgi_app(
            Starlette(
                routes=[
                    Route("/model", self._show_model),
                    Route("/metrics", self._show_metrics),
                    Route("/docs.json", self._show_api),
                    *make_routes(),
                ],
                exception_handlers={HTTPException: _answer_error},
            )
        )

    def __call__(self) -> Any:
        """Make the instance that answers in this worker process."""
        self._instance = super().__call__()
        if self._instruments:
            described = describe_model(self._instance.stored)
            self._instruments.describe_model(described["tag"], described["data_md5"])
        return self._instance

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        """Return the application that a worker process serves.

        Args:
            is_main: As the base takes it.
        """
        app = super().to_asgi(is_main)
        app.add_exception_handler(HTTPException, _answer_error)
        version = self.bento.tag.version if self.bento else "not available"
        self._instruments = Instruments(self.name, version)
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
        return Front(app, endpoints, frozenset(_find_paths(app.routes)), self._instruments)

    def inject_config(self) -> None:
        """Apply the settings, and give each server a folder of its own for its counters.

        BentoML has one in its home, which every server that starts empties, whoever uses it.
        """
        super().inject_config()
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
        return JSONResponse(describe_model(self._instance.stored))

    async def _show_metrics(self, _: Request) -> Response:
        assert self._instruments  # noqa: S101 - made before any request
        content = self._instruments.expose()
        return Response(content, media_type="text/plain; version=0.0.4; charset=utf-8")

    async def _show_api(self, _: Request) -> Response:
        return JSONResponse(describe_api(self.openapi_spec.asdict(), self.inner.__doc__ or ""))


def explain_unusable_address() -> None:
    """Let an address that cannot be used end `bentoml serve` with a sentence, not a traceback."""

    def report(
        kind: type[BaseException], error: BaseException, place: TracebackType | None
    ) -> None:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            print("Error: The port is taken: choose another one with --port.", file=sys.stderr)
        elif isinstance(error, OSError) and any(
            "circus" in frame.filename for frame in traceback.extract_tb(place)
        ):
            print(
                f"Error: The address cannot be used ({error.strerror}): choose another one with "
                "--host and --port.",
                file=sys.stderr,
            )
        else:
            sys.__excepthook__(kind, error, place)

    sys.excepthook = report


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
