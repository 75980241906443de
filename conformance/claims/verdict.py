"""Claims about verdicts: each profile answers to each payload what was predicted from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.claims.claim import Breach, Claim
from conformance.predictions import predict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.claims.claim import Finding
    from conformance.records import Records


def _as_predicted(records: Records) -> Iterator[Finding]:
    for replay in records.replays:
        if replay.profile not in ("openai", "gateway"):
            continue
        expected = predict(replay.profile, replay.case.api, replay.payload)
        if (replay.status, replay.body) == (expected.status, expected.body):
            yield None
        else:
            yield Breach(
                replay.case,
                f"{replay.profile}: {expected.status} {expected.body or ''}".rstrip(),
                f"{replay.status} {replay.body or ''}".rstrip(),
            )


VERDICT_CLAIMS = (
    Claim(
        id="verdicts-as-predicted",
        level="MUST",
        sentence="Each distinct payload gets from each profile the answer predicted from it.",
        reason="The prediction does not use the mock's rules, so the two hold each other.",
        check=_as_predicted,
    ),
)
