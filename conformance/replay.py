"""Replays: each distinct payload, shown as it was to the mock with every shipped profile."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import orjson

from conformance.environment import KEY_FROM_CALL
from conformance.profile_reading import profile_names
from mock_upstream import Session, load_profile
from mock_upstream.exchange import Call, answer
from mock_upstream.request_body import BodyState, RequestBody

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.matrix import Api, Case
    from conformance.records import Records
    from mock_upstream.wire import WireReply

PATHS: Final[Mapping[str, str]] = {"responses": "/v1/responses", "chat": "/v1/chat/completions"}

_BODY_LIMIT: Final = 32 * 2**20
_USUAL_HEADERS: Final = {
    "authorization": f"Bearer {KEY_FROM_CALL}",
    "content-type": "application/json",
}


@dataclass(frozen=True, slots=True)
class Payload:
    """A distinct payload, as bytes, and the API it was sent to."""

    api: Api
    sha256: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What ``profile`` answered to the payload.

    ``rule`` names the rule that refused it, empty if it was accepted; ``body`` is the parsed error,
    None if it was.
    """

    api: Api
    sha256: str
    profile: str
    status: int
    rule: str
    body: Any


@dataclass(frozen=True, slots=True)
class Replay:
    """What a profile answered to a payload; ``rule`` and ``body`` are those of `Reply`."""

    profile: str
    case: Case
    sha256: str
    payload: Any
    status: int
    rule: str
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
    """Every shipped profile's mock, asked without a socket or an HTTP client between.

    Those would take eight times as long, and say nothing about a payload.
    """

    def __init__(self, profiles: Iterable[str] | None = None) -> None:
        names = profile_names() if profiles is None else profiles
        self._sessions = {name: Session(load_profile(name)) for name in names}

    def replies(self, payload: Payload) -> tuple[Reply, ...]:
        """Return every profile's answer to ``payload``."""
        return tuple(self.reply(profile, payload) for profile in self._sessions)

    def reply(
        self, profile: str, payload: Payload, headers: Mapping[str, str] = MappingProxyType({})
    ) -> Reply:
        """Return the answer of ``profile`` to ``payload``, sent with ``headers`` besides a key."""
        every = {**headers, **_USUAL_HEADERS}
        raw = tuple((name.encode(), value.encode()) for name, value in every.items())
        body = RequestBody(payload.body, BodyState.WHOLE)
        call = Call("POST", PATHS[payload.api], raw, body, number=1)
        answered = answer(self._sessions[profile], call, _BODY_LIMIT)
        if answered.reply is None:
            raise RuntimeError(f"the mock of {profile} left a whole request without an answer")
        rules = [one.rule for one in answered.verdict.violations]
        refusal = _parsed(answered.reply) if rules else None
        return Reply(
            api=payload.api,
            sha256=payload.sha256,
            profile=profile,
            status=answered.reply.status,
            rule=rules[0] if rules else "",
            body=refusal,
        )


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
        payload = records.payload_of(sent)
        for reply in by_payload.get((case.api, sha256), ()):
            yield Replay(
                profile=reply.profile,
                case=case,
                sha256=sha256,
                payload=payload,
                status=reply.status,
                rule=reply.rule,
                body=reply.body,
            )


def _parsed(reply: WireReply) -> Any:
    content = b"".join(chunk for chunk in reply.chunks if isinstance(chunk, bytes))
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return content.decode("utf-8", "replace")
