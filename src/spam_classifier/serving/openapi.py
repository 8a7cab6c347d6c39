"""The OpenAPI document: BentoML's, corrected by what this service does differently."""

from typing import Any

from .schemas import Error

SCHEMAS = "#/components/schemas/"
REFUSALS = {
    "400": "The body is not what is described here.",
    "405": "Another method than POST.",
    "408": "The body did not arrive in time.",
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "500": "The server failed to answer.",
    "503": "The server is busy.",
}


def describe_api(document: dict[str, Any], description: str) -> dict[str, Any]:
    """Correct BentoML's document.

    Args:
        document: The document as BentoML generates it.
        description: What the service is for.

    Returns:
        The document with this service's errors in place of BentoML's, and with `GET /model`.
    """
    error = _json("Why the request was refused.", {"$ref": f"{SCHEMAS}Error"})
    refusals = {status: error | {"description": text} for status, text in REFUSALS.items()}
    paths = dict(document["paths"])
    for path, operations in document["paths"].items():
        if "post" in operations:
            post = operations["post"]
            answers = {"200": post["responses"].get(200) or post["responses"]["200"]}
            body = post["requestBody"] | {"required": True}
            paths[path] = {"post": post | {"requestBody": body, "responses": answers | refusals}}
    paths["/model"] = {
        "get": {
            "tags": ["Service APIs"],
            "operationId": "SpamClassifier__model",
            "description": "Tell which model is served, what it learnt from, and how good it is.",
            "responses": {"200": _json("The model.", {"type": "object"})},
        }
    }
    schemas = document["components"]["schemas"] | {"Error": Error.model_json_schema()}
    unused = ("InvalidArgument", "NotFound", "InternalServerError", "TaskStatusResponse")
    return document | {
        "info": {
            "title": document["info"]["title"],
            "version": document["info"]["version"],
            "description": description,
        },
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in schemas.items() if name not in unused}
        },
    }


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
