"""A request as matches see it: where it went, its headers, and the body once it is asked for."""

from typing import Literal, TypeAlias

import orjson

from mock_upstream.access.presented_key import RawHeaders
from mock_upstream.endpoints import MODELS_PATH, RESPONSES_PATH, endpoint_of
from mock_upstream.verdict import Payload

EndpointName: TypeAlias = Literal["responses", "chat", "models", "stored", "any"]
"""What a match may name: the two APIs, the model list and each model, a response asked for again
or deleted, or whatever path there is."""


class Incoming:
    """One request. The body is parsed when a match first asks for it, and once."""

    __slots__ = ("_parsed", "_payload", "body", "endpoint", "headers", "method", "path")

    def __init__(
        self,
        method: str,
        path: str,
        headers: RawHeaders,
        body: bytes,
        payload: Payload | None = None,
    ) -> None:
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.endpoint = _endpoint(path)
        self._payload = payload
        self._parsed = payload is not None

    @property
    def payload(self) -> Payload | None:
        """The body as JSON; None if it is no JSON object."""
        if not self._parsed:
            self._parsed = True
            try:
                payload = orjson.loads(self.body)
            except orjson.JSONDecodeError:
                payload = None
            self._payload = payload if isinstance(payload, dict) else None
        return self._payload

    @property
    def model(self) -> object:
        """The model that is asked for, None without one."""
        return None if self.payload is None else self.payload.get("model")

    def header(self, name: str) -> tuple[str, ...]:
        """List the values of a header; `name` is in lower case."""
        wanted = name.encode("latin-1")
        return tuple(value.decode("latin-1") for key, value in self.headers if key == wanted)

    def shown(self) -> str:
        """Name the request in a message: method, path and model."""
        model = "" if self.model is None else f", model {str(self.model)[:80]!r}"
        return f"{self.method} {self.path[:200]}{model}"


def _endpoint(path: str) -> EndpointName | None:
    endpoint = endpoint_of(path)
    if endpoint is None:
        return None
    if endpoint.api is not None:
        return endpoint.api
    if path == MODELS_PATH or path.startswith(MODELS_PATH + "/"):
        return "models"
    return "stored" if path.startswith(RESPONSES_PATH + "/") else None
