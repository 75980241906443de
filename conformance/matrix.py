"""The matrix: every combination of flags and placements, upstream API and handler method.

A **delivery** says what each placement delivers. With n flags in the registry there are 3ⁿ
combinations of unset, true and false in each of the three placements, and for each flag every
ordered pair of placements that disagree about it: 39 deliveries for two flags.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from conformance.flags import FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Api = Literal["responses", "chat"]
Method = Literal["completion", "acompletion", "streaming", "astreaming"]

APIS: tuple[Api, ...] = ("responses", "chat")
PLACEMENTS: tuple[str, ...] = (
    "litellm_params",
    "optional_params",
    "optional_params.litellm_params",
)
"""Where LiteLLM may deliver a setting."""

METHODS: tuple[Method, ...] = ("completion", "acompletion", "streaming", "astreaming")
MODELS: Final[Mapping[Api, str]] = {"responses": "gpt-5.2-high", "chat": "gpt-4.1"}
"""A model name of each upstream API, as the handler's routing has it."""

FlagValue = bool | None
"""A flag's value in a placement; None is unset."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What each placement delivers: ``((placement, ((flag, value), …)), …)``.

    One placement with a value for every flag, or two placements that disagree about one flag.
    """

    values: tuple[tuple[str, tuple[tuple[str, FlagValue], ...]], ...]

    @property
    def placements(self) -> tuple[str, ...]:
        """The placements that this delivery uses."""
        return tuple(placement for placement, _ in self.values)

    def settings(self, placement: str) -> dict[str, bool]:
        """Return the flags that are set in ``placement``."""
        return {
            flag: value
            for where, flags in self.values
            if where == placement
            for flag, value in flags
            if value is not None
        }

    def values_of(self, flag: str) -> tuple[FlagValue, ...]:
        """Return the value of ``flag`` in each placement, in their order."""
        return tuple(dict(flags).get(flag) for _, flags in self.values)

    @property
    def raised(self) -> frozenset[str]:
        """The flags that are in force: any true wins."""
        return frozenset(flag for _, flags in self.values for flag, value in flags if value)

    def __str__(self) -> str:
        return " and ".join(
            f"{', '.join(f'{flag}={_word(value)}' for flag, value in flags)} in {placement}"
            for placement, flags in self.values
        )


@dataclass(frozen=True, slots=True)
class Case:
    """One scenario sent through one handler method to one upstream API with one delivery."""

    scenario: str
    api: Api
    method: Method
    delivery: Delivery

    @property
    def streams(self) -> bool:
        """Whether the upstream is asked for a stream."""
        return self.method.endswith("streaming")

    def __str__(self) -> str:
        return f"{self.scenario} · {self.api} · {self.method} · {self.delivery}"


def deliveries(flags: Iterable[str] | None = None) -> tuple[Delivery, ...]:
    """Return every delivery of ``flags`` (all that are judged unless told)."""
    names = tuple(flag.name for flag in FLAGS) if flags is None else tuple(flags)
    together = (
        Delivery(((placement, tuple(zip(names, values, strict=True))),))
        for placement in PLACEMENTS
        for values in itertools.product((None, True, False), repeat=len(names))
    )
    disagreeing = (
        Delivery(((one, ((flag, True),)), (other, ((flag, False),))))
        for one, other in itertools.permutations(PLACEMENTS, 2)
        for flag in names
    )
    return (*together, *disagreeing)


def cases(scenarios: Iterable[str], apis: Iterable[Api] = APIS) -> Iterator[Case]:
    """Yield every case of ``scenarios`` and ``apis``, a scenario after the other."""
    for scenario, api, delivery, method in itertools.product(
        scenarios, apis, deliveries(), METHODS
    ):
        yield Case(scenario, api, method, delivery)


def _word(value: FlagValue) -> str:
    return "unset" if value is None else str(value).lower()
