"""The ``metadata`` that goes upstream with a Responses request: a trace name and the caller's own.

LiteLLM keeps its bookkeeping (key hashes, internal ids, the client's headers) in the same mapping
as the caller's metadata; none of it may leave. What its versions put there was found by looking
(SDK, ``Router`` and proxy of 1.106.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

TRACE_NAME: Final = "claude_code_proxy"
"""A constant, so that equal requests are equal bytes."""

_LITELLM_PREFIXES: Final = ("user_api_", "litellm_", "_")
_LITELLM_KEYS: Final = frozenset(
    {
        "actor_agent_id",
        "agent_execution_mode",
        "agent_id",
        "api_base",
        "applied_guardrails",
        "applied_policies",
        "billing_agent_id",
        "caching_groups",
        "caller_tags",
        "deployment",
        "deployment_model_name",
        "endpoint",
        "error_information",
        "headers",
        "hidden_params",
        "model_group",
        "model_group_alias",
        "original_model_group",
        "policy_sources",
        "previous_models",
        "requester_custom_headers",
        "requester_ip_address",
        "requester_metadata",
        "target_agent_id",
        "used_client_oauth_token",
        "user_agent",
        "verified_human_user_id",
    }
)


def trace_metadata(litellm_params: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the metadata for one request; ``litellm_params`` is the handler's own argument.

    Behind the proxy the caller's metadata is what LiteLLM calls ``requester_metadata``. Values that
    are not strings are left out: the Responses API takes no others.
    """
    metadata = (litellm_params or {}).get("metadata")
    if isinstance(metadata, Mapping) and "requester_metadata" in metadata:
        metadata = metadata["requester_metadata"]
    own = metadata if isinstance(metadata, Mapping) else {}
    return {
        "trace_name": TRACE_NAME,
        **{
            key: value
            for key, value in own.items()
            if isinstance(key, str) and isinstance(value, str) and not _is_litellms(key)
        },
    }


def _is_litellms(key: str) -> bool:
    return key in _LITELLM_KEYS or key.startswith(_LITELLM_PREFIXES)
