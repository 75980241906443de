"""Changes between two bodies that a case sent at two times, field by field, as a person tells them.

Unlike edits they need not rebuild anything: a list that has one element more has that element
more, and a long text is told where it differs.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import orjson

from common.field_path import Every, FieldPath, Key
from conformance.edits import concrete, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from common.field_path import Location
    from conformance.ledger import Body

Kind = Literal["absent", "present", "changed", "order", "bytes", "unsent", "sent"]

_SHOWN: Final = 60
_CONTEXT: Final = 16
_STYLES: Final = {
    "UTF-8 without spaces": {"ensure_ascii": False, "separators": (",", ":")},
    "\\u escapes without spaces": {"ensure_ascii": True, "separators": (",", ":")},
    "UTF-8 with spaces": {"ensure_ascii": False},
    "\\u escapes with spaces": {"ensure_ascii": True},
}
"""How bodies are written, as Python's json module does."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field that changed: ``pattern`` points at all its like, ``path`` at it alone.

    Both are empty for the payload itself. ``old`` and ``new`` are texts to show.
    """

    kind: Kind
    pattern: str = ""
    path: str = ""
    old: str = ""
    new: str = ""


def changes(old: Body | None, new: Body | None) -> tuple[Change, ...]:
    """Return what changed from ``old`` to ``new``; None is a case without a single request."""
    if old is None or new is None:
        kinds: dict[tuple[bool, bool], Kind] = {(True, False): "sent", (False, True): "unsent"}
        kind = kinds.get((old is None, new is None))
        return (Change(kind),) if kind else ()
    if old.sha256 == new.sha256:
        return ()
    found = (*_content(old.payload, new.payload, ()), *_order(old.payload, new.payload, ()))
    return found or (Change("bytes", old=_style(old), new=_style(new)),)


def _content(old: Any, new: Any, place: Location) -> Iterator[Change]:
    if type(old) is type(new) is dict:
        for key in old.keys() - new.keys():
            yield _change("absent", (*place, key), old=_json(old[key]))
        for key, value in new.items():
            if key in old:
                yield from _content(old[key], value, (*place, key))
            else:
                yield _change("present", (*place, key), new=_json(value))
    elif type(old) is type(new) is list:
        yield from _elements(old, new, place)
    elif not same(old, new):
        before, after = _shown(old, new)
        yield _change("changed", place, old=before, new=after)


def _elements(old: list[Any], new: list[Any], place: Location) -> Iterator[Change]:
    """Tell what came, went or changed between two lists, the rest of them laid side by side."""
    before, after = ([_sorted(one) for one in each] for each in (old, new))
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for verb, begin, end, start, stop in matcher.get_opcodes():
        if verb == "equal":
            continue
        both = min(end - begin, stop - start)
        for offset in range(both):
            one, other = old[begin + offset], new[start + offset]
            yield from _content(one, other, (*place, start + offset))
        for index in range(begin + both, end):
            yield _change("absent", (*place, index), old=_json(old[index]))
        for index in range(start + both, stop):
            yield _change("present", (*place, index), new=_json(new[index]))


def _order(old: Any, new: Any, place: Location) -> Iterator[Change]:
    """Tell where keys that both have stand in another order."""
    if type(old) is type(new) is dict:
        before, after = [k for k in old if k in new], [k for k in new if k in old]
        if before != after:
            yield _change("order", place, *_moved(before, after))
        for key in after:
            yield from _order(old[key], new[key], (*place, key))
    elif type(old) is type(new) is list and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from _order(one, other, (*place, index))


def _moved(before: list[str], after: list[str]) -> tuple[str, str]:
    """Return the keys from the first to the last that stands elsewhere, before and after."""
    other = [number for number, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    begin, end = other[0], other[-1] + 1
    return ", ".join(before[begin:end]), ", ".join(after[begin:end])


def _change(kind: Kind, place: Location, old: str = "", new: str = "") -> Change:
    if not place:
        return Change(kind, old=old, new=new)
    pattern = FieldPath(tuple(Key(s) if isinstance(s, str) else Every() for s in place))
    return Change(kind, str(pattern), str(concrete(place)), old, new)


def _shown(old: Any, new: Any) -> tuple[str, str]:
    """Return two values as texts, long ones cut down to where they differ."""
    before, after = _json(old), _json(new)
    if max(len(before), len(after)) <= _SHOWN:
        return before, after
    start = next(
        (n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
        min(len(before), len(after)),
    )
    begin = max(0, start - _CONTEXT)
    return _cut(before, begin), _cut(after, begin)


def _cut(text: str, begin: int) -> str:
    shown = text[begin : begin + 2 * _CONTEXT]
    more = "…" if begin + len(shown) < len(text) else ""
    return f"{'…' if begin else ''}{shown}{more}"


def _style(body: Body) -> str:
    """Return how the bytes of ``body`` are written."""
    for name, options in _STYLES.items():
        text = json.dumps(body.payload, **options)  # type: ignore[arg-type] # keywords by name
        if hashlib.sha256(text.encode()).hexdigest() == body.sha256:
            return name
    return "no usual way"


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _sorted(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
