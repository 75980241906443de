"""Strings that meet a schema's format, pattern and length."""

from collections.abc import Mapping
from typing import Any, Final

from mock_upstream.replies.instance.limits import MAX_TEXT, Unsatisfiable
from mock_upstream.replies.instance.pattern import matching

_FORMATS: Final[Mapping[str, str]] = {
    "date-time": "2026-01-01T00:00:{:02}Z",
    "date": "2026-01-{:02}",
    "time": "00:00:{:02}Z",
    "duration": "P{}D",
    "email": "user{}@example.com",
    "idn-email": "user{}@example.com",
    "hostname": "host{}.example.com",
    "idn-hostname": "host{}.example.com",
    "ipv4": "192.0.2.{}",
    "ipv6": "2001:db8::{}",
    "uri": "https://example.com/{}",
    "uri-reference": "/{}",
    "url": "https://example.com/{}",
    "iri": "https://example.com/{}",
    "iri-reference": "/{}",
    "uri-template": "/{}",
    "uuid": "00000000-0000-4000-8000-{:012}",
    "json-pointer": "/{}",
    "relative-json-pointer": "{}",
    "regex": "a{}",
}
"""A text of each format that JSON Schema names, with a place for a number."""

_PLAIN: Final = "text"


def text(schema: Mapping[str, Any], variant: int) -> str:
    """Write a string; `variant` makes several of them differ."""
    least, most = _length(schema, "minLength", 0), _length(schema, "maxLength", MAX_TEXT)
    if least > MAX_TEXT:
        raise Unsatisfiable(f"minLength {least} is more than the {MAX_TEXT} that the mock writes")
    if isinstance(schema.get("pattern"), str):
        # One more character each: a pattern that can be lengthened so gives different texts.
        return matching(schema["pattern"], least + variant, most)
    template = _FORMATS.get(schema["format"]) if isinstance(schema.get("format"), str) else None
    if template is not None:
        made = template.format(variant + 1)
        if not least <= len(made) <= most:
            raise Unsatisfiable(f"no {schema['format']} of the right length is known")
        return made
    made = f"{_PLAIN}{variant}" if variant else _PLAIN
    made = made.rjust(least, "x")
    return made[max(len(made) - most, 0) :]


def _length(schema: Mapping[str, Any], name: str, default: int) -> int:
    value = schema.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return max(int(value), 0)
