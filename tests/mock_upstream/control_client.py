"""A client of the control API that sends what it is told, good or bad."""

from dataclasses import dataclass
from typing import Any

import httpx

JSON = "application/json"
YAML = "application/yaml"


@dataclass(frozen=True, slots=True)
class ControlClient:
    """Calls under `/_mock` of one server."""

    http: httpx.Client

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """Send a call: text is YAML, bytes are as they are, anything else is JSON."""
        headers = {"content-type": YAML if isinstance(body, str) else JSON} | options.pop(
            "headers", {}
        )
        if body is None:
            sent: dict[str, Any] = {"headers": options.pop("headers", {})}
        elif isinstance(body, str | bytes):
            sent = {"content": body, "headers": headers}
        else:
            sent = {"json": body, "headers": headers}
        if body is None:
            sent["headers"] = {k: v for k, v in headers.items() if k != "content-type"}
        return self.http.request(method, f"/_mock{path}", **sent, **options)
