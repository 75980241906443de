"""Mutations of a request's body: of its structure, and of its bytes."""

import copy
import json
from collections.abc import Callable, Iterator
from itertools import islice
from random import Random
from typing import Any, Final, TypeAlias

Place: TypeAlias = tuple[Any, Any]
"""A container and the key or index of one value in it."""

_KEYS: Final = (
    "x", "", "type", "role", "content", "id", "thinking_blocks", "reasoning_content", "modle",
    "cache_control", "a.b", "a[0]", 'q"uote', "новый", "\ud800", "a\x00b", "{path}", "{0}", "%s",
    "__proto__", "$ref", "k" * 5000,
)  # fmt: skip
_SCALARS: Final = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, 10**400, -(10**300), 0.1, -0.0, 1e308,
    float("nan"), float("inf"), "", "x", "user", "assistant", "tool", "function", "auto", "none",
    "required", "message", "function_call", "input_text", "output_text", "text", "\ud800", "\udfff",
    "\x00", "🦜" * 20, "{path}", "{}", "é" * 3000, "x" * 70_000, "a" * 65, "resp_1", "null",
)  # fmt: skip
_SNIPPETS: Final = (
    b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\\u0000", b"\\ud800", b"\xff", b"\x00",
    b"\xef\xbb\xbf", b"NaN", b"Infinity", b"1e999", b"-", b"0", b"null", b"true", b"\r\n", b"//",
    b"[" * 1100, b'{"a":' * 300, b'"model":"x",', b"9" * 5000, b"\xed\xa0\x80", b"\xc0\x80",
)  # fmt: skip
_MOST_BYTES: Final = 400_000
_DEEPEST: Final = 900
_MOST_VALUES: Final = 2000
"""How many values a repeated list has: several in one request must not multiply beyond reason."""


def mutated_value(random: Random, seed: dict[str, Any], donor: dict[str, Any]) -> Any:
    """Copy a seed and change it in up to six places, with parts of a donor."""
    value = copy.deepcopy(seed)
    for _ in range(random.choice((0, 1, 1, 1, 2, 6))):
        places = list(_places(value))
        if not places:
            break
        random.choice(_CHANGES)(random, random.choice(places), donor)
    return value


def as_text(random: Random, value: Any) -> bytes:
    """Write a value as JSON in one of its spellings, invalid constants included."""
    separators = random.choice(((",", ":"), (", ", ": "), (" ,\n", " :\t")))
    text = json.dumps(value, ensure_ascii=random.random() < 0.5, separators=separators)
    return text.encode("utf-8", "surrogatepass")[:_MOST_BYTES]


def mutated_bytes(random: Random, data: bytes) -> bytes:
    """Copy bytes and change them in one to four places."""
    changed = bytearray(data)
    for _ in range(random.randint(1, 4)):
        start = random.randrange(len(changed) + 1)
        end = min(len(changed), start + random.choice((0, 1, 1, 2, 8, 64)))
        match random.randrange(6):
            case 0:
                changed[start:end] = random.choice(_SNIPPETS)
            case 1:
                del changed[start:end]
            case 2:
                changed[start:end] = random.randbytes(end - start)
            case 3:
                changed[start:start] = changed[start:end] * random.choice((1, 2, 50))
            case 4:
                del changed[start:]
            case _:
                changed[start:end] = bytes(
                    byte ^ 1 << random.randrange(8) for byte in changed[start:end]
                )
    return bytes(changed[:_MOST_BYTES])


def _places(value: Any) -> Iterator[Place]:
    """List every value within a value, without recursion."""
    waiting = [value]
    while waiting:
        container = waiting.pop()
        items = container.items() if isinstance(container, dict) else enumerate(container)
        for key, inner in items:
            yield container, key
            if isinstance(inner, dict | list):
                waiting.append(inner)


def _replace(random: Random, place: Place, donor: dict[str, Any]) -> None:
    container, key = place
    container[key] = _any_value(random, donor)


def _delete(_random: Random, place: Place, _donor: dict[str, Any]) -> None:
    container, key = place
    del container[key]


def _add(random: Random, place: Place, donor: dict[str, Any]) -> None:
    container, _ = place
    if isinstance(container, dict):
        container[random.choice(_KEYS)] = _any_value(random, donor)
    else:
        container.insert(random.randrange(len(container) + 1), _any_value(random, donor))


def _rename(random: Random, place: Place, _donor: dict[str, Any]) -> None:
    container, key = place
    if isinstance(container, dict):
        container[random.choice(_KEYS)] = container.pop(key)


def _repeat(random: Random, place: Place, _donor: dict[str, Any]) -> None:
    container, key = place
    repeated = container[key]
    if isinstance(repeated, list):
        size = sum(1 for _ in islice(_places(repeated), _MOST_VALUES))
        times = min(random.choice((2, 3, 200)), _MOST_VALUES // max(1, size))
        container[key] = [one for _ in range(times) for one in copy.deepcopy(repeated)]
    elif isinstance(repeated, str) and len(repeated) < _MOST_VALUES:
        container[key] *= random.choice((2, 3))


def _nest(random: Random, place: Place, _donor: dict[str, Any]) -> None:
    container, key = place
    if random.random() < 0.05:
        for _ in range(random.choice((10, _DEEPEST))):
            container[key] = [container[key]]
    else:
        container[key] = random.choice(([container[key]], {"type": container[key]}, {}, []))


def _any_value(random: Random, donor: dict[str, Any]) -> Any:
    if random.random() < 0.6:
        return random.choice(_SCALARS)
    container, key = random.choice(list(_places(donor)))
    return copy.deepcopy(container[key])


_CHANGES: Final[tuple[Callable[[Random, Place, dict[str, Any]], None], ...]] = (
    _replace, _replace, _delete, _add, _add, _rename, _repeat, _nest,
)  # fmt: skip
