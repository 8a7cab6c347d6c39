"""What we rely on in BentoML, beyond its documentation: the reason for its upper bound."""

import bentoml
import pytest
import uvicorn.config
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from spam_classifier.service import SpamClassifier
from spam_classifier.serving.http_protocol import HttpProtocol

OURS = {"/predict", "/classify", "/explain"}


@pytest.fixture(scope="module")
def plain() -> Starlette:
    """Return the application as BentoML makes it."""
    app: Starlette = bentoml.Service.to_asgi(SpamClassifier)
    return app


@pytest.fixture(scope="module")
def app(plain: Starlette) -> Starlette:
    """Return the application that is served."""
    served: Starlette = SpamClassifier.to_asgi()  # type: ignore[attr-defined]
    return served


def test_nothing_leads_to_bentoml_s_own_handlers(plain: Starlette, app: Starlette) -> None:
    """They have routes of their own in BentoML's application, which ours has not."""
    assert {getattr(route, "path", None) for route in plain.routes} >= OURS
    assert not {getattr(route, "path", None) for route in app.routes} & OURS
    assert len(app.routes) == len(plain.routes) - len(OURS)


def test_layers_are_those_of_bentoml_and_ours(plain: Starlette, app: Starlette) -> None:
    """A layer is known by its class; the last one makes BentoML's context, which we need not."""
    names = [getattr(layer.cls, "__name__", "") for layer in plain.user_middleware]
    assert names == [
        *("RunnerTrafficMetricsMiddleware", "OpenTelemetryMiddleware", "AccessLogMiddleware"),
        *("TimeoutMiddleware", "ContextMiddleware"),
    ]
    served = [getattr(layer.cls, "__name__", "") for layer in app.user_middleware]
    metrics, _, log, _, context = names
    assert served == ["Mask", metrics, log, "Front", context]


def test_internals_are_where_they_were(app: Starlette) -> None:
    """A new BentoML or uvicorn that moves one of them fails here, with its name."""
    from _bentoml_sdk.service.config import ServiceConfig  # type: ignore[import-untyped]
    from bentoml._internal.configuration import load_config
    from bentoml._internal.configuration.containers import BentoMLContainer
    from bentoml._internal.configuration.helpers import get_default_config
    from bentoml._internal.context import server_context
    from bentoml._internal.utils.analytics import usage_stats

    assert {"traffic", "workers", "http"} <= ServiceConfig.__annotations__.keys()
    assert {"traffic", "workers", "http"} <= get_default_config(2)["services"].keys()
    assert callable(load_config)
    assert callable(usage_stats.do_not_track.cache_clear)
    assert server_context.worker_index is None
    for name in (
        "tracer_provider",
        "duration_buckets",
        "prometheus_multiproc_dir",
        "logging_formatting",
    ):
        assert hasattr(BentoMLContainer, name)
    assert BentoMLContainer.tracing.exporter_type.get() is None
    assert BentoMLContainer.http.response.trace_id.get() is False
    assert BentoMLContainer.api_server_config.traffic.timeout.get() == 30
    for method in ("inject_config", "on_load_bento", "to_asgi", "__call__"):
        assert method in vars(bentoml.Service)
    assert issubclass(HttpProtocol, HttpToolsProtocol)
    for method in ("_should_upgrade", "handle_websocket_upgrade", "send_400_response"):
        assert method in vars(HttpToolsProtocol)
    assert uvicorn.config.HTTP_PROTOCOLS["auto"].endswith("HttpProtocol")
