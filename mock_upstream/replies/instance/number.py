"""Numbers within a schema's bounds."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final, TypeGuard

from mock_upstream.replies.instance.limits import Unsatisfiable

_LARGEST: Final = 2**63 - 1
"""The largest whole number that JSON writers agree on."""


def is_number(value: object) -> TypeGuard[int | float]:
    """Say whether a JSON value is a number; `true` and `false` are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def number(schema: Mapping[str, Any], *, whole: bool, variant: int) -> int | float:
    """Choose a number: zero if it fits, else the nearest to it; `variant` counts upwards."""
    low, above = _bound(schema, "minimum"), _bound(schema, "exclusiveMinimum")
    high, below = _bound(schema, "maximum"), _bound(schema, "exclusiveMaximum")
    step = _step(schema, whole=whole)
    start = _start(low, high, above, below, step)
    value = start + variant * step
    if _outside(value, low, high, above, below) and not whole and "multipleOf" not in schema:
        value = _between(low, high, above, below)
    if _outside(value, low, high, above, below):
        raise Unsatisfiable(f"no number lies within its bounds (tried {float(value):g})")
    return _plain(value)


def _bound(schema: Mapping[str, Any], name: str) -> Fraction | None:
    value = schema.get(name)
    return Fraction(value) if is_number(value) and math.isfinite(value) else None


def _step(schema: Mapping[str, Any], *, whole: bool) -> Fraction:
    """Take the distance of two candidates: whole multiples of p/q, in lowest terms, are p apart."""
    step = schema.get("multipleOf", 1)
    if not is_number(step) or step <= 0:
        return Fraction(1)
    exact = Fraction(repr(step))
    return Fraction(exact.numerator) if whole else exact


def _start(
    low: Fraction | None,
    high: Fraction | None,
    above: Fraction | None,
    below: Fraction | None,
    step: Fraction,
) -> Fraction:
    """Find the candidate nearest to zero that both lower or both upper bounds allow."""
    least = [step * math.ceil(low / step)] if low is not None else []
    least += [step * (math.floor(above / step) + 1)] if above is not None else []
    if least and max(least) > 0:
        return max(least)
    most = [step * math.floor(high / step)] if high is not None else []
    most += [step * (math.ceil(below / step) - 1)] if below is not None else []
    if not most or min(most) >= 0:
        return Fraction(0)
    return max(least) if least else min(most)


def _outside(
    value: Fraction,
    low: Fraction | None,
    high: Fraction | None,
    above: Fraction | None,
    below: Fraction | None,
) -> bool:
    return (
        (low is not None and value < low)
        or (high is not None and value > high)
        or (above is not None and value <= above)
        or (below is not None and value >= below)
    )


def _between(*bounds: Fraction | None) -> Fraction:
    """Choose the middle of bounds that no whole number fits between."""
    low, high, above, below = bounds
    least = max((one for one in (low, above) if one is not None), default=Fraction(0))
    most = min((one for one in (high, below) if one is not None), default=least)
    return (least + most) / 2


def _plain(value: Fraction) -> int | float:
    if value.denominator != 1:
        return float(value)
    if abs(value) > _LARGEST:
        raise Unsatisfiable(f"the number {float(value):g} is larger than JSON writers agree on")
    return int(value)
