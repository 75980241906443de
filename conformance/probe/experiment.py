"""Experiments: one request each, which differs in one thing from a request that is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from common.field_path import Location
    from conformance.matrix import Api
    from conformance.profile_reading import Rule

Payload = dict[str, Any]


class _Cut:
    """What stands for taking a field away."""

    def __repr__(self) -> str:
        return "CUT"


CUT: Final = _Cut()

APPENDED: Final = -1
"""The index of an element that is put behind the others."""

UNDECLARED: Final = "undeclared"
"""The group of fields that an upstream refuses one and all, if it refuses any unknown key."""

Edit = tuple["Location", Any]
"""A place in a payload and what is put there: `CUT` takes it away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One difference from a request of ``context``, and what a refusal of it would show.

    ``rules`` are what a profile would say of the refusal, the likeliest first; without any, what is
    seen stands in the report alone. Experiments of one ``group`` do not disturb each other: they
    may go in one request. ``after`` names the experiment without which this one means nothing.
    """

    id: str
    api: Api
    context: str
    edits: tuple[Edit, ...]
    rules: tuple[Rule, ...]
    shows: str
    group: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A size that may be bounded: ``edits`` make it, ``rule`` says it, ``ladder`` is what is tried.

    With ``least`` the bound is a lower one, and the ladder goes down.
    """

    id: str
    api: Api
    context: str
    edits: Callable[[int], tuple[Edit, ...]]
    rule: Rule | None
    ladder: tuple[int, ...]
    shows: str
    after: str = ""
    least: bool = False

    def ruled(self, bound: int) -> tuple[Rule, ...]:
        """Return the rule with the bound that was found."""
        if self.rule is None:
            return ()
        return ({**self.rule, "min" if self.least else "max": bound},)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What an upstream may want in every request of a kind: added where it is refused without.

    ``rules`` are what a profile would say of its absence. ``words`` are found in such a refusal.
    """

    id: str
    api: Api
    apply: Callable[[Payload], Payload]
    rules: tuple[Rule, ...]
    words: tuple[str, ...]
    shows: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A request that experiments start from: ``edits`` on the one before it, ``over``."""

    name: str
    api: Api
    over: str
    edits: tuple[Edit, ...]
    rules: tuple[Rule, ...]
    shows: str


def trying_at(
    api: Api,
    name: str,
    context: str,
    edit: Edit,
    *rules: Rule,
    edits: tuple[Edit, ...] = (),
    group: str = "",
    after: str = "",
) -> Experiment:
    """Write an experiment: what is put where, and the rules that a refusal would show."""
    return Experiment(
        id=f"{api}-{name}",
        api=api,
        context=context,
        edits=(edit, *edits),
        rules=rules,
        shows=name,
        group=group,
        after=after,
    )


def edited(payload: Payload, edits: Iterable[Edit]) -> Payload:
    """Return a copy of ``payload`` with the edits made, in their order."""
    copy: Payload = orjson.loads(orjson.dumps(payload))
    for place, value in edits:
        _edit(copy, place, value)
    return copy


def _edit(payload: Any, place: Location, value: Any) -> None:
    *above, last = place
    for step in above:
        payload = payload[step]
    if isinstance(value, _Cut):
        payload.pop(last, None)
    elif last == APPENDED:
        payload.append(value)
    else:
        payload[last] = value
