"""Hints: what the cases that break a claim have in common and no other case has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.flags import FLAGS
from conformance.matrix import word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from conformance.matrix import Case, FlagValue


def hint(broken: Collection[Case], every: Collection[Case]) -> str:
    """Return where the ``broken`` cases lie among ``every`` case, in a sentence.

    An axis is named if the broken cases have one of its values and others have others. One that
    follows from those named is left out.
    """
    having = [_axes(case) for case in broken]
    others = [_axes(case) for case in every]
    narrow = {
        axis: value
        for axis, value in having[0].items()
        if all(case[axis] == value for case in having)
        and any(case[axis] != value for case in others)
    }
    alike = _count(narrow, others)
    for axis in reversed(tuple(narrow)):
        less = {other: value for other, value in narrow.items() if other != axis}
        if _count(less, others) == alike:
            narrow = less
    if not narrow:
        return f"{len(having)} of {len(others)} cases, of every kind"
    where = " and ".join(f"{axis} {value}" for axis, value in narrow.items())
    return f"only with {where}: {len(having)} of the {alike} cases like that"


def _count(wanted: Mapping[str, str], cases: Iterable[Mapping[str, str]]) -> int:
    return sum(all(case[axis] == value for axis, value in wanted.items()) for case in cases)


def _axes(case: Case) -> dict[str, str]:
    raised = case.delivery.raised
    return {
        "scenario": case.scenario,
        "upstream API": case.api,
        "a stream": "on" if case.streams else "off",
        "method": case.method,
        "entry": case.entry,
        "credentials from": case.source,
        "options": str(case.options) or "unset",
        "placement": " and ".join(case.delivery.placements),
        **{f"{flag.name} =": _words(case.delivery.values_of(flag.name)) for flag in FLAGS},
        **{flag.name: "raised" if flag.name in raised else "not raised" for flag in FLAGS},
    }


def _words(values: Iterable[FlagValue]) -> str:
    return " and ".join(map(word, values))
