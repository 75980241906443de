"""OpenAI's words for each kind of fault, with the catalogue ids that show them.

`verbatim` says whether a body in the catalogue has this very sentence; the others follow the
family's pattern. A profile that speaks otherwise gives its own templates, with the placeholders of
`Fault.values`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mock_upstream.schema.fault import Fault, FaultKind


@dataclass(frozen=True, slots=True)
class FaultWording:
    """A template for one kind of fault: the message, its code and its provenance."""

    message: str
    code: str | None
    source: tuple[str, ...] = ()
    verbatim: bool = False


_STRING = "Invalid '{path}': string too long. Expected a string with maximum length {limit}, "
_ARRAY = "Invalid '{path}': array too long. Expected an array with maximum length {limit}, "

WORDINGS: Mapping[tuple[FaultKind, str], FaultWording] = {
    ("unknown", ""): FaultWording(
        "Unknown parameter: '{path}'.",
        "unknown_parameter",
        ("openai-resp-unknown-thinking", "openai-chat-unknown-parameter"),
        verbatim=True,
    ),
    ("missing", ""): FaultWording(
        "Missing required parameter: '{path}'.",
        "missing_required_parameter",
        ("openai-resp-tool-name-missing", "openai-resp-item-id-missing"),
        verbatim=True,
    ),
    ("type", ""): FaultWording(
        "Invalid type for '{path}': expected {expected}, but got {received} instead.",
        "invalid_type",
        ("openai-chat-invalid-type",),
        verbatim=True,
    ),
    ("value", ""): FaultWording(
        "Invalid value: '{value}'. Supported values are: {expected}.",
        "invalid_value",
        ("openai-resp-content-part-type", "openai-resp-tool-choice-object-auto"),
        verbatim=True,
    ),
    ("below", "integer"): FaultWording(
        "Invalid '{path}': integer below minimum value. "
        "Expected a value >= {limit}, but got {value} instead.",
        "integer_below_min_value",
        ("openai-resp-max-output-tokens-min16",),
        verbatim=True,
    ),
    ("too_long", "string"): FaultWording(
        _STRING + "but got a string with length {length} instead.",
        "string_above_max_length",
        ("openai-resp-call-id-64", "openai-tool-name-64", "openai-metadata-value-512"),
        verbatim=True,
    ),
    ("too_long", "array"): FaultWording(
        _ARRAY + "but got an array with length {length} instead.",
        "array_above_max_length",
        ("openai-tools-128",),
        verbatim=True,
    ),
    ("too_many", "object"): FaultWording(
        "Invalid '{path}': too many properties. Expected an object with at most {limit} "
        "properties, but got an object with {length} properties instead.",
        "object_above_max_properties",
        ("openai-metadata-16-properties",),
        verbatim=True,
    ),
    ("pattern", "string"): FaultWording(
        "Invalid '{path}': string does not match pattern. "
        "Expected a string that matches the pattern '{expected}'.",
        "invalid_value",
        ("openai-tool-name-pattern",),
        verbatim=True,
    ),
}


def openai_wording(fault: Fault) -> FaultWording:
    """Choose OpenAI's template for a fault; `message.format(**fault.values())` fills it."""
    return WORDINGS[fault.kind, fault.noun]
