"""The OpenAPI document: BentoML's, corrected by what this service does differently."""

from copy import deepcopy
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from .schemas import Error

DESCRIPTION = (
    "Tells spam from ham in text messages. There is [a page](app) to try it, and "
    "[a card](card) that says how far to trust it. "
    'Each error is `{"error": "one sentence"}`.'
)
SUMMARIES = {
    "/predict": "Spam or ham?",
    "/classify": "Spam or ham, and how likely, for up to 1,000 messages",
    "/explain": "Which words speak for spam, which for ham?",
    "/feedback": "Keep the right class of a message",
    "/model": "Which model is served?",
    "/livez": "Is the server alive?",
    "/healthz": "Is the server alive? (the former name)",
    "/readyz": "Can the server answer?",
    "/metrics": "Counters for Prometheus",
}
REFUSALS = (400, 405, 408, 413, 415, 429, 500, 503, 504)


def describe_api(service: Any) -> dict[str, Any]:
    """Return BentoML's document with this service's errors, and with `GET /model`.

    Args:
        service: The `bentoml.Service`.
    """
    document: dict[str, Any] = deepcopy(service.openapi_spec.asdict())
    document["openapi"] = "3.1.0"
    document["info"] = {
        "title": "Spam classifier",
        "version": service.bento.tag.version if service.bento else _find_version(),
        "description": DESCRIPTION,
    }
    schemas = document["components"]["schemas"]
    schemas["Error"] = Error.model_json_schema()
    for name in ("InvalidArgument", "NotFound", "InternalServerError", "TaskStatusResponse"):
        del schemas[name]  # BentoML's own answers
    answer = {"200": _describe_json("The model.", {"type": "object"})}
    document["paths"]["/model"] = {"get": {"tags": ["Service APIs"], "responses": answer}}
    error = {"$ref": "#/components/schemas/Error"}
    refusals = {str(code): _describe_json(HTTPStatus(code).phrase, error) for code in REFUSALS}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            operation["summary"] = SUMMARIES[path]
        if post := operations.get("post"):
            post["requestBody"]["required"] = True
            status = "202" if path == "/feedback" else "200"
            post["responses"] = {status: post["responses"][200], **refusals}
    return document


def _find_version() -> str:
    """Return the version of the package, which need not be installed where its source is."""
    try:
        return version("spam-classifier")
    except PackageNotFoundError:
        return "source"


def _describe_json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
