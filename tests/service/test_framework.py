"""What we rely on in BentoML, beyond its documentation: the reason for its upper bound."""

import bentoml
import pytest
import uvicorn.config
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from spam_classifier.service import SpamClassifier
from spam_classifier.serving.front import Endpoint
from spam_classifier.serving.http_protocol import HttpProtocol

OURS = ["/predict", "/classify", "/explain"]


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
    """They have routes of their own in BentoML's application; ours has other ones instead."""
    assert {getattr(route, "path", None) for route in plain.routes} >= set(OURS)
    found = [route for route in app.routes if getattr(route, "path", None) in OURS]
    assert len(found) == len(OURS)
    assert all(isinstance(getattr(route, "app", None), Endpoint) for route in found)


def test_layers_are_those_of_bentoml_and_ours(plain: Starlette, app: Starlette) -> None:
    """A layer is known by its class; three have nothing to do by default."""
    names = [getattr(layer.cls, "__name__", "") for layer in plain.user_middleware]
    assert names == [
        *("RunnerTrafficMetricsMiddleware", "OpenTelemetryMiddleware", "AccessLogMiddleware"),
        *("TimeoutMiddleware", "ContextMiddleware"),
    ]
    served = [getattr(layer.cls, "__name__", "") for layer in app.user_middleware]
    assert served == ["Mask", "RunnerTrafficMetricsMiddleware", "AccessLogMiddleware"]


def test_internals_are_where_they_were(app: Starlette) -> None:
    """A new BentoML or uvicorn that moves one of them fails here, with its name."""
    from bentoml._internal.configuration import load_config
    from bentoml._internal.configuration.containers import BentoMLContainer
    from bentoml._internal.configuration.helpers import get_default_config
    from bentoml._internal.context import server_context
    from bentoml._internal.utils.analytics import usage_stats

    assert {"traffic", "workers", "http"} <= get_default_config(2)["services"].keys()
    assert callable(load_config)
    assert callable(usage_stats.do_not_track.cache_clear)
    assert server_context.worker_index is None
    for name in ("tracer_provider", "duration_buckets", "prometheus_multiproc_dir"):
        assert hasattr(BentoMLContainer, name)
    assert BentoMLContainer.tracing.exporter_type.get() is None
    assert BentoMLContainer.http.response.trace_id.get() is False
    assert BentoMLContainer.api_server_config.traffic.timeout.get() == 30
    assert {"inject_config", "to_asgi"} <= vars(bentoml.Service).keys()
    overridden = {"_should_upgrade", "handle_websocket_upgrade", "send_400_response"}
    assert overridden <= vars(HttpToolsProtocol).keys()
    assert uvicorn.config.HTTP_PROTOCOLS["auto"].endswith(HttpProtocol.__name__)
