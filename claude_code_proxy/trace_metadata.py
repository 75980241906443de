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

_PROXY_PREFIX: Final = "user_api_key"
_IDS_FROM_HEADERS: Final = ("trace_id", "session_id")
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

    The trace name is ours even where the caller has one too. Values that are not strings are left
    out: the Responses API takes no others.
    """
    metadata = (litellm_params or {}).get("metadata")
    own = _callers_own(metadata) if isinstance(metadata, Mapping) else {}
    return {
        "trace_name": TRACE_NAME,
        **{key: value for key, value in own.items() if key != "trace_name"},
    }


def _callers_own(metadata: Mapping[Any, Any]) -> dict[str, str]:
    """Return the caller's own strings.

    Behind the proxy they are in what LiteLLM calls ``requester_metadata``; without it the caller
    sent none. For ``/v1/chat/completions`` LiteLLM first writes the client's headers there and the
    ids that it makes of them, and a caller's id cannot be told from those: neither is sent.
    """
    if "requester_metadata" not in metadata:
        return {} if _is_the_proxys(metadata) else _strings(metadata)
    snapshot = metadata["requester_metadata"]
    if not isinstance(snapshot, Mapping):
        return {}
    unsure = _IDS_FROM_HEADERS if any(map(_is_litellms, snapshot)) else ()
    return {key: value for key, value in _strings(snapshot).items() if key not in unsure}


def _is_the_proxys(metadata: Mapping[Any, Any]) -> bool:
    """Tell whether LiteLLM's proxy made ``metadata``: it notes the key and where it was asked."""
    return "endpoint" in metadata and any(_begins(key, _PROXY_PREFIX) for key in metadata)


def _strings(metadata: Mapping[Any, Any]) -> dict[str, str]:
    return {
        key: value
        for key, value in metadata.items()
        if isinstance(key, str) and isinstance(value, str) and not _is_litellms(key)
    }


def _is_litellms(key: object) -> bool:
    return key in _LITELLM_KEYS or _begins(key, _LITELLM_PREFIXES)


def _begins(key: object, prefixes: str | tuple[str, ...]) -> bool:
    return isinstance(key, str) and key.startswith(prefixes)
