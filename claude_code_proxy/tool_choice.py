"""Tool choice in every form that a client has for it, written for either API."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from common.errors import UntranslatableError

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

_MODES: Final = {"auto": "auto", "none": "none", "any": "required", "required": "required"}
_NAMING: Final = ("function", "tool", None)


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """What a request asks of the model: a mode, and the tools that it is held to, if to any.

    ``is_list`` tells a list of allowed tools from the one tool that must be called.
    """

    mode: str
    names: tuple[str, ...] = ()
    is_list: bool = False

    @classmethod
    def read(cls, choice: object) -> ToolChoice:
        """Read a word, one of either API's objects or Anthropic's; raise `UntranslatableError`."""
        kind = choice.get("type") if isinstance(choice, Mapping) else choice
        if isinstance(kind, str) and kind in _MODES:
            return cls(_MODES[kind])
        if isinstance(choice, Mapping) and kind == "allowed_tools":
            allowed = choice.get("allowed_tools", choice)
            tools = allowed.get("tools") if isinstance(allowed, Mapping) else None
            if isinstance(tools, list) and allowed.get("mode") in _MODES:
                return cls(_MODES[allowed["mode"]], tuple(map(_name, tools)), is_list=True)
        elif isinstance(choice, Mapping) and kind in _NAMING:
            return cls("required", (_name(choice),))
        raise _not_understood(choice)

    def written(
        self,
        offered: Mapping[str, dict[str, Any]],
        listed: Callable[[str, list[dict[str, Any]]], Any],
    ) -> Any:
        """Return the choice for an API; None where the one tool that it names is not sent.

        ``offered`` holds, by name, how that API names a tool in a choice; ``listed`` makes its list
        of allowed tools of a mode and such names.
        """
        if not self.names and not self.is_list:
            return self.mode
        names = [name for name in self.names if name in offered]
        if not names:
            logger.warning("tool_choice is not sent as given: no tool that it names is sent")
            return "none" if self.is_list else None
        if not self.is_list and offered[names[0]]["type"] == "function":
            return offered[names[0]]
        if set(names) == set(offered):
            return self.mode
        return listed(self.mode, [offered[name] for name in names])


def _name(tool: object) -> str:
    if isinstance(tool, Mapping):
        function = tool.get("function")
        holder = function if isinstance(function, Mapping) else tool
        name = holder.get("name") or (None if tool.get("type") in _NAMING else tool.get("type"))
        if isinstance(name, str):
            return name
    raise _not_understood(tool)


def _not_understood(choice: object) -> UntranslatableError:
    shown = dict(choice) if isinstance(choice, Mapping) else choice
    return UntranslatableError(
        f"tool_choice is {shown!r}; expected auto, none, required, one function by name or a list "
        "of allowed tools"
    )
