"""What an upstream's error says, apart from what it was wrapped in."""

from dataclasses import dataclass
from typing import TypeAlias

from mock_upstream.part import JsonValue

Steps: TypeAlias = tuple[str | int, ...]
"""A place as the error spells it: keys and indices."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One of several refusals in one error, as pydantic lists them."""

    message: str
    loc: Steps = ()
    type: str | None = None


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """One error, as far as the text tells: None is what it does not tell.

    `body` is the upstream's own JSON, None for plain text. `wrapping` names what was taken off it,
    outermost first: `Claude Code`, `litellm.BadRequestError`, `OpenRouter`. `api` is told where
    text around it names the endpoint. `half` is an error whose end is missing.
    """

    message: str
    status: int | None = None
    param: str | None = None
    code: str | None = None
    type: str | None = None
    details: tuple[Detail, ...] = ()
    body: JsonValue = None
    wrapping: tuple[str, ...] = ()
    api: str | None = None
    half: bool = False

    @property
    def same_as(self) -> tuple[object, ...]:
        """What two sightings of one error have in common."""
        return (self.message.strip(), self.param)
