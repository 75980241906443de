"""Token usage, read from either API and given under the names of Chat Completions."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from litellm.types.utils import CompletionTokensDetailsWrapper, PromptTokensDetailsWrapper, Usage

from claude_code_proxy.upstream_object import read


def usage_from_responses(usage: object) -> Usage:
    """Return ``usage`` of a Responses reply; zeros for what the upstream left out.

    ``/v1/messages`` fails on a reply without usage, so there always is one.
    """
    prompt, completion = _count(usage, "input_tokens"), _count(usage, "output_tokens")
    return _usage(
        prompt,
        completion,
        _count(usage, "total_tokens"),
        read(usage, "input_tokens_details"),
        read(usage, "output_tokens_details"),
    )


def usage_from_chat(usage: object) -> Usage:
    """Return ``usage`` of a Chat Completions reply; zeros for what the upstream left out.

    LiteLLM's own object is returned as it is. DeepSeek's name for cached tokens is known.
    """
    if isinstance(usage, Usage):
        return usage
    details = read(usage, "prompt_tokens_details")
    if read(details, "cached_tokens") is None:
        details = {**_mapping(details), "cached_tokens": _count(usage, "prompt_cache_hit_tokens")}
    return _usage(
        _count(usage, "prompt_tokens"),
        _count(usage, "completion_tokens"),
        _count(usage, "total_tokens"),
        details,
        read(usage, "completion_tokens_details"),
    )


def _usage(prompt: int, completion: int, total: int, given: object, made: object) -> Usage:
    """Return LiteLLM's object; ``given`` and ``made`` are the details of the two counts.

    Tokens written to a cache have a place of their own there, under the one of several names that
    the upstream knows.
    """
    written = _count(given, "cache_write_tokens") or _count(given, "cache_creation_tokens")
    more: dict[str, Any] = {"cache_creation_input_tokens": written} if written else {}
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=total or prompt + completion,
        prompt_tokens_details=PromptTokensDetailsWrapper(
            cached_tokens=_count(given, "cached_tokens")
        ),
        completion_tokens_details=CompletionTokensDetailsWrapper(
            reasoning_tokens=_count(made, "reasoning_tokens")
        ),
        **more,
    )


def _count(usage: object, name: str) -> int:
    value = read(usage, name, 0)
    return int(value) if isinstance(value, int | float) and isfinite(value) else 0


def _mapping(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}
