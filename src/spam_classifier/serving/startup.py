"""What must hold before a server starts: bad settings end it here, each with one sentence.

BentoML starts worker processes without a look at most settings. A worker that cannot start is
started again, and again, while the port listens.
"""

import re
import socket
from typing import Any

import click
from bentoml._internal.configuration import load_config
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.configuration.helpers import flatten_dict, get_default_config
from bentoml.exceptions import BentoMLConfigException
from prometheus_client import Histogram

IGNORED_OPTIONS = {"timeout": "traffic.timeout", "api_workers": "workers"}
# BentoML has no default for the first, and itself mixes all settings into the second.
OTHER_SETTINGS = ("endpoints", "runner_connection")


def check_start(service: Any) -> None:
    """Make sure that the workers of a service can start and be reached.

    Args:
        service: A `bentoml.Service`.

    Raises:
        BentoMLConfigException: If they cannot.
    """
    _check_names(service)
    context = click.get_current_context(silent=True)
    options = context.params if context else {}
    for option, setting in IGNORED_OPTIONS.items():
        if options.get(option) is not None:
            raise BentoMLConfigException(
                f"BentoML ignores --{option.replace('_', '-')}: "
                f"use the setting services.{service.name}.{setting}."
            )
    _check_address(
        BentoMLContainer.http.host.get() if options.get("host") is None else options["host"],
        BentoMLContainer.http.port.get() if options.get("port") is None else options["port"],
    )
    _try_to_start(service)


def _check_names(service: Any) -> None:
    """Refuse names that no setting has: BentoML's own check lets most of them pass."""
    load_config(use_version=2)
    known = [name for name, _ in flatten_dict(get_default_config(2)["services"])]
    names = "|".join(map(re.escape, (*known, *OTHER_SETTINGS)))
    setting = re.compile(rf"version|services\.({service.name}\.)?({names})(\..+)?")
    given: Any = BentoMLContainer.config.get()
    for name, _ in flatten_dict(given):
        if not setting.fullmatch(name):
            raise BentoMLConfigException(
                f"There is no setting {name}: those of this service begin with "
                f"services.{service.name}."
            )
    service.inject_config()


def _check_address(host: str, port: int) -> None:
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
    if exporter in ("zipkin", "otlp") and not any(
        BentoMLContainer.tracing[exporter].get().values()
    ):
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
