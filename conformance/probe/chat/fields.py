"""Fields of Chat Completions, at the top and further inside, each with a value that is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from conformance.probe.chat.shapes import BLOCKS, CACHED, UNKNOWN, trying

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.probe.experiment import Experiment

TOP: Final[Mapping[str, Any]] = {
    "metadata": {"user_id": "probe"},
    "user": "probe-user",
    "store": False,
    "parallel_tool_calls": True,
    "prompt_cache_key": "probe",
    "prompt_cache_retention": "in_memory",
    "safety_identifier": "probe",
    "service_tier": "auto",
    "top_p": 1,
    "stop": ["###"],
    "n": 1,
    "seed": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "logit_bias": {},
    "logprobs": False,
    "modalities": ["text"],
    "verbosity": "medium",
    "response_format": {"type": "text"},
    "tool_choice": "auto",
}
"""Declared fields that go together, each with a value that asks for nothing unusual."""

FOREIGN: Final[Mapping[str, Any]] = {
    "top_k": 1,
    "system": "Be brief.",
    "stop_sequences": ["###"],
    "context_management": {"edits": []},
    "output_config": {"effort": "low"},
    "anthropic_beta": ["probe-2025-01-01"],
    "betas": ["probe-2025-01-01"],
    "reasoning": {"effort": "low"},
    "enable_thinking": False,
    "chat_template_kwargs": {},
    "user_id": "probe-user",
    "litellm_metadata": {"a": "b"},
    "max_output_tokens": 64,
    "instructions": "Be brief.",
    "cache_control": {"type": "ephemeral"},
}
"""What Claude Code or LiteLLM may let through, and vendors' own names."""

ALONE: Final[Mapping[str, Any]] = {
    "max_tokens": 64,
    "max_completion_tokens": 64,
    "temperature": 1,
    "reasoning_effort": "low",
    "web_search_options": {},
    "thinking": {"type": "enabled", "budget_tokens": 1024},
}
"""Fields that may not go with others: each by itself."""

NESTED: Final[tuple[tuple[tuple[str | int, ...], Any, str], ...]] = (
    (("messages", 1, "thinking_blocks"), BLOCKS, "messages[*].thinking_blocks"),
    (("messages", 1, "reasoning_content"), "I look.", "messages[*].reasoning_content"),
    (("messages", 1, "reasoning"), "I look.", "messages[*].reasoning"),
    (("messages", 1, "refusal"), None, "messages[*].refusal"),
    (("messages", 1, "name"), "probe", "messages[?role=assistant].name"),
    (("messages", 1, "annotations"), [], "messages[*].annotations"),
    (("messages", 1, "provider_specific_fields"), {}, "messages[*].provider_specific_fields"),
    (("messages", 0, "cache_control"), CACHED, "messages[*].cache_control"),
    (("messages", 2, "cache_control"), CACHED, "messages[?role=tool].cache_control"),
    (("messages", 0, "name"), "probe", "messages[?role=user].name"),
    (("messages", 2, "name"), "Clock", "messages[?role=tool].name"),
    (("messages", 2, "is_error"), False, "messages[*].is_error"),
    (("messages", 1, "tool_calls", 0, "index"), 0, "messages[*].tool_calls[*].index"),
    (
        ("messages", 1, "tool_calls", 0, "cache_control"),
        CACHED,
        "messages[*].tool_calls[*].cache_control",
    ),
    (
        ("messages", 1, "tool_calls", 0, "extra_content"),
        {"google": {"thought_signature": "skip_thought_signature_validator"}},
        "messages[*].tool_calls[*].extra_content",
    ),
    (("tools", 0, "cache_control"), CACHED, "tools[*].cache_control"),
    (("tools", 0, "defer_loading"), False, "tools[*].defer_loading"),
    (("tools", 0, "function", "strict"), False, "tools[*].function.strict"),
    (("tools", 0, "function", "cache_control"), CACHED, "tools[*].function.cache_control"),
    (("tools", 0, "function", "defer_loading"), False, "tools[*].function.defer_loading"),
)


def unknown() -> Iterator[Experiment]:
    """Yield a key that nobody has, at each kind of place."""
    places: Mapping[str, tuple[str | int, ...]] = {
        "top": (),
        "message": ("messages", 0),
        "call": ("messages", 1, "tool_calls", 0),
        "tool": ("tools", 0),
    }
    for name, place in places.items():
        yield trying(f"unknown-{name}", "calls", ((*place, UNKNOWN), "probe"))
