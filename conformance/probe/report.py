"""What a probe found, as JSON for machines and as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from conformance.probe.charting import NEVER_SEEN
from conformance.probe.written import config_text, profile_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.probe.asking import Asking
    from conformance.probe.charting import Chart
    from conformance.probe.drift import Difference
    from conformance.probe.investigation import Findings
    from conformance.probe.written import Occasion

FORM: Final = 1
"""The form of a report; another number is another form."""

_WIDTH: Final = 46
_SAID: Final = 90
_MOST_ROWS: Final = 40


def report(
    chart: Chart, occasion: Occasion, asking: Asking, drift: Sequence[Difference] | None
) -> dict[str, Any]:
    """Return all that was found, as JSON has it."""
    return {
        "form": FORM,
        "upstream": str(occasion.address),
        "model": chart.model,
        "day": occasion.day,
        "requests": asking.sent,
        "tokens": asking.tokens_sent,
        "stopped": chart.stopped or None,
        "absent": {api: trial.answer.status for api, trial in chart.absent.items()},
        "apis": {one.api: _api(chart, one) for one in chart.findings},
        "key": _key(chart),
        "never_seen": list(NEVER_SEEN),
        "drift": None if drift is None else [_difference(one) for one in drift],
        "profile": profile_text(chart, occasion),
        "config": config_text(chart, occasion),
    }


def _api(chart: Chart, found: Findings) -> dict[str, Any]:
    journey = next((one for one in chart.journeys if one.api == found.api), None)
    answers = next((one for one in chart.answering if one.api == found.api), None)
    return {
        "needs": [one.shows for one in found.trials if "-needs-" in one.id],
        "headers": dict(found.foothold.headers),
        "experiments": [
            {
                "id": one.id,
                "shows": one.shows,
                "outcome": one.outcome,
                "status": one.answer.status,
                "place": (one.refused.path or next(iter(one.places), "")) or None,
                "said": one.refused.message if one.outcome == "refused" else None,
            }
            for one in found.trials
        ],
        "limits": {
            name: {"size": bound.size, "end_seen": bound.beyond is not None}
            for name, bound in found.bounds.items()
        },
        "unseen": dict(found.unseen),
        "in_no_rule": [one.id for one in chart.draft.unsaid if one.api == found.api],
        "answers": {} if answers is None else dict(answers.seen),
        "faults": [] if answers is None else list(answers.faults),
        "settings": None if journey is None else journey.settings,
        "claude_code": None
        if journey is None
        else {"without": journey.without.outcome, "with": journey.proof.outcome},
    }


def _key(chart: Chart) -> dict[str, Any] | None:
    if chart.key is None:
        return None
    return {
        "none": chart.key.missing.answer.status,
        "wrong": chart.key.wrong.answer.status,
        **{name: one.answer.status for name, one in chart.key.elsewhere.items()},
    }


def _difference(one: Difference) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "api": one.api,
        "what": one.what,
        "said": one.said or None,
        "remove": list(one.settings),
    }


def table(chart: Chart, occasion: Occasion, asking: Asking) -> Iterator[str]:
    """Yield the lines of the table."""
    yield f"{occasion.address}, model {chart.model}"
    yield f"{asking.sent} requests, some {asking.tokens_sent:,} tokens sent"
    for api, trial in chart.absent.items():
        yield from ("", f"{_title(api)}: not there ({trial.answer.status})")
    for one in chart.findings:
        yield from _section(chart, one)
    if chart.key is not None:
        statuses = [f"{name} {status}" for name, status in (_key(chart) or {}).items()]
        yield from ("", "The key", f"  {', '.join(statuses)}")
    yield from ("", "Not seen by any probe of this kind", *(f"  {one}" for one in NEVER_SEEN))
    if chart.stopped:
        yield from ("", f"The probe did not end: {chart.stopped}.")


def _section(chart: Chart, found: Findings) -> Iterator[str]:
    taken = sum(1 for one in found.trials if one.outcome == "accepted")
    refused = [one for one in found.trials if one.outcome == "refused"]
    yield from ("", f"{_title(found.api)}: {taken} experiments taken, {len(refused)} refused")
    for one in refused[:_MOST_ROWS]:
        place = one.places[0] if one.places else one.refused.path
        label = one.shows if not place or one.shows in place else f"{one.shows}"
        said = " ".join(one.refused.message.split())[:_SAID]
        yield f"  {label[:_WIDTH]:{_WIDTH}} {one.answer.status} {said}"
    if len(refused) > _MOST_ROWS:
        yield f"  and {len(refused) - _MOST_ROWS} more, see --report"
    ends = [(_sizes(found, name), bound) for name, bound in found.bounds.items()]
    for label, bound in ends:
        if bound.beyond is not None:
            yield f"  limit: {label[: _WIDTH - 7]:{_WIDTH - 7}} {bound.size}"
    yield from _answers(chart, found)
    yield from _settings(chart, found)
    if found.unseen:
        yield f"  unseen: {len(found.unseen)}, see --report"


def _sizes(found: Findings, name: str) -> str:
    return next((one.shows for one in found.foothold.plan.limits if one.id == name), name)


def _answers(chart: Chart, found: Findings) -> Iterator[str]:
    for one in chart.answering:
        if one.api == found.api:
            for what, seen in one.seen.items():
                if not what.startswith("error "):
                    yield f"  answers: {what[: _WIDTH - 9]:{_WIDTH - 9}} {seen}"
            yield from (f"  departs: {fault}" for fault in one.faults)


def _settings(chart: Chart, found: Findings) -> Iterator[str]:
    for one in chart.journeys:
        if one.api != found.api:
            continue
        if one.without.outcome == "accepted":
            yield "  Claude Code's request: taken as it is"
        else:
            said = " ".join(one.without.refused.message.split())[:_SAID]
            yield f"  Claude Code's request: {one.without.answer.status} {said}"
            yield f"  with the settings below: {'taken' if one.proved else 'still refused'}"
        for name, value in one.settings.items():
            yield f"    {name}: {_yaml(value)}"


def _yaml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(f'"{one}"' for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_yaml(one)}" for name, one in value.items()) + "}"
    return str(value)


def _title(api: str) -> str:
    return "Responses" if api == "responses" else "Chat Completions"
