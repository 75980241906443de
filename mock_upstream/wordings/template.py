"""Templates: texts and JSON values with placeholders, as profiles write their refusals.

A text holds `{name}`; a brace itself is `{{` or `}}`. In a JSON value every string is a template,
and one that is a placeholder and nothing else (`"{param}"`) takes the value with its JSON type:
`null` stays `null` and a number a number.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from string import Formatter
from typing import Annotated, TypeAlias

import orjson

from mock_upstream.nearest import nearest
from mock_upstream.part import After, JsonValue

Values: TypeAlias = Mapping[str, object]

PLACEHOLDERS: Mapping[str, str] = {
    "path": "the place, in the profile's path style",
    "name": "the last key of the place",
    "value": "what was received, as text",
    "input": "what was received, as JSON",
    "input_repr": "what was received, as Python writes it",
    "received": "its JSON type in words: `an object`",
    "expected": "what would do: types, values, pattern",
    "limit": "the bound that was passed",
    "length": "what was measured",
    "match": "the first group of a refused pattern's match",
    "loc": 'the place as a JSON list: `["body", "user"]`',
    "loc_repr": "the place as a Python tuple: `('body', 'user')`",
    "index": "the first array index in the place",
    "index2": "the second",
    "index3": "the third",
    "column": "where the value ends in the compact JSON of the request, from 1",
    "role": "the role of the message or item",
    "previous": "the role before it",
    "id": "the id of the item or call",
    "ids": "the ids that were not answered, joined with commas",
    "needed": "the id of the item that is missing",
    "item_type": "the type of the item",
    "model": "the request's model",
    "tool": "the name of the tool, or of the tool call, around the place",
    "context": "the place in a tool's schema: `('properties', 'x')`",
    "key": "the offending keyword, format, reference or property in a tool's schema",
    "schema_path": "the place in a tool's schema: `properties.x.$ref`",
    "suggestion": "the nearest declared key",
    "names": "the names of all places that the rule meets, joined with commas",
    "names_repr": "the same as a Python list",
    "count": "how many",
    "tokens": "the request's input tokens, as the mock estimates them",
    "window": "the rule's context window",
    "room": "what is left of the window",
    "request_id": "32 hexadecimal digits, minted by the mock",
    "uuid": "a UUID, minted by the mock",
    "time": "a time stamp, a constant of the mock",
}
"""What a refusal's templates may name."""

SHAPE_PLACEHOLDERS: Mapping[str, str] = {
    "message": "the refusal's message",
    "type": "its type",
    "param": "its param",
    "code": "its code",
    "status": "its HTTP status",
    "rule": "the rule's id",
    "errors": "the list of all refusals, each as `item` shapes it",
    "messages": "all messages, joined with `separator`",
}
"""What an envelope's templates may name besides."""

_WHOLE = re.compile(r"\{(\w{1,20})\}")


def check_template(text: str, placeholders: Collection[str]) -> str:
    """Return the text if it names the given placeholders and no others. Raises `ValueError`."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"{text!r}: {error}; write a brace itself as {{{{ or }}}}") from None
    for _, name, spec, conversion in parts:
        if name is not None and (name not in placeholders or spec or conversion):
            welcome = ", ".join(f"{{{known}}}" for known in placeholders)
            raise ValueError(
                f"{text!r}: no placeholder {{{name}}} here; expected {welcome}"
                f"{nearest(name, placeholders)}"
            )
    return text


def check_shape(value: JsonValue, placeholders: Collection[str]) -> JsonValue:
    """Return the JSON value if each of its strings is a good template. Raises `ValueError`."""
    for text in _strings(value):
        check_template(text, placeholders)
    return value


def names_in(*templates: JsonValue) -> frozenset[str]:
    """List the placeholders that the templates name."""
    return frozenset(
        name
        for template in templates
        for text in _strings(template)
        for _, name, _, _ in Formatter().parse(text)
        if name is not None
    )


def fill(template: str, values: Values) -> str:
    """Fill a text. Raises `KeyError` for a value that is not there."""
    return template.format_map({name: as_text(values[name]) for name in names_in(template)})


def fill_shape(template: JsonValue, values: Values) -> object:
    """Fill a JSON value; its nesting is bounded, as it comes from a profile."""
    if isinstance(template, str):
        whole = _WHOLE.fullmatch(template)
        return values[whole[1]] if whole else fill(template, values)
    if isinstance(template, dict):
        return {key: fill_shape(inner, values) for key, inner in template.items()}
    if isinstance(template, list):
        return [fill_shape(inner, values) for inner in template]
    return template


def as_text(value: object) -> str:
    """Write a placeholder's value within a longer text: a string as it is, the rest as JSON."""
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # half a surrogate pair
        return json.dumps(value)


def _strings(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


Template = Annotated[str, After(lambda text: check_template(text, PLACEHOLDERS))]
"""Text with the placeholders of a refusal."""
