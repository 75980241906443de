"""Replays: each distinct payload, shown as it was to the mock with every shipped profile."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import httpx
import orjson

from conformance.environment import KEY_FROM_CALL
from mock_upstream import Session, create_app, load_profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.matrix import Api, Case
    from conformance.records import Records

REPLAYED_PROFILES = ("openai", "gateway")
PATHS: Final[Mapping[str, str]] = {"responses": "/v1/responses", "chat": "/v1/chat/completions"}


def shipped_profiles() -> tuple[str, ...]:
    """Return the name of every profile that the mock ships, in their order."""
    found = files("mock_upstream") / "profiles"
    return tuple(sorted(p.name[:-5] for p in found.iterdir() if p.name.endswith(".yaml")))


@dataclass(frozen=True, slots=True)
class Payload:
    """A distinct payload, as bytes, and the API it was sent to."""

    api: Api
    sha256: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What ``profile`` answered to the payload; ``body`` is the parsed error, None if accepted."""

    api: Api
    sha256: str
    profile: str
    status: int
    body: Any


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
    """Every profile's mock, asked without a socket between; a context manager.

    A port and HTTP would take three times as long, and say nothing about a payload.
    """

    def __init__(self, profiles: Iterable[str] = REPLAYED_PROFILES) -> None:
        self._profiles = tuple(profiles)
        self._stack = ExitStack()
        self._sessions: dict[str, Session] = {}
        self._clients: dict[str, httpx.AsyncClient] = {}

    def __enter__(self) -> Replayer:
        self._runner = self._stack.enter_context(asyncio.Runner())
        for name in self._profiles:
            session = self._sessions[name] = Session(load_profile(name))
            transport = httpx.ASGITransport(create_app(session))
            self._clients[name] = httpx.AsyncClient(transport=transport, base_url="http://mock")
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def replies(self, payload: Payload) -> tuple[Reply, ...]:
        """Return every profile's answer to ``payload``."""
        return self._runner.run(self._every(payload))

    async def _every(self, payload: Payload) -> tuple[Reply, ...]:
        return tuple([await self._post(profile, payload) for profile in self._profiles])

    async def _post(self, profile: str, payload: Payload) -> Reply:
        response = await self._clients[profile].post(
            PATHS[payload.api],
            content=payload.body,
            headers={
                "authorization": f"Bearer {KEY_FROM_CALL}",
                "content-type": "application/json",
            },
        )
        self._sessions[profile].journal.clear()
        body = None if response.is_success else _parsed(response)
        return Reply(payload.api, payload.sha256, profile, response.status_code, body)


def payloads(all_records: Iterable[Records]) -> list[Payload]:
    """Return the distinct payloads of ``all_records``, each once."""
    found = {
        (case.api, sha256): Payload(case.api, sha256, sent.body)
        for records in all_records
        for (sha256, (case, sent)) in records.distinct().items()
    }
    return list(found.values())


def add_replays(all_records: Iterable[Records], replies: Iterable[Reply]) -> None:
    """Sort ``replies`` into the records whose payloads they answer."""
    by_payload: dict[tuple[Api, str], list[Reply]] = {}
    for reply in replies:
        by_payload.setdefault((reply.api, reply.sha256), []).append(reply)
    for records in all_records:
        records.replays = tuple(_replays(records, by_payload))


def _replays(
    records: Records, by_payload: Mapping[tuple[Api, str], list[Reply]]
) -> Iterator[Replay]:
    for sha256, (case, sent) in records.distinct().items():
        payload = orjson.loads(sent.body)
        for reply in by_payload.get((case.api, sha256), ()):
            yield Replay(reply.profile, case, sha256, payload, reply.status, reply.body)


def _parsed(response: httpx.Response) -> Any:
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return response.text
