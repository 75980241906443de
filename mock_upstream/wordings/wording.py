"""Wordings: how an upstream puts a refusal, as templates with checked placeholders.

Each carries its provenance: `source` lists ids of the catalogue of observed refusals (or other
public places), `note` says what the source does not show.
"""

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from mock_upstream.wordings.envelope import EnvelopeField
from mock_upstream.wordings.template import PLACEHOLDERS, Template, check_shape, check_template


class Model(BaseModel):
    """The base of everything that a profile file holds: closed and immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _only(*placeholders: str) -> AfterValidator:
    return AfterValidator(lambda text: check_template(text, placeholders))


KeyTemplate = Annotated[str, _only("key")]
"""Text on a refused credential: `{key}` is the masked key."""

Scalar: TypeAlias = Template | int | None
"""A value that an envelope shows as it is: `null`, a number, or text with placeholders."""

Shape = Annotated[JsonValue, AfterValidator(lambda value: check_shape(value, PLACEHOLDERS))]
"""A JSON value with placeholders in its strings."""


class Provenance(Model):
    """Where a rule or wording was seen."""

    source: tuple[str, ...] = Field(default=(), strict=False)
    note: str = ""


class Refusal(Model):
    """How an upstream refuses a request. What is left out, the profile's `defaults` say.

    `message` left out is the wording of the profile for this kind of fault, or else OpenAI's own.
    `many` words several places of one rule in one message (`{names}`, `{count}`).
    """

    status: int | None = Field(default=None, ge=400, le=599)
    message: Template | None = None
    many: Template | None = None
    type: Scalar = None
    param: Shape = None
    code: Scalar = None
    suggest: Template | None = None
    envelope: EnvelopeField | None = None


class Defaults(Model):
    """What every refusal of the profile has, unless its own words say otherwise."""

    status: int = Field(default=400, ge=400, le=599)
    type: Scalar = "invalid_request_error"
    param: Shape = None
    code: Scalar = None
