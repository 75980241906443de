"""Repeats a received JSON value in an error, within bounds: hostile input must stay cheap."""

from collections.abc import Iterator

_DEEPEST = 20
_MOST_VALUES = 2_000
_LONGEST_TEXT = 100_000
_CUT = "…"


def pruned(value: object) -> object:
    """Copy a JSON value without what is deeper, longer or more than an error should repeat."""
    return _copy(value, _DEEPEST, iter(range(_MOST_VALUES)))


def _copy(value: object, depth: int, left: Iterator[int]) -> object:
    if next(left, None) is None:
        return _CUT
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_TEXT else value[:_LONGEST_TEXT] + _CUT
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        return _CUT
    if isinstance(value, list):
        items = zip(value, range(_MOST_VALUES), strict=False)
        return [_copy(inner, depth - 1, left) for inner, _ in items]
    pairs = zip(value.items(), range(_MOST_VALUES), strict=False)
    return {key: _copy(inner, depth - 1, left) for (key, inner), _ in pairs}
