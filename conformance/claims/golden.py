"""Claims about Claude Code's own requests at each upstream, without and with its settings."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.claims.claim import Breach, Claim
from conformance.claims.compare import short
from conformance.golden_refusals import refusal_due
from conformance.replay import Payload, Replayer
from conformance.upstream_settings import recommended_settings, upstreams

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.claims.claim import Finding
    from conformance.matrix import Case
    from conformance.outcome import Sent
    from conformance.records import Records
    from conformance.replay import Reply


def _cured(records: Records) -> Iterator[Finding]:
    for case, sent, _ in records.all_sending():
        if case.options.upstream:
            reply = _answer(case, sent, case.options.upstream)
            expected = f"200 of {case.options.upstream}"
            yield None if not reply.rule else Breach(case, expected, _words(reply))


def _refused(records: Records) -> Iterator[Finding]:
    for case, sent, payload in records.all_sending():
        if case.options.model and not case.options.upstream:
            for profile, model in upstreams(case.api):
                if model == case.options.model:
                    yield _as_due(case, sent, payload, profile)


def _as_due(case: Case, sent: Sent, payload: object, profile: str) -> Breach | None:
    due = refusal_due(profile, case.api, case.scenario, payload)
    status, rule = (HTTPStatus.OK, "") if due is None else (due.status, due.rule)
    reply = _answer(case, sent, profile)
    if (reply.status, reply.rule) == (status, rule):
        return None
    return Breach(case, f"{profile}: {status} {rule}".rstrip(), _words(reply))


def _answer(case: Case, sent: Sent, profile: str) -> Reply:
    """Return what ``profile`` answers to a request that was sent, with its own headers."""
    configured = recommended_settings(case.options.upstream or profile, case.api)
    left = {name for name, _ in sent.headers}
    headers = {
        name: str(value)
        for name, value in configured.get("extra_headers", {}).items()
        if name.lower() in left
    }
    return _replayer(profile).reply(profile, Payload(case.api, sent.sha256, sent.body), headers)


@cache
def _replayer(profile: str) -> Replayer:
    return Replayer([profile])


def _words(reply: Reply) -> str:
    return short(f"{reply.status} {reply.rule} {reply.body or ''}".rstrip())


GOLDEN_CLAIMS = (
    Claim(
        id="golden-cured",
        level="MUST",
        sentence="With the settings that an upstream's profile recommends, Claude Code's own "
        "requests get 200 from it.",
        reason="It is what the settings are recommended for (docs/upstreams.md).",
        check=_cured,
        needs=("upstream-settings",),
    ),
    Claim(
        id="golden-refused",
        level="SHOULD",
        sentence="Without them they get the refusal that is written down for that upstream, and no "
        "other; 200 where it has nothing against them.",
        reason="A setting that cures nothing is one too many, and a refusal that has gone was of "
        "something that is no longer sent (docs/upstreams.md).",
        check=_refused,
        needs=("upstream-model",),
    ),
)
