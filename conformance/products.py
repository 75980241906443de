"""Products: which combinations of the axes are run, by name, in two tiers.

Nothing is sampled. A product crosses all that its axes name and leaves the other axes at their
default; a tier is the union of its products. What a tier leaves out is said by its products.
A flag that is added to the registry enters every product by itself.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from conformance.matrix import (
    APIS,
    FALSE_STRINGS,
    METHODS,
    NO_OPTIONS,
    SOURCES,
    TRUE_STRINGS,
    Case,
    Options,
    agreeing,
    conflicting,
    in_one_placement,
    one_flag,
    plain_entry,
)
from conformance.upstream_settings import GOLDEN_SCENARIOS, upstreams
from conformance.variants import variants

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.matrix import Api, Delivery, Entry, Method, Source

Tier = Literal["core", "full"]
TIERS: Final[tuple[Tier, ...]] = ("core", "full")

_FEW: Final = ("plain-turn", "thinking-history")
_BY_THE_PROXY: Final[tuple[Entry, ...]] = ("proxy-messages", "proxy-chat", "proxy-responses")
_IN_CONFIG: Final = ("optional_params", "optional_params.litellm_params")
_FROM_THE_PROXY: Final[tuple[Method, ...]] = ("acompletion", "astreaming")
_STREAMS: Final[tuple[Method, ...]] = ("streaming", "astreaming")
_OPTIONS: Final = tuple(
    Options(drop_params, drop_fields)
    for drop_params, drop_fields in itertools.product(
        (None, False, True), ((), ("metadata",), ("input[*].thinking_blocks", "messages[*].name"))
    )
)
_BESIDE: Final = (Options(beside=True),)
_HEADERS: Final = (Options(extra_headers=(("x-configured-team", "blue"),)),)


@dataclass(frozen=True, slots=True)
class Product:
    """One cross product: ``scenarios`` (None is all), and what the other fields list.

    ``entries`` None is the shortest way in for each delivery (`plain_entry`).
    """

    name: str
    deliveries: tuple[Delivery, ...]
    scenarios: tuple[str, ...] | None = None
    methods: tuple[Method, ...] = METHODS
    entries: tuple[Entry, ...] | None = None
    sources: tuple[Source, ...] = ("call",)
    options: tuple[Options, ...] = (NO_OPTIONS,)
    apis: tuple[Api, ...] = APIS

    def has(self, scenario: str) -> bool:
        """Whether the product has cases of ``scenario``."""
        return self.scenarios is None or scenario in self.scenarios

    def cases(self, scenarios: Iterable[str]) -> Iterator[Case]:
        """Yield the product's cases of those of ``scenarios`` that it names."""
        named = [name for name in scenarios if self.has(name)]
        for name, api, delivery, source, options, method in itertools.product(
            named, self.apis, self.deliveries, self.sources, self.options, self.methods
        ):
            for entry in self.entries or (plain_entry(delivery),):
                yield Case(name, api, method, delivery, entry, source, options)


_UNSET: Final = tuple(in_one_placement([None]))
_RAISED: Final = (*one_flag([True]), *in_one_placement([True]))
_STRINGS: Final = (*TRUE_STRINGS, *FALSE_STRINGS)
_BOTH_WAYS: Final = tuple(in_one_placement([None, True], _IN_CONFIG[:1]))


def _golden(api: Api) -> Product:
    """Return Claude Code's own requests at every upstream's model, without and with settings."""
    found = [
        Options(model=model, upstream=settings_of)
        for name, model in upstreams(api)
        for settings_of in ("", name)
    ]
    return Product(
        f"golden requests, {api}",
        tuple(in_one_placement([None], _IN_CONFIG[:1])),
        scenarios=GOLDEN_SCENARIOS,
        methods=_FROM_THE_PROXY[-1:],
        options=tuple(dict.fromkeys(found)),
        apis=(api,),
    )


def _variants() -> Iterator[Product]:
    """Yield what each variant is shown by: those that need the same cases are one product."""
    alike: dict[tuple[str, tuple[Api, ...], tuple[Method, ...]], list[str]] = {}
    for one in variants().values():
        alike.setdefault((one.scenario, one.apis, one.methods), []).append(one.name)
    for (scenario, apis, methods), names in alike.items():
        yield Product(
            f"variants of {scenario}, {' '.join(apis)}, {' '.join(methods)}",
            tuple(in_one_placement([None], _IN_CONFIG[:1])),
            scenarios=(scenario,),
            methods=methods,
            entries=("handler",),
            options=tuple(Options(variant=name) for name in names),
            apis=apis,
        )


