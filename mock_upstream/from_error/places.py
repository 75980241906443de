"""Places as vendors write them.

`input[0].x`, `messages.[0].x`, `messages.0.x`, `#/messages/0/x`, `$.messages[0].x`, and pydantic's
`loc` with the tags of its unions (`messages.2.assistant.x`, `tools.3.custom.x`, `content.str`).
"""

import re
from collections.abc import Iterable
from typing import Final

from mock_upstream.field_path import Every, FieldPath, FieldPathError, Index, Key, Location, Where
from mock_upstream.from_error.report import Steps

_NOT_A_NAME: Final = frozenset(
    [
        "the",
        "this",
        "that",
        "a",
        "an",
        "it",
        "value",
        "values",
        "request",
        "message",
        "messages'",
        "type",
        "string",
        "object",
        "array",
        "integer",
        "null",
        "true",
        "false",
        "parameter",
        "argument",
        "field",
        "property",
        "key",
        "role",
        "error",
        "body",
        "input's",
    ]
)
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ROLES: Final = frozenset({"assistant", "user", "system", "tool", "developer", "function"})
_TAGS: Final = {
    "messages": _ROLES,
    "input": _ROLES,
    "tools": frozenset({"custom"}),
    "system": frozenset({"ephemeral"}),
}
_LISTS: Final = ("tools", "messages", "input")
_UNION: Final = re.compile(
    r"^(str|int|float|bool|dict|list|list\[.+|function-\w+.*|[A-Z]\w+|tagged-union.*|union.*)$"
)
_LIST_TAG: Final = re.compile(r"\.(?:list\[\w+\](?=\[)|str(?=$|\.))")
_GOOGLE: Final = re.compile(
    r"^(?:GenerateContentRequest\.)?tools\[(?P<tool>\d+)\]\.function_declarations\[(?P<index>\d+)\]"
)
_ELIDED: Final = re.compile(r"[….]+$")
_WORD: Final = re.compile(r"[A-Za-z_$#][\w$-]*")


def read_place(text: str) -> Location | None:
    """Read a place; None for what is none."""
    plain = _ELIDED.sub("", text.strip().strip("'\"`")).removeprefix("$.").removeprefix("body.")
    plain = _GOOGLE.sub(lambda found: f"tools[{found['index']}].function", plain)
    if plain.startswith("#"):
        plain = plain.lstrip("#").strip("/").replace("/", ".")
    plain = re.sub(r"\[[A-Z]\]", "[0]", _LIST_TAG.sub("", plain))
    plain = re.sub(r"\.(\d+)(?=\.|\[|$)", r"[\1]", plain.replace(".[", "["))
    try:
        steps = FieldPath.parse(plain).steps
    except FieldPathError:
        return None
    if any(isinstance(step, Where | Every) for step in steps) or not _WORD.fullmatch(_first(steps)):
        return None
    found = [
        step.name if isinstance(step, Key) else step.position
        for step in steps
        if isinstance(step, Key | Index)
    ]
    return tidied(found)


def tidied(steps: Iterable[str | int]) -> Location | None:
    """Leave out what names a type of a union and no key; None where nothing is left."""
    found: list[str | int] = []
    every = list(steps)
    for at, step in enumerate(every):
        if not found and step == "body":
            continue
        tags = _TAGS.get(str(found[0]), frozenset()) if found else frozenset()
        after_index = bool(found) and (isinstance(found[-1], int) or step == "ephemeral")
        if isinstance(step, str) and after_index and step in tags and at < len(every) - 1:
            continue
        if isinstance(step, str) and found and _UNION.match(step):
            continue
        found.append(step)
    return tuple(found) or None


def as_a_parameter(place: Location) -> Location:
    """Write a name as OpenAI's API does: `reasoningEffort` and `Store` are other people's ways."""
    first = str(place[0])
    if first[:1].isupper() and first[1:].islower():
        first = first.lower()
    return (_CAMEL.sub("_", first).lower() if _CAMEL.search(first) else first, *place[1:])


def of_loc(loc: Steps) -> Location | None:
    """Read pydantic's `loc`."""
    return tidied(loc)


def is_likely(place: Location | None) -> bool:
    """Say whether a place that was read from a sentence is one rather than a word of it."""
    if place is None:
        return False
    return len(place) > 1 or str(place[0]).lower() not in _NOT_A_NAME


def pattern_of(place: Location) -> str:
    """Write a place with every index open: `input[*].thinking_blocks`."""
    steps = [Every() if isinstance(step, int) else Key(step) for step in place]
    if len(place) > 1 and place[0] in _LISTS and isinstance(place[1], str):
        steps.insert(1, Every())
    return _written(tuple(steps))


def _written(steps: tuple[Key | Every, ...]) -> str:
    from mock_upstream.field_path import render

    text = ""
    for step in steps:
        if isinstance(step, Every):
            text += "[*]"
        else:
            key = render((step.name,))
            text += key if key.startswith("[") or not text else f".{key}"
    return text


def _first(steps: tuple[object, ...]) -> str:
    return steps[0].name if steps and isinstance(steps[0], Key) else ""
