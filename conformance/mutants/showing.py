"""The fewest cases that show what a mutant does wrong, as products of the matrix's axes."""

from __future__ import annotations

from typing import Final

from conformance.matrix import (
    FALSE_STRINGS,
    METHODS,
    SOURCES,
    TRUE_STRINGS,
    Delivery,
    Entry,
    Options,
    agreeing,
    conflicting,
    in_one_placement,
    one_flag,
)
from conformance.products import Product

_UNSET: Final = tuple(in_one_placement([None], ["optional_params"]))
_ONE_METHOD: Final = (METHODS[0],)
_THINKING: Final = ("thinking-history",)
_PLAIN: Final = ("plain-turn",)


def plainly(*scenarios: str) -> Product:
    """Return the cases of ``scenarios`` without any flag, in every method."""
    return Product("plain", _UNSET, scenarios=scenarios or _PLAIN)


def variant_of(name: str) -> Product:
    """Return the cases of one variant, and that of the scenario as it is."""
    return Product(
        "variant",
        _UNSET,
        scenarios=_PLAIN,
        entries=("handler",),
        options=(Options(), Options(variant=name)),
    )


def _flags(name: str, *deliveries: Delivery) -> Product:
    return Product(name, (*_UNSET, *deliveries), scenarios=_THINKING, methods=_ONE_METHOD)


RAISED: Final = _flags("raised flags", *in_one_placement([None, True]))
VALUES: Final = _flags("flag values", *in_one_placement([None, True, False]))
STRINGS: Final = _flags("flag strings", *one_flag([True, False, *TRUE_STRINGS, *FALSE_STRINGS]))
DISAGREEING: Final = _flags("conflict", *one_flag([True]), *conflicting())
AGREEING: Final = _flags("agreement", *one_flag([True]), *agreeing())
CREDENTIALS: Final = Product(
    "credentials", _UNSET, scenarios=_PLAIN, methods=_ONE_METHOD, sources=SOURCES
)
DROPPING: Final = Product(
    "drop_fields",
    (*_UNSET, *one_flag([True], "optional_params")),
    scenarios=_THINKING,
    methods=_ONE_METHOD,
    options=(Options(), Options(drop_fields=("metadata",))),
)
TIDYING: Final = Product(
    "drop_params",
    _UNSET,
    scenarios=_PLAIN,
    methods=_ONE_METHOD,
    options=(Options(), Options(drop_params=True)),
)
TWO_STREAMS: Final = Product(
    "two streams",
    _UNSET,
    scenarios=_PLAIN,
    methods=("streaming", "astreaming"),
    options=(Options(), Options(beside=True)),
)
GOLDEN: Final = Product(
    "golden requests",
    _UNSET,
    scenarios=("first-turn",),
    methods=_ONE_METHOD,
    options=(Options(), Options(model="deepseek-v4-pro", upstream="deepseek")),
    apis=("chat",),
)
BY_ROUTER: Final = Product(
    "router", _UNSET, scenarios=_PLAIN, methods=("acompletion",), entries=("sdk", "router")
)
_PROXY: Final[tuple[Entry, ...]] = ("sdk", "proxy-chat")
BY_PROXY: Final = Product(
    "proxy", _UNSET, scenarios=_PLAIN, methods=("acompletion",), entries=_PROXY
)
