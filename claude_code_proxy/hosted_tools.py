"""Tools that the upstream runs itself, and Anthropic's server tools that ask for such a one.

The Responses API has a web search and a code interpreter of its own. Anthropic's other tools
(computer, bash, text editor, memory, web fetch, …) either run at the client in a form that only
Claude knows or have no counterpart; they are left out, with a log line.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any, Final

logger = logging.getLogger(__name__)

Hosted = dict[str, Any]

WEB_SEARCH: Final = "web_search"
"""The name by which Anthropic's tool choice knows a search that LiteLLM made an option of."""

_CODE: Final = ("code_execution", "code_interpreter")
_CONTEXT_SIZES: Final = ("low", "medium", "high")
_PLACE: Final = ("city", "country", "region", "timezone")
_SEARCH_MODEL: Final = re.compile(r"-search-(?:preview|api)")
_MARK_OF_A_COMPUTER: Final = "display_width_px"
_LITELLMS_OWN: Final = "litellm_unnamed_tool_"


def hosted_tool(tool: Mapping[str, Any]) -> Hosted | None:
    """Return the Responses API's tool for ``tool``, None where there is none."""
    kind = str(tool.get("type"))
    if kind.startswith(WEB_SEARCH):
        return web_search(tool)
    if kind.startswith(_CODE):
        return {"type": "code_interpreter", "container": {"type": "auto"}}
    return None


def web_search(options: Mapping[str, Any]) -> Hosted:
    """Return the search tool for Anthropic's tool or Chat Completions' ``web_search_options``."""
    tool: Hosted = {"type": WEB_SEARCH, **_context_size(options)}
    place = _place(options)
    if place:
        tool["user_location"] = {"type": "approximate", **place}
    domains = options.get("allowed_domains")
    if isinstance(domains, list) and domains:
        tool["filters"] = {"allowed_domains": [str(domain) for domain in domains]}
    lost = [key for key in ("blocked_domains", "max_uses") if options.get(key)]
    if lost:
        logger.warning("of a web search, %s is not sent: no place", ", ".join(lost))
    return tool


def chat_web_search(options: object, model: str) -> dict[str, Any]:
    """Return ``web_search_options`` for Chat Completions, for a model that searches.

    OpenAI declares the field and refuses it for every other model
    (cpbotha/obsidian-ai-chat-as-md#5, BerriAI/litellm#12311), and LiteLLM makes it of Claude Code's
    search tool for any; a user who knows an upstream that takes it has ``extra_body``.
    """
    if not isinstance(options, Mapping):
        return {}
    if not _SEARCH_MODEL.search(model):
        logger.warning("web_search_options is not sent: on Chat, for search models only")
        return {}
    sent = _context_size(options)
    place = _place(options)
    if place:
        sent["user_location"] = {"type": "approximate", "approximate": place}
    return {"web_search_options": sent}


def is_a_server_tool_in_disguise(function: Mapping[str, Any]) -> bool:
    """Tell whether LiteLLM made ``function`` of a tool that is none: a computer, a set of tools."""
    parameters = function.get("parameters")
    is_computer = isinstance(parameters, Mapping) and _MARK_OF_A_COMPUTER in parameters
    return is_computer or str(function.get("name")).startswith(_LITELLMS_OWN)


def _context_size(options: Mapping[str, Any]) -> dict[str, Any]:
    size = options.get("search_context_size")
    return {"search_context_size": size} if size in _CONTEXT_SIZES else {}


def _place(options: Mapping[str, Any]) -> dict[str, str]:
    """Return where the user is; Chat Completions has it one level deeper than the others."""
    location = options.get("user_location")
    if not isinstance(location, Mapping):
        return {}
    nested = location.get("approximate")
    place = nested if isinstance(nested, Mapping) else location
    return {key: place[key] for key in _PLACE if isinstance(place.get(key), str)}
