"""The handler's modules that are mutated, and those that are not, each with its reason."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGES: Final = ("claude_code_proxy", "common")

LEFT_OUT: Final[Mapping[str, str]] = {
    "claude_code_proxy.__init__": "holds no code",
    "claude_code_proxy.anthropic_request": "for Anthropic's own API, which no scenario goes to",
    "claude_code_proxy.chat_reply": "reads replies: only their text is recorded",
    "claude_code_proxy.chat_stream": "reads replies: only their text is recorded",
    "claude_code_proxy.cure": "words of an error",
    "claude_code_proxy.errors": "maps what an upstream refuses; a recorded upstream takes all",
    "claude_code_proxy.finish_reasons": "reads replies: only their text is recorded",
    "claude_code_proxy.inbound": "reads replies: only their text is recorded",
    "claude_code_proxy.left_out": "writes the log",
    "claude_code_proxy.litellm_differences": "for other versions of LiteLLM than the pinned one",
    "claude_code_proxy.misspelt": "words of a warning",
    "claude_code_proxy.reasoning_items": "for `keep_reasoning`, which no product sets",
    "claude_code_proxy.reply_blocks": "reads replies: only their text is recorded",
    "claude_code_proxy.reply_calls": "reads replies: only their text is recorded",
    "claude_code_proxy.reply_chunks": "reads replies: only their text is recorded",
    "claude_code_proxy.request_log": "writes the log",
    "claude_code_proxy.responses_reply": "reads replies: only their text is recorded",
    "claude_code_proxy.responses_stream": "reads replies: only their text is recorded",
    "claude_code_proxy.settings_page": "writes a page of the documentation",
    "claude_code_proxy.stream_reading": "reads replies: only their text is recorded",
    "claude_code_proxy.token_usage": "reads replies: only their text is recorded",
    "claude_code_proxy.upstream_error": "maps what an upstream refuses",
    "claude_code_proxy.upstream_events": "reads replies: only their text is recorded",
    "claude_code_proxy.upstream_object": "reads replies: only their text is recorded",
    "common.__init__": "holds no code",
    "common.errors": "holds no code",
}


FUNCTIONS_LEFT_OUT: Final[Mapping[tuple[str, str], str]] = {
    ("claude_code_proxy.outbound", "OutboundRequest._arguments_for_anthropic"): (
        "for Anthropic's own API, which no scenario goes to"
    ),
}
"""Functions of mutated modules that are not mutated either, by module and name."""


def mutated_modules() -> tuple[str, ...]:
    """Return the modules that make payloads, settings and routing, by their dotted names."""
    every = (
        f"{package}.{path.name.removesuffix('.py')}"
        for package in PACKAGES
        for path in files(package).iterdir()
        if path.name.endswith(".py")
    )
    return tuple(sorted(name for name in every if name not in LEFT_OUT))
