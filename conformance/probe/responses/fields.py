"""Fields of the Responses API, at the top and further inside, each with a value to try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from conformance.probe.responses.shapes import BLOCKS, CACHED

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    "instructions": "You answer.",
    "include": [],
    "text": {"format": {"type": "text"}},
    "truncation": "disabled",
    "background": False,
    "max_tool_calls": 1,
    "tool_choice": "auto",
}

FOREIGN: Final[Mapping[str, Any]] = {
    "top_k": 1,
    "stop": ["###"],
    "system": "Be brief.",
    "thinking": {"type": "disabled"},
    "stop_sequences": ["###"],
    "output_config": {"effort": "low"},
    "anthropic_beta": ["probe-2025-01-01"],
    "betas": ["probe-2025-01-01"],
    "enable_thinking": False,
    "chat_template_kwargs": {},
    "user_id": "probe-user",
    "litellm_metadata": {"a": "b"},
    "max_tokens": 64,
    "max_completion_tokens": 64,
    "reasoning_effort": "low",
    "caching": {"type": "disabled"},
}

ALONE: Final[Mapping[str, Any]] = {
    "max_output_tokens": 64,
    "temperature": 1,
    "context_management": [],
}

NESTED: Final[tuple[tuple[str, tuple[str | int, ...], Any, str], ...]] = (
    ("history", ("input", 1, "thinking_blocks"), BLOCKS, "input[*].thinking_blocks"),
    ("history", ("input", 1, "reasoning_content"), "Ok.", "input[*].reasoning_content"),
    ("history", ("input", 1, "cache_control"), CACHED, "input[?role=assistant].cache_control"),
    ("history", ("input", 0, "cache_control"), CACHED, "input[*].cache_control"),
    ("history", ("input", 1, "phase"), "commentary", "input[*].phase"),
    ("calls", ("input", 1, "status"), "completed", "input[?type=function_call].status"),
    ("calls", ("input", 1, "cache_control"), CACHED, "input[?type=function_call].cache_control"),
    ("calls", ("tools", 0, "cache_control"), CACHED, "tools[*].cache_control"),
    ("calls", ("tools", 0, "defer_loading"), False, "tools[*].defer_loading"),
)
