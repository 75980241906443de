"""Claims about verdicts: each profile answers to each payload what was predicted from it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from conformance.claims.claim import Breach, Claim, Unsaid
from conformance.claims.compare import short
from conformance.predictions import predict
from conformance.unpredicted import CannotTellError
from conformance.upstream_settings import recommended_settings
from conformance.variants import variant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.claims.claim import Finding
    from conformance.matrix import Api, Case
    from conformance.records import Records
    from conformance.replay import Replay

_DECLARED_BY: Final = "openai"
"""The profile that refuses all that OpenAI's own API does not declare."""


def _as_predicted(records: Records) -> Iterator[Finding]:
    for replay in records.replays:
        try:
            expected = predict(replay.profile, replay.case.api, replay.payload)
        except CannotTellError as reason:
            yield Unsaid(replay.case, f"{replay.profile}: {reason}")
            continue
        if expected.is_met_by(replay.status, replay.rule, replay.body):
            yield None
        else:
            yield Breach(replay.case, f"{replay.profile}: {expected}", _answer(replay))


def _answer(replay: Replay) -> str:
    return short(f"{replay.status} {replay.rule} {replay.body or ''}".rstrip())


def _declared(records: Records) -> Iterator[Finding]:
    meant = {
        (case.api, sent.sha256): case for case, sent, _ in records.all_sending() if _is_meant(case)
    }
    for replay in records.replays:
        case = meant.get((replay.case.api, replay.sha256))
        if replay.profile == _DECLARED_BY and case is not None:
            accepted = replay.rule == ""
            yield None if accepted else Breach(case, "accepted by OpenAI", _answer(replay))


def _is_meant(case: Case) -> bool:
    """Whether ``case`` has the flags that the profile recommends, and asks for nothing else."""
    raised = _recommended(case.api) <= case.delivery.raised
    return raised and not case.options.upstream and variant(case.options.variant).declared


@cache
def _recommended(api: Api) -> frozenset[str]:
    settings = recommended_settings(_DECLARED_BY, api)
    return frozenset(name for name, value in settings.items() if value is True)


VERDICT_CLAIMS = (
    Claim(
        id="verdicts-as-predicted",
        level="MUST",
        sentence="Each distinct payload gets from each shipped profile the status, the rule and, "
        "where they are known, the words that an independent reading of the profile predicts.",
        reason="The prediction shares no code with the mock (docs/profiles.md is all that it "
        "follows), so the two hold each other.",
        check=_as_predicted,
    ),
    Claim(
        id="declared-by-the-api",
        level="MUST",
        sentence="With the flags that the profile `openai` recommends, OpenAI's closed schema "
        "declares all that is sent, whatever else is configured.",
        reason="OpenAI answers 400 to an undeclared parameter at any depth "
        "(openai-resp-unknown-thinking, docs/catalogue.md).",
        check=_declared,
    ),
)
