"""Replays: each distinct payload, posted as it was to the mock with another profile."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx
import orjson

from conformance.environment import KEY_FROM_CALL
from mock_upstream import MockServer, Session, create_app, load_profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.matrix import Case
    from conformance.outcome import Sent

PATHS: Final[Mapping[str, str]] = {"responses": "/v1/responses", "chat": "/v1/chat/completions"}
REPLAYED_PROFILES = ("openai", "gateway")


@dataclass(frozen=True, slots=True)
class Replay:
    """What a profile answered to a payload; ``body`` is the parsed error, None if accepted."""

    profile: str
    case: Case
    sha256: str
    payload: Any
    status: int
    body: Any

    @property
    def refusal(self) -> str | None:
        """The upstream's own words, None if it accepted the payload."""
        return None if self.body is None else message_of(self.body)


def message_of(body: Any) -> str:
    """Return the words of an error body in any envelope that the shipped profiles use."""
    if isinstance(body, dict):
        error = body.get("error", body.get("detail", body))
        if isinstance(error, dict) and "message" in error:
            return str(error["message"])
        if isinstance(error, str):
            return error
    return orjson.dumps(body).decode()


class Replayer:
    """One mock for each profile, on real ports; a context manager."""

    def __init__(self, profiles: Iterable[str] = REPLAYED_PROFILES) -> None:
        self._profiles = tuple(profiles)
        self._stack = ExitStack()
        self._urls: dict[str, str] = {}

    def __enter__(self) -> Replayer:
        for name in self._profiles:
            app = create_app(Session(load_profile(name)))
            self._urls[name] = self._stack.enter_context(MockServer(app)).url
        self._client = self._stack.enter_context(httpx.Client(timeout=30))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def replay(self, case: Case, sent: Sent) -> tuple[Replay, ...]:
        """Post the bytes of ``sent`` to every profile's mock."""
        return tuple(self._post(profile, case, sent) for profile in self._profiles)

    def _post(self, profile: str, case: Case, sent: Sent) -> Replay:
        response = self._client.post(
            self._urls[profile] + PATHS[case.api],
            content=sent.body,
            headers={
                "authorization": f"Bearer {KEY_FROM_CALL}",
                "content-type": "application/json",
            },
        )
        body = None if response.is_success else _parsed(response)
        return Replay(profile, case, sent.sha256, sent.payload(), response.status_code, body)


def _parsed(response: httpx.Response) -> Any:
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return response.text
