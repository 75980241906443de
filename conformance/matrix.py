"""The matrix: what a case is made of, and what its axes hold.

A **delivery** says what each placement delivers. Which combinations are run is said in
`conformance.products`; here is only what there is to combine.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from conformance.flags import FLAGS
from conformance.upstream_settings import recommended_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Api = Literal["responses", "chat"]
Method = Literal["completion", "acompletion", "streaming", "astreaming"]
Entry = Literal["handler", "sdk", "router", "proxy-messages", "proxy-chat", "proxy-responses"]
Source = Literal["call", "litellm_params", "both", "environment", "none"]
FlagValue = bool | str | None
"""A flag's value in a placement; None is unset. A string is what YAML or a variable spells."""

APIS: Final[tuple[Api, ...]] = get_args(Api)
METHODS: Final[tuple[Method, ...]] = get_args(Method)
ENTRIES: Final[tuple[Entry, ...]] = get_args(Entry)
"""How a client's request reaches the handler: called with captured arguments, by LiteLLM's SDK, by
its Router, by each of its proxy's three endpoints."""

SOURCES: Final[tuple[Source, ...]] = get_args(Source)
"""Where base and key come from; ``none`` is a base of the model's own without a key."""

MODELS: Final[Mapping[Api, str]] = {"responses": "gpt-5.2-high", "chat": "gpt-4.1"}
"""A model name of each upstream API, as the handler's routing has it."""

PLACEMENTS: Final = ("litellm_params", "optional_params", "optional_params.litellm_params")
"""Where LiteLLM may deliver a setting."""

ONLY_TO_THE_HANDLER: Final = "litellm_params"
"""The placement that no LiteLLM we know fills: it is reached by calling the handler."""

TRUE_STRINGS: Final = ("true", "True", "TRUE")
FALSE_STRINGS: Final = ("false", "False", "FALSE")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What each placement delivers: ``((placement, ((flag, value), …)), …)``."""

    values: tuple[tuple[str, tuple[tuple[str, FlagValue], ...]], ...]

    @property
    def placements(self) -> tuple[str, ...]:
        """The placements that this delivery uses."""
        return tuple(placement for placement, _ in self.values)

    def settings(self, placement: str) -> dict[str, bool | str]:
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
        return frozenset(flag for _, flags in self.values for flag, value in flags if _true(value))

    @property
    def is_unset(self) -> bool:
        """Whether no placement says anything about any flag."""
        return all(value is None for _, flags in self.values for _, value in flags)

    def __str__(self) -> str:
        return " and ".join(
            f"{', '.join(f'{flag}={word(value)}' for flag, value in flags)} in {placement}"
            for placement, flags in self.values
        )


@dataclass(frozen=True, slots=True)
class Options:
    """Settings beside the flags.

    LiteLLM's ``drop_params`` and ``extra_headers`` (name and value), our ``drop_fields``.

    With ``model`` the request goes to that model in place of the usual one; with ``upstream`` it
    has all settings that the profile of that name recommends. With ``beside`` a second stream of
    the same is open beside the first, and they are read in turns. ``variant`` names one of
    `conformance.variants`.
    """

    drop_params: bool | None = None
    drop_fields: tuple[str, ...] = ()
    extra_headers: tuple[tuple[str, str], ...] = ()
    model: str = ""
    upstream: str = ""
    beside: bool = False
    variant: str = ""

    def __str__(self) -> str:
        said = [] if self.drop_params is None else [f"drop_params={word(self.drop_params)}"]
        said += [f"drop_fields={path}" for path in self.drop_fields]
        said += [f"extra_headers={name}" for name, _ in self.extra_headers]
        said += [f"model={self.model}"] if self.model else []
        said += [f"settings of {self.upstream}"] if self.upstream else []
        said += ["two streams at once"] if self.beside else []
        return " ".join([*said, *([f"variant={self.variant}"] if self.variant else [])])


NO_OPTIONS: Final = Options()


@dataclass(frozen=True, slots=True)
class Case:
    """One scenario sent by one entry and handler method to one upstream API, so configured."""

    scenario: str
    api: Api
    method: Method
    delivery: Delivery
    entry: Entry = "sdk"
    source: Source = "call"
    options: Options = NO_OPTIONS

    @property
    def streams(self) -> bool:
        """Whether the upstream is asked for a stream."""
        return self.method.endswith("streaming")

    @property
    def calls(self) -> int:
        """How many times LiteLLM is called: twice for two streams at once."""
        return 2 if self.options.beside else 1

    @property
    def by_proxy(self) -> bool:
        """Whether the request goes through LiteLLM's proxy."""
        return self.entry.startswith("proxy-")

    def settings(self, placement: str) -> dict[str, Any]:
        """Return our settings in ``placement``; ``drop_fields`` stands in the first one used."""
        settings: dict[str, Any] = dict(self.delivery.settings(placement))
        if self.options.drop_fields and placement == self.delivery.placements[0]:
            settings["drop_fields"] = list(self.options.drop_fields)
        if self.options.model and placement == self.delivery.placements[0]:
            settings["use_responses_api"] = self.api == "responses"
        if self.options.upstream and placement == self.delivery.placements[0]:
            settings |= recommended_settings(self.options.upstream, self.api)
        return settings

    @property
    def model(self) -> str:
        """The name of the model that the request is for."""
        return self.options.model or MODELS[self.api]

    @property
    def is_plain(self) -> bool:
        """Whether everything but flags and method is as in an ordinary call."""
        ordinary = self.source == "call" and self.options == NO_OPTIONS
        return ordinary and self.entry in _CALLED

    def __str__(self) -> str:
        source = "" if self.source == "call" else f"credentials: {self.source}"
        parts = (self.scenario, self.api, self.method, self.entry, source, str(self.options))
        return " · ".join([*filter(None, parts), str(self.delivery)])


