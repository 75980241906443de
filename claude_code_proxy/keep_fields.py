"""The leftovers that Chat Completions upstreams get only where ``keep_fields`` asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from common.errors import ConfigurationError
from common.field_path import FieldPath

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from claude_code_proxy.placements import PlacedSettings


IMAGES_OF_TOOLS: Final = "messages[?role=tool].content[?type=image_url]"


@dataclass(frozen=True, slots=True)
class KeptField:
    """One leftover that can be kept: where it stands in the payload, and who wants it."""

    path: FieldPath
    why: str


KEPT_FIELDS: Final = (
    KeptField(
        FieldPath.parse("messages[*].reasoning_content"),
        why="some upstreams require the reasoning of earlier turns back, others refuse it",
    ),
    KeptField(
        FieldPath.parse("messages[*].thinking_blocks"),
        why="gateways in front of Claude check the signatures in it",
    ),
    KeptField(
        FieldPath.parse("messages[*].content[*].cache_control"),
        why="gateways in front of Claude cache by it",
    ),
    KeptField(
        FieldPath.parse("messages[*].cache_control"),
        why="LiteLLM leaves it on the message where the content is a string",
    ),
    KeptField(
        FieldPath.parse("tools[*].cache_control"),
        why="gateways in front of Claude cache by it",
    ),
    KeptField(
        FieldPath.parse(IMAGES_OF_TOOLS),
        why="some upstreams take a tool's image in its own turn; OpenAI's declared form is text",
    ),
)


@dataclass(frozen=True, slots=True)
class Leftovers:
    """The leftovers that one request keeps, by the object that they stand on."""

    message: tuple[str, ...]
    part: tuple[str, ...]
    tool: tuple[str, ...]
    images_of_tools: bool

    @classmethod
    def of(cls, paths: Collection[FieldPath]) -> Leftovers:
        """Return what the ``keep_fields`` of a model's settings name."""
        return cls(
            message=_keys(paths, "messages[*]"),
            part=_keys(paths, "messages[*].content[*]"),
            tool=_keys(paths, "tools[*]"),
            images_of_tools=any(str(path) == IMAGES_OF_TOOLS for path in paths),
        )


def left_on(holder: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """Return those of ``keys`` that ``holder`` has."""
    return {key: holder[key] for key in keys if holder.get(key) is not None}


def _keys(paths: Collection[FieldPath], holder: str) -> tuple[str, ...]:
    places = (str(path).rpartition(".") for path in paths)
    return tuple(key for place, _, key in places if place == holder)


def chosen_fields(placed: PlacedSettings, name: str) -> tuple[FieldPath, ...]:
    """Return the leftovers that the setting ``name`` asks for; raise `ConfigurationError` else."""
    known = [str(field.path) for field in KEPT_FIELDS]
    chosen = placed.field_paths(name)
    for path in chosen:
        if str(path) not in known:
            [nearest, *_] = get_close_matches(str(path), known, n=1, cutoff=0) or known
            raise ConfigurationError(
                f"{name} of model {placed.model!r} holds {str(path)!r}; expected one of "
                f"{', '.join(known)}: did you mean {nearest!r}?"
            )
    return chosen
