"""Token usage: from the Responses API's names to those of Chat Completions."""

from __future__ import annotations

from litellm.types.utils import CompletionTokensDetailsWrapper, PromptTokensDetailsWrapper, Usage

from claude_code_proxy.upstream_object import read


def usage_from_responses(usage: object) -> Usage:
    """Return ``usage`` of a Responses reply; zeros for what the upstream left out.

    ``/v1/messages`` fails on a reply without usage, so there always is one.
    """
    prompt, completion = read(usage, "input_tokens", 0), read(usage, "output_tokens", 0)
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=read(usage, "total_tokens", prompt + completion),
        prompt_tokens_details=PromptTokensDetailsWrapper(
            cached_tokens=read(read(usage, "input_tokens_details"), "cached_tokens", 0)
        ),
        completion_tokens_details=CompletionTokensDetailsWrapper(
            reasoning_tokens=read(read(usage, "output_tokens_details"), "reasoning_tokens", 0)
        ),
    )
