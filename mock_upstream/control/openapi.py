"""The OpenAPI 3.1 document of the control API, made of the table of its calls."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final

from mock_upstream.control.access import TOKEN_HEADER
from mock_upstream.control.shapes import SHAPES

if TYPE_CHECKING:
    from mock_upstream.control.routes import Call

PREFIX: Final = "/_mock"

_PARAMETERS: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "session": ("The session that the call is about; without it the default one.", {}),
    "format": ("How entries are written.", {"enum": ["json", "jsonl", "curl"], "default": "json"}),
    "since": ("Read at this time or later: ISO 8601, or seconds since 1970.", {}),
    "until": ("Read before this time.", {}),
    "method": ("The method, such as POST.", {}),
    "path": ("The path; with a * at its end, how it begins.", {}),
    "status": ("The status: 400, 4xx, or none for a request without an answer.", {}),
    "verdict": ("What became of it.", {"enum": ["accepted", "refused", "faulted"]}),
    "rule": ("A rule that refused, or was noted.", {}),
    "fault": ("The fault that was laid over the reply.", {}),
    "after": ("Entries behind this number: the `next` of the page before.", {"type": "integer"}),
    "limit": ("How many entries at most; a JSON page has 100.", {"type": "integer", "minimum": 1}),
}
_PLACES: Final[Mapping[str, str]] = {
    "name": "The name of a session.",
    "number": "The number of an entry.",
}
_SAID: Final[Mapping[int, str]] = {
    400: "The call cannot be understood; nothing has changed.",
    401: f"The token in the header {TOKEN_HEADER} is missing, or is another one.",
    403: "Called from another machine without a token, or by a web page.",
    404: "There is no such session or entry.",
    408: "The body did not arrive whole; nothing has changed.",
    409: "What there is stands against it; nothing has changed.",
    413: "The body is too large.",
    415: "The body is neither JSON nor YAML, or is compressed.",
}
_ALWAYS: Final = (400, 401, 403)


def document(routes: Mapping[str, Mapping[str, "Call"]]) -> dict[str, Any]:
    """Make the document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "mock-upstream control API",
            "version": _version(),
            "description": "What the mock answers, breaks and has seen. Control calls never "
            "stand in the journal, and no answer holds a credential.",
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"token": []}],
        "paths": {PREFIX + path: _operations(path, calls) for path, calls in routes.items()},
        "components": {
            "schemas": dict(SHAPES),
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": TOKEN_HEADER,
                    "description": "Asked for when the mock was started with a control token.",
                }
            },
        },
    }


def _version() -> str:
    try:
        return version("mock-upstream")
    except PackageNotFoundError:  # a copy that is not installed
        return "0"


def _operations(path: str, calls: Mapping[str, "Call"]) -> dict[str, Any]:
    place = path.partition("{")[2].rstrip("}")
    operations: dict[str, Any] = {
        method.lower(): _operation(path, call) for method, call in calls.items()
    }
    if place:
        operations["parameters"] = [
            {
                "name": place,
                "in": "path",
                "required": True,
                "description": _PLACES[place],
                "schema": {"type": "string"},
            }
        ]
    return operations


def _operation(path: str, call: "Call") -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": call.handle.__name__,
        "summary": (call.handle.__doc__ or "").strip().partition("\n")[0],
        "tags": [path.split("/")[1].partition(".")[0]],
        "responses": dict(_responses(call)),
    }
    if path == "/health":
        operation["security"] = [{}]
    if call.query:
        operation["parameters"] = list(map(_parameter, call.query))
    if call.takes != "nothing":
        shape = {"schema": _shape(call.schema or "Anything")}
        kinds = ["application/json"] + ["application/yaml"] * (call.takes == "yaml")
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(kinds, shape)}
    return operation


def _parameter(name: str) -> dict[str, Any]:
    said, schema = _PARAMETERS[name]
    return {
        "name": name,
        "in": "query",
        "description": said,
        "schema": {"type": "string", **schema},
    }


def _responses(call: "Call") -> Iterator[tuple[str, Any]]:
    kind = "application/yaml" if call.gives == "Yaml" else "application/json"
    content: dict[str, Any] = {kind: {"schema": _shape(call.gives)}}
    if "format" in call.query:
        content["application/jsonl"] = {"schema": {"type": "string"}}
        content["text/x-shellscript"] = {"schema": {"type": "string"}}
    yield str(call.status), {"description": HTTPStatus(call.status).phrase, "content": content}
    with_body = (408, 413, 415) if call.takes != "nothing" else ()
    for status in sorted({*_ALWAYS, *call.refuses, *with_body}):
        error = {"application/json": {"schema": _shape("Error")}}
        yield str(status), {"description": _SAID[status], "content": error}


def _shape(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
