"""The requests that the benchmarks of a served mock send, as they go over the wire."""

from dataclasses import dataclass
from typing import Any

import orjson
from judge import FIXTURES, SMALL, responses_request

SMALL_CHAT = {key: value for key, value in SMALL["chat"].items() if key != "stream_options"}


@dataclass(frozen=True, slots=True)
class Row:
    """One request: its name, and itself as bytes."""

    name: str
    path: str
    payload: dict[str, Any]

    @property
    def request(self) -> bytes:
        """The request as it goes over the wire, with the headers that a client has."""
        body = orjson.dumps(self.payload)
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n"
            "User-Agent: benchmark\r\nAuthorization: Bearer key-from-benchmark\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def rows() -> list[Row]:
    """List the requests."""
    recorded = orjson.loads((FIXTURES / "tool-results-with-image.json").read_bytes())["body"]
    fixture = responses_request(recorded) | {"stream": False}
    return [
        Row("small chat", "/v1/chat/completions", SMALL_CHAT | {"stream": False}),
        Row("small response", "/v1/responses", SMALL["responses"] | {"stream": False}),
        Row("response stream", "/v1/responses", SMALL["responses"]),
        Row("fixture, 115 KB", "/v1/responses", fixture),
    ]
