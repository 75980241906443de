"""The whole plan for one API, and what it will cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from conformance.probe import chat_plan, responses_plan

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
            responses_plan.MINIMAL,
            ("max_output_tokens",),
            responses_plan.REPAIRS,
            responses_plan.CONTEXTS,
            tuple(responses_plan.experiments()),
            responses_plan.LIMITS,
        ),
        Plan(
            "chat",
            chat_plan.MINIMAL,
            ("max_tokens", "max_completion_tokens"),
            chat_plan.REPAIRS,
            chat_plan.CONTEXTS,
            tuple(chat_plan.experiments()),
            chat_plan.LIMITS,
        ),
    )


def cost(asked: tuple[Plan, ...], bound: int) -> Cost:
    """Return what the plans cost, within a bound of requests."""
    fewest, most = (sum(getattr(one, name) for one in asked) for name in ("fewest", "most"))
    return Cost(min(fewest, bound), min(most, bound))
