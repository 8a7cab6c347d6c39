"""What must hold before a server starts: bad settings end it here, each with one sentence.

BentoML starts worker processes without a look at most settings. A worker that cannot start is
started again, and again, while the port listens.
"""

import socket
from collections.abc import Iterator
from typing import Any

import click
from _bentoml_sdk.service.config import ServiceConfig  # type: ignore[import-untyped]
from bentoml._internal.configuration import load_config
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.configuration.helpers import get_default_config
from bentoml.exceptions import BentoMLConfigException
from prometheus_client import Histogram

IGNORED_OPTIONS = {"timeout": "traffic.timeout", "api_workers": "workers"}


def check_start(service: Any) -> None:
    """Make sure that the workers of a service can start and be reached.

    Args:
        service: A `bentoml.Service`.

    Raises:
        BentoMLConfigException: If they cannot.
    """
    context = click.get_current_context(silent=True)
    options = context.params if context else {}
    _check_names(service)
    for option, setting in IGNORED_OPTIONS.items():
        if options.get(option) is not None:
            raise BentoMLConfigException(
                f"BentoML ignores --{option.replace('_', '-')}: "
                f"use the setting services.{service.name}.{setting}."
            )
    _check_address(options.get("host"), options.get("port"))
    _try_to_start(service)


def _check_names(service: Any) -> None:
    """Refuse names that no setting has: BentoML's own check lets most of them pass."""
    load_config(use_version=2)
    given: Any = BentoMLContainer.config.get()
    known: dict[str, Any] = get_default_config(2)
    # BentoML itself mixes all others into the settings of connections between services.
    settings: dict[str, Any] = {
        **ServiceConfig.__annotations__,
        **known["services"],
        "runner_connection": None,
    }
    known["services"] = {**settings, service.name: settings}
    for name in _find_unknown(given, known):
        raise BentoMLConfigException(
            f"There is no setting {name}: those of this service begin with services.{service.name}."
        )
    service.inject_config()


def _find_unknown(given: dict[str, Any], known: dict[str, Any]) -> Iterator[str]:
    for name, value in given.items():
        if name not in known:
            yield name
        elif isinstance(value, dict) and isinstance(known[name], dict) and name != "options":
            yield from (f"{name}.{inner}" for inner in _find_unknown(value, known[name]))


def _check_address(host: str | None, port: int | None) -> None:
    host = BentoMLContainer.http.host.get() if host is None else host
    port = BentoMLContainer.http.port.get() if port is None else port
    if not 0 < port < 2**16:
        raise BentoMLConfigException(f"The port is {port}: it must be from 1 to 65535.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        reason = str(error.strerror).partition(" (while")[0]
        raise BentoMLConfigException(
            f"The address {host}, port {port}, cannot be used ({reason}): choose another one with "
            "--host and --port."
        ) from None


def _try_to_start(service: Any) -> None:
    """Do once what each worker does with the settings."""
    exporter = BentoMLContainer.tracing.exporter_type.get()
    needed = BentoMLContainer.tracing[exporter].get() if exporter in ("zipkin", "otlp") else None
    if needed is not None and not any(needed.values()):
        raise BentoMLConfigException(
            f"The tracing exporter {exporter} needs settings tracing.{exporter}.…, "
            "without which BentoML traces nothing."
        )
    try:
        service.to_asgi().build_middleware_stack()
        BentoMLContainer.tracer_provider.get().shutdown()
        namespace = BentoMLContainer.api_server_config.metrics.namespace.get()
        buckets = BentoMLContainer.duration_buckets.get()
        Histogram("check", "", namespace=namespace, buckets=buckets, registry=None)
    except ImportError as error:
        raise BentoMLConfigException(
            f"The tracing exporter {exporter} is not installed ({error}): type "
            f"`pip install 'bentoml[tracing-{exporter}]'`."
        ) from None
    except Exception as error:  # whatever a library says of a setting
        # BentoML's sentence about the other exporters' protocols names this one.
        reason = " ".join(str(error).split()).replace("tracing.jaeger", f"tracing.{exporter}")
        raise BentoMLConfigException(f"A setting cannot be used: {reason.rstrip('.')}.") from None
