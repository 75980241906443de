"""The reasoning effort, and the summary of it, that a model's settings ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_code_proxy.placements import PlacedSettings, Placement

REASONING: Final = "reasoning"

_LITELLMS_NAME: Final = "reasoning_effort"
_KEYS: Final = ("effort", "summary")
_EXPECTED: Final = "an effort such as high, or {effort: high, summary: auto}"


def reasoning_setting(placed: PlacedSettings) -> dict[str, str]:
    """Return ``effort`` and ``summary`` as far as they are set; an earlier placement wins.

    Raises `ConfigurationError` for anything else under the name.
    """
    merged: dict[str, str] = {}
    for name, placement, value in _given(placed):
        asked = {"effort": value} if isinstance(value, str) and value else value
        if not isinstance(asked, Mapping) or not _is_understood(asked):
            raise placed.refusal(name, value, placement, _EXPECTED)
        merged = {**{key: asked[key] for key in _KEYS if asked.get(key) is not None}, **merged}
    return merged


def _given(placed: PlacedSettings) -> Iterator[tuple[str, Placement, object]]:
    """Yield the settings that say it, by either name.

    In ``optional_params``, ``reasoning_effort`` is the request's, or the model's for a request that
    has none: LiteLLM has settled that before.
    """
    for placement, value in placed.values(REASONING):
        yield REASONING, placement, value
    for placement, value in placed.values(_LITELLMS_NAME):
        if placement != "optional_params":
            yield _LITELLMS_NAME, placement, value


def _is_understood(asked: Mapping[str, object]) -> bool:
    return asked.keys() <= set(_KEYS) and all(
        value is None or (isinstance(value, str) and value) for value in asked.values()
    )
