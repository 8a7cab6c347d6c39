"""The OpenAPI document: BentoML's, corrected by what this service does differently."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from .schemas import Error

PACKAGE = "spam-classifier"
DESCRIPTION = (
    "Tells spam from ham in text messages. There is [a page](app) to try it, and "
    "[a card](card) that says how far to trust it. "
    'Each error is `{"error": "one sentence"}`.'
)
SUMMARIES = {
    "/predict": "Spam or ham?",
    "/classify": "Spam or ham, and how likely, for up to 1,000 messages",
    "/explain": "Which words speak for spam, which for ham?",
    "/model": "Which model is served?",
    "/livez": "Is the server alive?",
    "/healthz": "Is the server alive? (the former name)",
    "/readyz": "Can the server answer?",
    "/metrics": "Counters for Prometheus",
}
REFUSALS = {
    "400": "The body is not what is described here.",
    "405": "Another method than POST.",
    "408": "The body did not arrive in time.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "429": "More requests at a time than the server is set to take.",
    "500": "The server failed to answer.",
    "503": "The server is busy.",
    "504": "The answer took longer than the server is set to wait.",
}
SCHEMAS = "#/components/schemas/"
UNUSED = ("InvalidArgument", "NotFound", "InternalServerError", "TaskStatusResponse")


def describe_api(document: dict[str, Any], bento_version: str | None) -> dict[str, Any]:
    """Correct BentoML's document.

    Args:
        document: The document as BentoML generates it.
        bento_version: Version of the bento that is served, if it is one.

    Returns:
        The document with this service's errors in place of BentoML's, and with `GET /model`.
    """
    error = _json("Why the request was refused.", {"$ref": f"{SCHEMAS}Error"})
    refusals = {status: error | {"description": text} for status, text in REFUSALS.items()}
    paths = document["paths"] | {
        "/model": {
            "get": {
                "tags": ["Service APIs"],
                "operationId": "SpamClassifier__model",
                "description": "What the model learnt from, and how good it is.",
                "responses": {"200": _json("The model.", {"type": "object"})},
            }
        }
    }
    for path, operations in paths.items():
        for method, operation in operations.items():
            operations[method] = {"summary": SUMMARIES[path]} | operation
        if "post" in operations:
            post = operations["post"]
            answers = {"200": post["responses"].get(200) or post["responses"]["200"]}
            post |= {"requestBody": post["requestBody"] | {"required": True}}
            post |= {"responses": answers | refusals}
    schemas = document["components"]["schemas"] | {"Error": Error.model_json_schema()}
    return document | {
        "openapi": "3.1.0",
        "info": {
            "title": "Spam classifier",
            "version": bento_version or _find_version(),
            "description": DESCRIPTION,
        },
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in schemas.items() if name not in UNUSED}
        },
    }


def _find_version() -> str:
    """Return the version of the package, which need not be installed where its source is."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return "source"


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
