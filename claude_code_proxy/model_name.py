"""The name that a model is sent by: ``claude-*`` remapped, a reasoning effort taken off its end."""

from __future__ import annotations

import os
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from common.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh")
REMAPS: Final[Mapping[str, str]] = {
    family: f"REMAP_CLAUDE_{family.upper()}_TO" for family in ("haiku", "sonnet", "opus")
}
"""The environment variable of each Claude family: the model that its names stand for."""

_SUFFIX: Final = "-reason-"
_OPENAI: Final = "openai/"
_ANTHROPIC: Final = "anthropic/"
_CLAUDE: Final = "claude-"


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model's name as the upstream knows it, and the effort that stood at its end."""

    name: str
    effort: str | None = None

    @classmethod
    def of(cls, model: str, environment: Mapping[str, str] | None = None) -> ModelName:
        """Read the handler's ``model``; raise `ConfigurationError` for an effort nobody knows.

        A ``claude-*`` name that the environment remaps is its target, whose own effort wins. An
        ``openai/`` before a target is LiteLLM's way to write it, and is not sent.
        """
        named = _without_effort(model, f"model {model!r}")
        variable, target = _remap(named.name, os.environ if environment is None else environment)
        if not target:
            return named
        source = f"environment variable {variable}, which is {target!r},"
        bare = target.removeprefix(_OPENAI)
        if not bare or any(letter.isspace() for letter in bare):
            raise ConfigurationError(
                f"{source} is not a model; expected a name such as gpt-5.2 or "
                "openai/gpt-5.2-reason-high: correct it, or unset it to send Claude's names on"
            )
        aim = _without_effort(bare, source)
        return cls(aim.name, aim.effort or named.effort)


def is_claude(model: str) -> bool:
    """Tell whether ``model`` is one of Anthropic's, by its name."""
    return anthropic_name(model).lower().startswith(_CLAUDE)


def anthropic_name(model: str) -> str:
    """Return ``model`` as Anthropic knows it, without LiteLLM's prefix for the provider."""
    return model.removeprefix(_ANTHROPIC)


def _without_effort(model: str, source: str) -> ModelName:
    name, suffix, effort = model.rpartition(_SUFFIX)
    if not suffix:
        return ModelName(model)
    if not name or effort not in EFFORTS:
        nearest = get_close_matches(effort, EFFORTS, n=1)
        hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
        raise ConfigurationError(
            f"{source} ends with the reasoning effort {effort!r}; expected a name, {_SUFFIX} and "
            f"one of {', '.join(EFFORTS)}{hint}"
        )
    return ModelName(name, effort)


def _remap(model: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """Return the variable that speaks for ``model`` and what it says, blank where none does."""
    if is_claude(model):
        for family, variable in REMAPS.items():
            if family in model.lower():
                return variable, environment.get(variable, "").strip()
    return "", ""
