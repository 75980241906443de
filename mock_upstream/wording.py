"""Wordings: how an upstream puts a refusal, as templates with checked placeholders.

Each carries its provenance: `source` lists ids of the catalogue of observed refusals (or other
public places), `note` says what the source does not show.
"""

from string import Formatter
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Model(BaseModel):
    """The base of everything that a profile file holds: closed and immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _template(*placeholders: str) -> AfterValidator:
    """Check that a template uses the given placeholders and no others."""
    welcome = " and ".join(f"{{{name}}}" for name in placeholders) or "none"

    def check(text: str) -> str:
        try:
            parts = list(Formatter().parse(text))
        except ValueError as error:
            raise ValueError(f"{text!r}: {error}; write a brace itself as {{{{ or }}}}") from None
        for _, name, spec, conversion in parts:
            if name is not None and (name not in placeholders or spec or conversion):
                raise ValueError(f"{text!r}: no placeholder {{{name}}} here; expected {welcome}")
        return text

    return AfterValidator(check)


FieldTemplate = Annotated[str, _template("path", "name")]
"""Text on a refused field: `{path}` is its concrete path, `{name}` its own key."""

KeyTemplate = Annotated[str, _template("key")]
"""Text on a refused credential: `{key}` is the masked key."""


class Provenance(Model):
    """Where a rule or wording was seen."""

    source: tuple[str, ...] = Field(default=(), strict=False)
    note: str = ""


class FieldRefusal(Provenance):
    """How an upstream refuses a field that it does not take."""

    status: int = Field(default=400, ge=400, le=599)
    message: FieldTemplate
    type: str | None = "invalid_request_error"
    param: FieldTemplate | None = None
    code: str | None = None


class KeyRefusal(Provenance):
    """How an upstream refuses a credential."""

    status: int = Field(default=401, ge=400, le=599)
    message: KeyTemplate
    type: str | None = "invalid_request_error"
    param: str | None = None
    code: str | None = None
