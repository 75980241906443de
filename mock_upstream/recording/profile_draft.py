"""Writes the refusals of a recording as a draft of a profile: rules that say what was seen.

Each rule is held to the whole recording before it is written: it refuses the request as the
upstream did, with status and body, and none that the upstream took. What no rule says is a comment.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from mock_upstream.journal import JournalEntry
from mock_upstream.journal.shown import response_mask
from mock_upstream.judging.judge import Judge, compile_judge
from mock_upstream.profile_format.profile import ProfileError
from mock_upstream.profile_format.profile_file import load_text
from mock_upstream.recording.blame import refused
from mock_upstream.recording.likeness import REFUSING
from mock_upstream.recording.recording import one_line, payload_of
from mock_upstream.recording.rule_draft import Rule, Seen, candidates, closed_endpoint
from mock_upstream.recording.yaml_text import comments, yaml_text
from mock_upstream.verdict import Api, Payload

if TYPE_CHECKING:
    from mock_upstream.recording.recording import Recording

_REFUSED_FROM: Final = 400
_NO_ENDPOINT: Final = frozenset({404, 405, 501})
_LONGEST_MESSAGE: Final = 200


class _Taken(NamedTuple):
    """A request that the upstream took."""

    api: Api
    payload: Payload
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What a recording shows: refusals of requests, requests that were taken, and the rest."""

    seen: list[Seen]
    taken: list[_Taken]
    left_out: list[str]
    keyless: bool


def profile_draft(recording: "Recording") -> str:
    """Write the profile. It is one that `mock-upstream profile check` takes."""
    evidence = _evidence(recording.journal.entries)
    draft = _Draft(_base(recording, evidence), evidence)
    left_out = list(evidence.left_out)
    for seen in evidence.seen:
        if not draft.says(seen):
            why = f"no rule can be drawn: {seen.refused.message}"
            left_out.append(_told(seen.entry, why))
    head = comments(_head(recording, len(draft.rules)))
    tail = ["", "Refusals that are in no rule:", *left_out] if left_out else []
    return head + yaml_text({**draft.base, "rules": draft.rules}) + comments(tail)


class _Draft:
    """A profile in the making."""

    def __init__(self, base: dict[str, Any], evidence: _Evidence) -> None:
        self.base = base
        self.rules: list[Rule] = []
        self._evidence = evidence
        self._judge = _judge(base, [])
        self._said: list[Seen] = []
        self._unsaid: set[tuple[str, str, bytes]] = set()

    def says(self, seen: Seen) -> bool:
        """Say whether the rules refuse a request as it was seen, with one more rule if need be."""
        known = (seen.api, seen.refused.path, seen.response.body)
        if self._judge is not None and _same(self._judge, seen):
            self._said.append(seen)
            return True
        if known in self._unsaid or not self._grown(seen):
            self._unsaid.add(known)
            return False
        self._said.append(seen)
        return True

    def _grown(self, seen: Seen) -> bool:
        mask = response_mask(seen.entry, seen.response)
        names = {rule["id"] for rule in self.rules}
        for rule in _candidates(seen, self._evidence):
            named = {**rule, "id": _new(rule["id"], names)}
            text = yaml_text({"rules": [named]})
            judge = _judge(self.base, [*self.rules, named])
            if mask.text(text) == text and judge is not None and self._holds(judge, seen):
                self.rules.append(named)
                self._judge = judge
                return True
        return False

    def _holds(self, judge: Judge, seen: Seen) -> bool:
        """Say whether this is refused as seen, what was taken is spared, and the rest as before."""
        return (
            _same(judge, seen)
            and all(judge.check(*one).accepted for one in self._evidence.taken)
            and all(_same(judge, one) for one in self._said)
        )


def _head(recording: "Recording", count: int) -> Iterator[str]:
    yield f"A draft, made of what {recording.address} refused in one recording. Rules: {count}."
    yield "Each says what was seen, and no more; look through them before relying on them."
    if recording.journal.evicted:
        yield f"{recording.journal.evicted} older requests had left the journal: --journal-bytes."


def _base(recording: "Recording", evidence: _Evidence) -> dict[str, Any]:
    base: dict[str, Any] = {
        "name": "recorded",
        "about": f"What {recording.address} refused in a recording.",
        "unknown": "ignore",
        "precedence": "rules-first",
    }
    return base | ({"auth": {"required": False}} if evidence.keyless else {})


def _evidence(entries: tuple[JournalEntry, ...]) -> _Evidence:
    found = _Evidence([], [], [], keyless=any(map(_is_keyless, entries)))
    for entry in entries:
        status, response = entry.status, entry.response
        if status is None or response is None:
            continue
        payload = payload_of(entry)
        if entry.api is not None and payload is not None and status < _REFUSED_FROM:
            found.taken.append(_Taken(entry.api, payload, _headers(entry)))
        elif status >= _REFUSED_FROM:
            why = _useless(entry, payload)
            if why is not None or entry.api is None or payload is None:
                found.left_out.append(_told(entry, why or "it went to no API that rules speak of"))
                continue
            said = refused(response.body, payload)
            found.seen.append(Seen(entry, response, entry.api, payload, said))
    return found


def _useless(entry: JournalEntry, payload: Payload | None) -> str | None:
    """Say why a refusal makes no rule."""
    response = entry.response
    if entry.status not in REFUSING:
        return "this status says nothing about the request's body"
    if payload is None:
        return "the request's body is no JSON object"
    if response is None or response.ending != "whole":
        return "the refusal is not known as a whole"
    if response_mask(entry, response).body(response.body).data != response.body:
        return "the refusal repeats a credential"
    return None


def _candidates(seen: Seen, evidence: _Evidence) -> Iterator[Rule]:
    yield from candidates(seen)
    others = [one.api for one in evidence.taken]
    if (
        seen.refused.place is None
        and seen.response.status in _NO_ENDPOINT
        and seen.api not in others
    ):
        rule = closed_endpoint(seen)
        if rule is not None:
            yield rule


def _new(name: str, names: set[str]) -> str:
    number = 1
    new = name
    while new in names:
        number += 1
        new = f"{name}-{number}"
    return new


def _judge(base: dict[str, Any], rules: list[Rule]) -> Judge | None:
    try:
        return compile_judge(load_text(yaml_text({**base, "rules": rules}), "draft"))
    except ProfileError:
        return None


def _same(judge: Judge, seen: Seen) -> bool:
    """Say whether a request is refused with the status and the body that were seen."""
    verdict = judge.check(seen.api, seen.payload, _headers(seen.entry))
    if verdict.accepted:
        return False
    reply = judge.refusal(verdict)
    if reply.status != seen.response.status:
        return False
    if reply.body == seen.response.body:
        return True
    try:
        return bool(orjson.loads(reply.body) == orjson.loads(seen.response.body))
    except orjson.JSONDecodeError:
        return False


def _headers(entry: JournalEntry) -> dict[str, str]:
    return dict(reversed(entry.headers))


def _is_keyless(entry: JournalEntry) -> bool:
    answered = entry.response is not None and entry.status not in (401, 403)
    return answered and entry.api is not None and entry.credential is None


def _told(entry: JournalEntry, why: str) -> str:
    mask = None if entry.response is None else response_mask(entry, entry.response)
    if mask is not None and entry.response is not None:
        mask.body(entry.response.body)
        why = mask.text(why)
    status = "-" if entry.status is None else entry.status
    line = f"request {entry.number}: {entry.method} {entry.path} {status}: {why[:_LONGEST_MESSAGE]}"
    return one_line(line)