_CALLED: Final = ("handler", "sdk")


def plain_entry(delivery: Delivery) -> Entry:
    """Return the shortest way in that delivers to the placements of ``delivery``."""
    return "handler" if ONLY_TO_THE_HANDLER in delivery.placements else "sdk"


def in_one_placement(
    values: Iterable[FlagValue], placements: Iterable[str] = PLACEMENTS
) -> Iterator[Delivery]:
    """Yield every combination of ``values`` for all flags together, in each placement."""
    names = [flag.name for flag in FLAGS]
    each = list(itertools.product(values, repeat=len(names)))
    for placement, combination in itertools.product(placements, each):
        yield Delivery(((placement, tuple(zip(names, combination, strict=True))),))


def one_flag(values: Iterable[FlagValue], *where: str) -> Iterator[Delivery]:
    """Yield each flag alone with each of ``values`` in each placement of ``where``."""
    for placement, flag, value in itertools.product(where or PLACEMENTS, FLAGS, values):
        yield Delivery(((placement, ((flag.name, value),)),))


def agreeing() -> Iterator[Delivery]:
    """Yield each flag true in every two placements, and in all three."""
    for count in range(2, len(PLACEMENTS) + 1):
        for placements, flag in itertools.product(itertools.combinations(PLACEMENTS, count), FLAGS):
            yield Delivery(tuple((where, ((flag.name, True),)) for where in placements))


def conflicting() -> Iterator[Delivery]:
    """Yield each flag true in one placement and false in another, for every ordered pair."""
    for (one, other), flag in itertools.product(itertools.permutations(PLACEMENTS, 2), FLAGS):
        yield Delivery(((one, ((flag.name, True),)), (other, ((flag.name, False),))))


def word(value: FlagValue) -> str:
    """Write a value as settings do; a string in quotes, since it is not the boolean."""
    if isinstance(value, str):
        return f'"{value}"'
    return "unset" if value is None else str(value).lower()


def _true(value: FlagValue) -> bool:
    return value.lower() == "true" if isinstance(value, str) else bool(value)
