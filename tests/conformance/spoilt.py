"""Records spoilt by hand: a recorded request or outcome, changed in one way, in a few cases."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import orjson

from conformance.edits import parse_edit
from conformance.matrix import NO_OPTIONS, Case
from conformance.outcome import Answer, Failure, Outcome
from conformance.records import Records
from conformance.replay import Replay

Change = Callable[[Outcome], Outcome]
Which = Callable[[Case], bool]


@dataclass(frozen=True)
class Spoil:
    """What is changed in which cases of a scenario; ``id`` tells two of the same claim apart.

    ``every`` changes all that ``which`` fits, otherwise it is the first.
    """

    scenario: str
    which: Which
    change: Change
    every: bool = False
    id: str = ""

    def spoil(self, records: Records) -> Records:
        """Return ``records`` with the change made; a change that nothing fits is a mistake."""
        fitting = [case for case in records.outcomes if self.which(case)]
        changed = {
            case: self.change(records.outcomes[case])
            for case in (fitting if self.every else fitting[:1])
        }
        assert changed, "no case to spoil"
        assert all(records.outcomes[case] != changed[case] for case in changed), "nothing spoilt"
        outcomes = {**records.outcomes, **changed}
        return Records(records.scenario, outcomes, records.replays)


def plain(api: str = "responses", method: str = "completion", **more: Any) -> Which:
    """Cases of the SDK without flags or options, or with what ``more`` says of the case."""
    wanted = {"api": api, "method": method, "entry": "sdk", "source": "call", **more}
    options = wanted.pop("options", NO_OPTIONS)

    def fits(case: Case) -> bool:
        said = all(getattr(case, name) == value for name, value in wanted.items())
        return said and case.options == options and not case.delivery.raised

    return fits


def flagged(*flags: str, api: str = "responses") -> Which:
    """Plain cases that raise just these flags."""
    return lambda case: (
        case.is_plain and case.api == api and case.delivery.raised == frozenset(flags)
    )


def edited(*edits: str) -> Change:
    """Edit the payload that was sent, as the ledger writes edits."""

    def change(payload: Any) -> Any:
        for edit in edits:
            payload = parse_edit(edit).apply(payload)
        return payload

    return rewritten(change)


def rewritten(change: Callable[[Any], Any]) -> Change:
    """Change the payload that was sent."""
    return spelled(lambda body: orjson.dumps(change(orjson.loads(body))))


def spelled(change: Callable[[bytes], bytes]) -> Change:
    """Change the bytes that were sent."""

    def spoil(outcome: Outcome) -> Outcome:
        [sent] = outcome.sent
        body = change(sent.body)
        other = replace(sent, body=body, sha256=hashlib.sha256(body).hexdigest())
        return replace(outcome, sent=(other,))

    return spoil


def sent(**fields: Any) -> Change:
    """Change what else is recorded of the request."""
    return lambda outcome: replace(
        outcome, sent=tuple(replace(one, **fields) for one in outcome.sent)
    )


def twice(outcome: Outcome) -> Outcome:
    """Send the request again."""
    return replace(outcome, sent=(*outcome.sent, *outcome.sent))


def never(outcome: Outcome) -> Outcome:
    """Send nothing."""
    return replace(outcome, sent=())


def answered(text: str) -> Change:
    """Give the caller another text."""
    return lambda outcome: replace(outcome, answer=Answer(text))


def failed(status: int) -> Change:
    """Give the caller an error of that status."""
    return lambda outcome: replace(outcome, answer=Failure("AnError", status, "no"))


def heard(less: str) -> Change:
    """Let the caller hear nothing that has ``less`` in it."""

    def change(outcome: Outcome) -> Outcome:
        answer = outcome.answer
        assert isinstance(answer, Answer)
        lines = tuple(line for line in answer.heard if less not in line)
        return replace(outcome, answer=replace(answer, heard=lines))

    return change


def touched(*names: str) -> Change:
    """Change arguments of the caller's."""
    return lambda outcome: replace(outcome, touched=names)


def replayed(records: Records, which: Callable[[Replay], bool], **fields: Any) -> Records:
    """Return ``records`` with another answer of a profile to the first payload that fits."""
    first = next(replay for replay in records.replays if which(replay))
    replays = tuple(
        replace(replay, **fields) if replay is first else replay for replay in records.replays
    )
    return Records(records.scenario, records.outcomes, replays)
