"""Hints: what the cases that break a claim have in common and no other case has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.flags import FLAGS

if TYPE_CHECKING:
    from collections.abc import Collection

    from conformance.matrix import Case


def hint(broken: Collection[Case], every: Collection[Case]) -> str:
    """Return where the ``broken`` cases lie among ``every`` case, in a sentence.

    An axis is named if the broken cases have not all of its values: what they do not share is no
    cause, what all cases share is none either.
    """
    having = [_axes(case) for case in broken]
    others = [_axes(case) for case in every]
    narrow: dict[str, set[str]] = {}
    for axis in having[0]:
        values = {case[axis] for case in having}
        if len(values) == 1 and values != {case[axis] for case in others}:
            narrow[axis] = values
    alike = sum(all(case[axis] in values for axis, values in narrow.items()) for case in others)
    if not narrow:
        return f"{len(broken)} of {len(every)} cases, of every kind"
    where = " and ".join(f"{axis} {min(values)}" for axis, values in narrow.items())
    return f"only with {where}: {len(broken)} of the {alike} cases like that"


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
        **{flag.name: "raised" if flag.name in raised else "not raised" for flag in FLAGS},
    }
