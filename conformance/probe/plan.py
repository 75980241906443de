"""The whole plan for one API, and what it will cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from conformance.probe.chat import plan as chat
from conformance.probe.chat import sizes as chat_sizes
from conformance.probe.chat import starts as chat_starts
from conformance.probe.responses import plan as responses
from conformance.probe.responses import sizes as responses_sizes
from conformance.probe.responses import starts as responses_starts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.matrix import Api
    from conformance.probe.experiment import Context, Experiment, Limit, Repair

CAP: Final = 64
"""Tokens that an answer may have, where the upstream lets a request say so."""

_WORDS_OF_A_REQUEST: Final = 130
"""Tokens of a usual request of the plan."""

_BESIDES: Final = 14
"""Requests on an API besides experiments and limits: contexts, key, answers."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one API is asked. ``caps`` are the ways to bound an answer, the usual one first."""

    api: Api
    minimal: Mapping[str, Any]
    caps: tuple[str, ...]
    repairs: tuple[Repair, ...]
    contexts: tuple[Context, ...]
    experiments: tuple[Experiment, ...]
    limits: tuple[Limit, ...]

    @property
    def fewest(self) -> int:
        """How many requests it takes where all is taken."""
        groups = {(one.context, one.group) for one in self.experiments if one.group}
        alone = sum(1 for one in self.experiments if not one.group)
        return len(groups) + alone + len(self.limits) + _BESIDES

    @property
    def most(self) -> int:
        """How many requests it takes where everything is refused, in words that say nothing."""
        return len(self.experiments) * 2 + len(self.limits) * 10 + _BESIDES * 2


@dataclass(frozen=True, slots=True)
class Cost:
    """What a probe may cost: requests, and tokens in and out."""

    fewest: int
    most: int

    def __str__(self) -> str:
        said = self.fewest * _WORDS_OF_A_REQUEST
        return (
            f"about {self.fewest} requests, {self.most} at the most; "
            f"some {said:,} tokens in, up to {self.fewest * CAP:,} out"
        )


def plans() -> tuple[Plan, ...]:
    """Return the plans for both APIs."""
    return (
        Plan(
            "responses",
            responses_starts.MINIMAL,
            ("max_output_tokens",),
            responses_starts.REPAIRS,
            responses_starts.CONTEXTS,
            tuple(responses.experiments()),
            responses_sizes.LIMITS,
        ),
        Plan(
            "chat",
            chat_starts.MINIMAL,
            ("max_tokens", "max_completion_tokens"),
            chat_starts.REPAIRS,
            chat_starts.CONTEXTS,
            tuple(chat.experiments()),
            chat_sizes.LIMITS,
        ),
    )


def cost(asked: tuple[Plan, ...], bound: int) -> Cost:
    """Return what the plans cost, within a bound of requests."""
    fewest, most = (sum(getattr(one, name) for one in asked) for name in ("fewest", "most"))
    return Cost(min(fewest, bound), min(most, bound))
