"""OpenAI's words for each kind of fault, and the sources that show them.

`verbatim` says whether a source has this very sentence with other values in it; the others follow
the family's pattern. A profile that speaks otherwise gives its own templates, with the placeholders
of `Fault.values`. Two of the sources are tests that other projects run against the API itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mock_upstream.schema.fault import Fault, FaultKind, Noun

_DIRECT: Final = (
    "kangminlee-maker/local-OAuth-CLI-API-adapter test/openai-chat-validation-parity.test.mjs"
)
_OFFICIAL: Final = "stdapi-ai/stdapi.ai tests of the official API"


@dataclass(frozen=True, slots=True)
class FaultWording:
    """A template for one kind of fault: the message, its code and its provenance."""

    message: str
    code: str | None
    source: tuple[str, ...] = ()
    verbatim: bool = True


_TOO_LOW: Final = "minimum value. Expected a value >= {limit}, but got {value} instead."
_TOO_HIGH: Final = "maximum value. Expected a value <= {limit}, but got {value} instead."
_LONGEST: Final = "with maximum length {limit}, but got"
_SHORTEST: Final = "with minimum length {limit}, but got"

WORDINGS: Final[Mapping[tuple[FaultKind, Noun], FaultWording]] = {
    ("unknown", ""): FaultWording(
        "Unknown parameter: '{path}'.",
        "unknown_parameter",
        (
            "openai-resp-unknown-thinking",
            "openai-resp-unknown-output-config",
            "openai-resp-cache-control",
            "openai-resp-unknown-prompt-cache-retention",
            "openai-chat-unknown-parameter",
        ),
    ),
    ("missing", ""): FaultWording(
        "Missing required parameter: '{path}'.",
        "missing_required_parameter",
        ("openai-resp-tool-name-missing", "openai-resp-item-id-missing"),
    ),
    ("type", ""): FaultWording(
        "Invalid type for '{path}': expected {expected}, but got {received} instead.",
        "invalid_type",
        ("openai-chat-invalid-type",),
    ),
    ("value", ""): FaultWording(
        "Invalid value: '{value}'. Supported values are: {expected}.",
        "invalid_value",
        ("openai-resp-content-part-type", "openai-resp-tool-choice-object-auto"),
    ),
    ("below", "integer"): FaultWording(
        "Invalid '{path}': integer below " + _TOO_LOW,
        "integer_below_min_value",
        ("openai-resp-max-output-tokens-min16",),
    ),
    ("below", "decimal"): FaultWording(
        "Invalid '{path}': decimal below " + _TOO_LOW, "decimal_below_min_value", (_DIRECT,)
    ),
    ("above", "integer"): FaultWording(
        "Invalid '{path}': integer above " + _TOO_HIGH, "integer_above_max_value", (_OFFICIAL,)
    ),
    ("above", "decimal"): FaultWording(
        "Invalid '{path}': decimal above " + _TOO_HIGH, "decimal_above_max_value", (_DIRECT,)
    ),
    ("too_long", "string"): FaultWording(
        f"Invalid '{{path}}': string too long. Expected a string {_LONGEST} "
        "a string with length {length} instead.",
        "string_above_max_length",
        ("openai-resp-call-id-64", "openai-tool-name-64", "openai-metadata-value-512"),
    ),
    ("too_long", "array"): FaultWording(
        f"Invalid '{{path}}': array too long. Expected an array {_LONGEST} "
        "an array with length {length} instead.",
        "array_above_max_length",
        ("openai-tools-128",),
    ),
    ("too_long", "property name"): FaultWording(
        "Invalid property name in '{parent}': '{short}' is too long. "
        f"Expected a string {_LONGEST} a string with length {{length}} instead.",
        "property_name_above_max_length",
        (_DIRECT,),
    ),
    ("too_short", "string"): FaultWording(
        f"Invalid '{{path}}': empty string. Expected a string {_SHORTEST} an empty string instead.",
        "empty_string",
        (_DIRECT,),
    ),
    ("too_short", "array"): FaultWording(
        f"Invalid '{{path}}': empty array. Expected an array {_SHORTEST} an empty array instead.",
        "empty_array",
        ("CopilotKit/CopilotKit#529", _OFFICIAL),
    ),
    ("too_many", "object"): FaultWording(
        "Invalid '{path}': too many properties. Expected an object with at most {limit} "
        "properties, but got an object with {length} properties instead.",
        "object_above_max_properties",
        ("openai-metadata-16-properties",),
    ),
    ("pattern", "string"): FaultWording(
        "Invalid '{path}': string does not match pattern. "
        "Expected a string that matches the pattern '{expected}'.",
        "invalid_value",
        ("openai-tool-name-pattern",),
    ),
}


_TOO_FEW: Final[Mapping[Noun, FaultWording]] = {
    "string": FaultWording(
        f"Invalid '{{path}}': string too short. Expected a string {_SHORTEST} "
        "a string with length {length} instead.",
        "string_below_min_length",
        verbatim=False,
    ),
    "array": FaultWording(
        f"Invalid '{{path}}': array too short. Expected an array {_SHORTEST} "
        "an array with length {length} instead.",
        "array_below_min_length",
        verbatim=False,
    ),
    "object": FaultWording(
        "Invalid '{path}': too few properties. Expected an object with at least {limit} "
        "properties, but got an object with {length} properties instead.",
        "object_below_min_properties",
        verbatim=False,
    ),
}
"""For what is too short and not empty; OpenAI's own schema has no such bound, other rules may."""


def openai_wording(fault: Fault) -> FaultWording:
    """Choose OpenAI's template for a fault; `message.format(**fault.values())` fills it."""
    if fault.kind == "too_short" and (fault.length or fault.noun == "object"):
        return _TOO_FEW[fault.noun]
    return WORDINGS[fault.kind, fault.noun]
