"""Group testing: many differences in one request, and only on a refusal fewer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.probe.experiment import APPENDED
from mock_upstream.field_path import render

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from common.field_path import Location
    from conformance.probe.experiment import Experiment
    from conformance.probe.trial import Trial


def sift(
    group: Sequence[Experiment],
    together: Callable[[Sequence[Experiment]], Trial],
    note: Callable[[Experiment, Trial], None],
) -> None:
    """Find out of each experiment of ``group`` whether it is taken.

    ``together`` asks several at once. Taken, all are. Refused with words that name some, these are
    asked one by one and the others together again; else each half is.
    """
    left = list(group)
    while left:
        trial = together(left)
        if len(left) == 1 or trial.outcome == "accepted":
            for one in left:
                note(one, trial)
            return
        culprits = [one for one in left if is_blamed(one, trial)] or left[: (len(left) + 1) // 2]
        if len(culprits) == len(left):
            culprits = left[: (len(left) + 1) // 2]
        named = all(is_blamed(one, trial) for one in culprits)
        if named:
            for one in culprits:
                note(one, together([one]))
        else:
            sift(culprits, together, note)
        left = [one for one in left if one not in culprits]


def places_of(experiment: Experiment, trial: Trial) -> tuple[str, ...]:
    """Return where an experiment's request differs, as paths."""
    return tuple(render(_resolved(place, value, trial)) for place, value in experiment.edits)


def is_blamed(experiment: Experiment, trial: Trial) -> bool:
    """Whether the words of a refusal point at what an experiment changed."""
    refused = trial.refused
    for place, value in experiment.edits:
        at = _resolved(place, value, trial)
        if refused.place is not None and (_within(refused.place, at) or _within(at, refused.place)):
            return True
        name = _name(at, value)
        if name and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", refused.message):
            return True
    return False


def _within(place: Location, above: Location) -> bool:
    return place == above or (len(above) > 1 and place[: len(above)] == above)


def _name(place: Location, value: object) -> str:
    """Return the word that names a change: the last key, or the name of a tool that was added."""
    if isinstance(value, dict) and place[0] == "tools":
        inner = value.get("function", value)
        name = inner.get("name") if isinstance(inner, dict) else None
        return str(name or value.get("type", ""))
    last = place[-1]
    return last if isinstance(last, str) else ""


def _resolved(place: Location, value: object, trial: Trial) -> Location:
    """Return a place with the index that an appended element has in the request."""
    if place[-1] != APPENDED:
        return place
    holder: Any = trial.payload
    for step in place[:-1]:
        holder = holder[step]
    return (*place[:-1], holder.index(value) if value in holder else len(holder))
