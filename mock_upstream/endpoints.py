"""The upstream's paths: which methods they take, and which API they speak."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mock_upstream.verdict import Api


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One of the upstream's paths: the methods it takes and the API it speaks, if any."""

    methods: tuple[str, ...]
    api: Api | None = None


MODELS_PATH: Final = "/v1/models"
RESPONSES_PATH: Final = "/v1/responses"

ENDPOINTS: Final[Mapping[str, Endpoint]] = {
    RESPONSES_PATH: Endpoint(("POST",), "responses"),
    "/v1/chat/completions": Endpoint(("POST",), "chat"),
    MODELS_PATH: Endpoint(("GET",)),
}

_ONE_MODEL: Final = Endpoint(("GET",))
_ONE_RESPONSE: Final = Endpoint(("GET", "DELETE"))


def endpoint_of(path: str) -> Endpoint | None:
    """Find the endpoint that serves a path; the name of a model may hold slashes."""
    endpoint = ENDPOINTS.get(path)
    if endpoint is not None:
        return endpoint
    if resource_id(path, MODELS_PATH):
        return _ONE_MODEL
    response = resource_id(path, RESPONSES_PATH)
    return _ONE_RESPONSE if response and "/" not in response else None


def resource_id(path: str, collection: str) -> str:
    """Cut the id of one resource off the path of its collection; empty if there is none."""
    return path[len(collection) + 1 :] if path.startswith(collection + "/") else ""
