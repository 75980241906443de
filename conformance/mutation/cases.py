"""The cases that mutations are tried on: those of the core tier that go everywhere once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conformance.matrix import SOURCES, Options, conflicting, in_one_placement, one_flag
from conformance.products import VARIANTS, Product
from conformance.upstream_settings import upstreams

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.matrix import Api, Case
    from conformance.scenarios import Scenario

_FEW: Final = ("plain-turn", "thinking-history")
_UNSET: Final = tuple(in_one_placement([None], ["optional_params"]))


def _of_upstreams(api: Api) -> Product:
    options = (Options(model=model, upstream=name) for name, model in upstreams(api))
    return Product(
        f"settings of upstreams, {api}",
        _UNSET,
        scenarios=("tool-results-with-image",),
        methods=("astreaming",),
        options=tuple(dict.fromkeys(options)),
        apis=(api,),
    )


PRODUCTS: Final = (
    Product("every scenario", _UNSET, methods=("completion",)),
    Product(
        "flags",
        (
            *in_one_placement([True, False]),
            *one_flag(["true", "False"], "litellm_params"),
            *conflicting(),
        ),
        scenarios=_FEW[1:],
        methods=("completion",),
    ),
    Product("credentials", _UNSET, scenarios=_FEW[:1], methods=("completion",), sources=SOURCES),
    Product(
        "options",
        _UNSET,
        scenarios=_FEW,
        methods=("completion",),
        options=(
            Options(drop_params=True),
            Options(drop_fields=("metadata",)),
            Options(drop_fields=("input[*].thinking_blocks", "messages[*].name")),
        ),
    ),
    Product(
        "headers",
        _UNSET,
        scenarios=_FEW[:1],
        methods=("completion",),
        options=(Options(extra_headers=(("x-configured-team", "blue"),)),),
    ),
    _of_upstreams("chat"),
    _of_upstreams("responses"),
    Product("streams", _UNSET, methods=("astreaming",)),
    Product("other methods", _UNSET, scenarios=_FEW[1:], methods=("acompletion", "streaming")),
    Product("router", _UNSET, scenarios=_FEW, methods=("acompletion",), entries=("router",)),
    *VARIANTS,
)


def cases(scenarios: Mapping[str, Scenario]) -> tuple[Case, ...]:
    """Return the cases of every product, each once."""
    return tuple(dict.fromkeys(case for one in PRODUCTS for case in one.cases(scenarios)))
