"""What we rely on in BentoML, beyond its documentation: the reason for its upper bound."""

import bentoml
import pytest
from bentoml._internal.configuration import load_config
from starlette.applications import Starlette

from spam_classifier.service import SpamClassifier
from spam_classifier.serving.front import Endpoint

SETTING = "services.SpamClassifier"
OURS = {"/predict", "/classify", "/explain"}


def name_layers(app: Starlette) -> list[str]:
    return [getattr(layer.cls, "__name__", "") for layer in app.user_middleware]


def list_paths(app: Starlette) -> set[str | None]:
    return {getattr(route, "path", None) for route in app.routes}


def test_routes_and_layers_are_those_of_bentoml_and_ours() -> None:
    """Nothing leads to BentoML's own handlers; three of its layers have nothing to do."""
    plain = bentoml.Service.to_asgi(SpamClassifier)
    served = SpamClassifier.to_asgi()  # type: ignore[attr-defined]
    assert list_paths(plain) >= OURS
    assert OURS.isdisjoint(list_paths(served))
    assert name_layers(plain) == [
        *("RunnerTrafficMetricsMiddleware", "OpenTelemetryMiddleware", "AccessLogMiddleware"),
        *("TimeoutMiddleware", "ContextMiddleware"),
    ]
    layers = ["Mask", "RunnerTrafficMetricsMiddleware", "AccessLogMiddleware", "ByPath"]
    assert name_layers(served) == layers
    endpoints = served.user_middleware[-1].kwargs["endpoints"]
    assert endpoints.keys() == OURS
    assert {type(endpoint) for endpoint in endpoints.values()} == {Endpoint}


@pytest.mark.filterwarnings("ignore:Overriding BentoML config:DeprecationWarning")
def test_metrics_and_log_can_be_turned_off(settings: pytest.MonkeyPatch) -> None:
    off = f"{SETTING}.metrics.enabled=false {SETTING}.logging.access.enabled=false"
    settings.setenv("BENTOML_CONFIG_OPTIONS", off)
    load_config(use_version=2)
    SpamClassifier.inject_config()  # type: ignore[attr-defined]
    served = SpamClassifier.to_asgi()  # type: ignore[attr-defined]
    assert name_layers(served) == ["Mask", "ByPath"]
    assert "/metrics" not in list_paths(served)
