"""Settings that look like ours and are not: each with the name that was probably meant."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    from claude_code_proxy.placements import PlacedSettings

_BEGINNING: Final = "drop_"
_ENDINGS: Final = ("_res_api", "_resp_api", "_responses_api", "_chat_api")
_LIKENESS: Final = 0.8
"""Of 1, as `difflib` counts; no parameter of LiteLLM's or OpenAI's comes so near to ours."""


@dataclass(frozen=True, slots=True)
class Misspelt:
    """A setting that nobody reads, and the nearest that our handler does."""

    name: str
    nearest: str

    def __str__(self) -> str:
        return f"unknown setting {self.name!r}: did you mean {self.nearest!r}?"


def misspelt(placed: PlacedSettings, known: Collection[str]) -> tuple[Misspelt, ...]:
    """Return what of ``placed`` looks like one of the ``known`` names and is none, each once."""
    names = dict.fromkeys(name for settings in placed.placements.values() for name in settings)
    strange = [n for n in names if isinstance(n, str) and n not in known and n not in _litellms()]
    found = ((name, nearest_of_ours(name, known)) for name in strange)
    return tuple(Misspelt(name, nearest) for name, nearest in found if nearest)


@cache
def _litellms() -> frozenset[str]:
    """Return the names that LiteLLM reads; imported late, for settings can be read without it."""
    from litellm.constants import DEFAULT_CHAT_COMPLETION_PARAM_VALUES
    from litellm.types.utils import all_litellm_params

    return frozenset(all_litellm_params) | frozenset(DEFAULT_CHAT_COMPLETION_PARAM_VALUES)


def nearest_of_ours(name: str, known: Collection[str]) -> str | None:
    """Return the one of the ``known`` names that ``name`` resembles, None if it resembles none."""
    spelt = name.lower().replace("-", "_")
    looks_like_ours = spelt.startswith(_BEGINNING) or spelt.endswith(_ENDINGS)
    if not looks_like_ours and spelt[:1] not in {ours[0] for ours in known}:
        return None  # a comparison costs 0.1 ms, and LiteLLM has many names
    matches = get_close_matches(
        spelt, sorted(known), n=1, cutoff=0 if looks_like_ours else _LIKENESS
    )
    return matches[0] if matches else None
