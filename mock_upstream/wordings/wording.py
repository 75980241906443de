"""Wordings: how an upstream puts a refusal, as templates with checked placeholders.

Each carries its provenance: `source` lists ids of the catalogue of observed refusals (or other
public places), `note` says what the source does not show.
"""

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from mock_upstream.part import After, Held, JsonValue, Part
from mock_upstream.wordings.envelope import EnvelopeField
from mock_upstream.wordings.template import PLACEHOLDERS, Template, check_shape, check_template


def _only(*placeholders: str) -> After:
    return After(lambda text: check_template(text, placeholders))


KeyTemplate = Annotated[str, _only("key")]
"""Text on a refused credential: `{key}` is the masked key."""

Status = Annotated[int, Held(ge=400, le=599)]
"""The HTTP status of a refusal."""

Scalar: TypeAlias = Template | int | None
"""A value that an envelope shows as it is: `null`, a number, or text with placeholders."""

Shape = Annotated[JsonValue, After(lambda value: check_shape(value, PLACEHOLDERS))]
"""A JSON value with placeholders in its strings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance(Part):
    """Where a rule or wording was seen."""

    source: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal(Part):
    """How an upstream refuses a request. What is left out, the profile's `defaults` say.

    `message` left out is the wording of the profile for this kind of fault, or else OpenAI's own.
    `many` words several places of one rule in one message (`{names}`, `{count}`).
    """

    status: Status | None = None
    message: Template | None = None
    many: Template | None = None
    type: Scalar = None
    param: Shape = None
    code: Scalar = None
    suggest: Template | None = None
    envelope: EnvelopeField | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults(Part):
    """What every refusal of the profile has, unless its own words say otherwise."""

    status: Status = 400
    type: Scalar = "invalid_request_error"
    param: Shape = None
    code: Scalar = None
