"""What we rely on in BentoML, beyond its documentation: the reason for its upper bound."""

import bentoml
import uvicorn.config
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from spam_classifier.service import SpamClassifier
from spam_classifier.serving.front import Endpoint
from spam_classifier.serving.http_protocol import HttpProtocol

OURS = {"/predict", "/classify", "/explain"}


def name_layers(app: Starlette) -> list[str]:
    return [getattr(layer.cls, "__name__", "") for layer in app.user_middleware]


def test_routes_and_layers_are_those_of_bentoml_and_ours() -> None:
    """Nothing leads to BentoML's own handlers; three of its layers have nothing to do."""
    plain = bentoml.Service.to_asgi(SpamClassifier)
    served = SpamClassifier.to_asgi()  # type: ignore[attr-defined]
    assert {getattr(route, "path", None) for route in plain.routes} >= OURS
    assert OURS.isdisjoint(getattr(route, "path", None) for route in served.routes)
    assert name_layers(plain) == [
        *("RunnerTrafficMetricsMiddleware", "OpenTelemetryMiddleware", "AccessLogMiddleware"),
        *("TimeoutMiddleware", "ContextMiddleware"),
    ]
    layers = ["Mask", "RunnerTrafficMetricsMiddleware", "AccessLogMiddleware", "ByPath"]
    assert name_layers(served) == layers
    endpoints = served.user_middleware[-1].kwargs["endpoints"]
    assert endpoints.keys() == OURS
    assert {type(endpoint) for endpoint in endpoints.values()} == {Endpoint}


def test_internals_are_where_they_were() -> None:
    """A new BentoML or uvicorn that moves one of them fails here, with its name."""
    from bentoml._internal.configuration import load_config
    from bentoml._internal.configuration.containers import BentoMLContainer
    from bentoml._internal.configuration.helpers import get_default_config
    from bentoml._internal.context import server_context
    from bentoml._internal.utils.analytics import usage_stats

    SpamClassifier.inject_config()  # type: ignore[attr-defined]
    SpamClassifier.to_asgi()  # type: ignore[attr-defined]
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