_GOLDEN: Final = tuple(map(_golden, APIS))
VARIANTS: Final = tuple(_variants())
"""The handler called with every variant: what LiteLLM gives it besides, what the upstream says."""

_DROP_FIELDS: Final = tuple(one for one in _OPTIONS if one.drop_fields and one.drop_params is None)


CORE: Final = (
    Product("raised flags", (*_UNSET, *_RAISED)),
    Product("flag values", tuple(in_one_placement([None, True, False])), scenarios=_FEW),
    Product("flag strings", tuple(one_flag(_STRINGS)), scenarios=_FEW),
    Product("agreement", (*agreeing(), *conflicting()), scenarios=_FEW),
    Product("credentials", _UNSET, scenarios=_FEW, sources=SOURCES),
    Product("options", _UNSET, scenarios=_FEW, options=_OPTIONS),
    Product(
        "drop_fields with flags",
        tuple(in_one_placement([None, True], _IN_CONFIG[:1])),
        scenarios=_FEW,
        methods=_FROM_THE_PROXY,
        options=_DROP_FIELDS,
    ),
    Product("headers", _UNSET, scenarios=_FEW[:1], options=_HEADERS),
    Product("two streams", _UNSET, scenarios=_FEW, methods=_STREAMS, options=_BESIDE),
    Product(
        "two streams by entry",
        _BOTH_WAYS[:1],
        scenarios=_FEW[:1],
        methods=_STREAMS[-1:],
        entries=("router", *_BY_THE_PROXY),
        options=_BESIDE,
    ),
    Product("router", _BOTH_WAYS[:1], methods=_FROM_THE_PROXY, entries=("router",)),
    Product(
        "router settings",
        tuple(in_one_placement([None, True], _IN_CONFIG)),
        scenarios=_FEW,
        entries=("router",),
    ),
    Product("proxy", _BOTH_WAYS[:1], methods=_FROM_THE_PROXY, entries=_BY_THE_PROXY),
    Product(
        "proxy settings",
        tuple(in_one_placement([None, True], _IN_CONFIG)),
        scenarios=_FEW,
        methods=_FROM_THE_PROXY,
        entries=_BY_THE_PROXY,
    ),
    *_GOLDEN,
    *VARIANTS,
)
"""What is run unless asked otherwise: each axis whole, many values on few scenarios."""

FULL: Final = (
    Product(
        "flags",
        (
            *in_one_placement([None, True, False, *_STRINGS]),
            *one_flag([True, *_STRINGS]),
            *agreeing(),
            *conflicting(),
        ),
    ),
    Product("credentials", (*_UNSET, *_RAISED), sources=SOURCES),
    Product(
        "options",
        (*in_one_placement([None, True]), *one_flag([True])),
        options=(*_OPTIONS, *_HEADERS),
    ),
    Product("two streams", _UNSET, methods=_STREAMS, options=_BESIDE),
    Product(
        "two streams by entry",
        _BOTH_WAYS[:1],
        methods=_STREAMS[-1:],
        entries=("router", *_BY_THE_PROXY),
        options=_BESIDE,
    ),
    Product(
        "router", tuple(in_one_placement([None, True, False], _IN_CONFIG)), entries=("router",)
    ),
    Product(
        "proxy",
        tuple(in_one_placement([None, True, False], _IN_CONFIG)),
        methods=_FROM_THE_PROXY,
        entries=_BY_THE_PROXY,
    ),
    *_GOLDEN,
    *VARIANTS,
)
"""Each axis with every other that it can meet: flags, credentials and options by every method and
scenario, and every setting of a configuration file by every entry."""


def products(tier: Tier) -> tuple[Product, ...]:
    """Return the products of ``tier``."""
    return CORE if tier == "core" else FULL


def cases(scenarios: Iterable[str], tier: Tier = "core") -> tuple[Case, ...]:
    """Return every case of ``scenarios`` in ``tier``, each once, a product after the other."""
    names = tuple(scenarios)
    return tuple(dict.fromkeys(itertools.chain(*(p.cases(names) for p in products(tier)))))
