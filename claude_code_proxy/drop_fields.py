"""The fields that a model's settings drop by their path, whatever they are."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from common.errors import ConfigurationError
from common.field_path import Every, FieldPath, Key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from claude_code_proxy.placements import PlacedSettings

_NEEDED: Final = {
    "model": "no request can do without it",
    "input": "no request can do without it",
    "messages": "no request can do without it",
    "stream": "whether a reply is streamed is the client's to say",
}


def dropped_fields(placed: PlacedSettings, *names: str) -> tuple[FieldPath, ...]:
    """Return the field paths under the settings ``names``, each once.

    Raises `ConfigurationError` for what is not one, and for what must be sent.
    """
    paths = [(name, path) for name in names for path in placed.field_paths(name)]
    for name, path in paths:
        _refuse_needed(name, path, placed.model)
    return tuple(dict.fromkeys(path for _, path in paths))


def without_fields(payload: Mapping[str, Any], paths: Collection[FieldPath]) -> dict[str, Any]:
    """Return ``payload`` less what is at ``paths``; the caller's object is left as it is."""
    return reduce(lambda rest, path: path.remove(rest), paths, dict(payload))


def is_needed(path: FieldPath) -> bool:
    """Tell whether ``path`` is a whole field that must be sent, or all there is in it."""
    first, *rest = path.steps
    return isinstance(first, Key) and first.name in _NEEDED and rest in ([], [Every()])


def _refuse_needed(name: str, path: FieldPath, model: str) -> None:
    if is_needed(path):
        first = path.steps[0]
        why = _NEEDED[first.name] if isinstance(first, Key) else ""
        raise ConfigurationError(
            f"{name} of model {model!r} holds {str(path)!r}, which cannot be dropped: {why}; "
            "expected the path of another field, such as input[*].thinking_blocks"
        )
