"""How the client asked Claude to think, and the reasoning effort that this is worth elsewhere.

LiteLLM takes ``thinking`` out on the way to us, unless ``allowed_openai_params`` lets it through:
it does not know what stands behind a handler. ``output_config`` it takes out always. Both are in
the proxy's record of the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_MESSAGES: Final = "/v1/messages"
_ASKED_OF_CLAUDE: Final = ("thinking", "output_config")
_WITHOUT_BUDGET: Final = "minimal"
_BUDGETS: Final = ((4096, "high"), (2048, "medium"), (1024, "low"))
"""LiteLLM's own thresholds in tokens (``reasoning_effort_from_thinking_budget``, 1.106.2)."""

_ADAPTIVE: Final = "medium"
_LITELLMS_WORDS: Final = {"max": "xhigh"}


def asked_of_claude(litellm_params: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    """Return ``thinking`` and ``output_config`` as a client of ``/v1/messages`` sent them."""
    record = (litellm_params or {}).get("proxy_server_request")
    if not isinstance(record, Mapping) or _MESSAGES not in str(record.get("url")):
        return {}
    body = record.get("body")
    if not isinstance(body, Mapping):
        return {}
    return {key: body[key] for key in _ASKED_OF_CLAUDE if isinstance(body.get(key), Mapping)}


def with_effort(
    params: Mapping[str, Any], litellm_params: Mapping[str, Any] | None
) -> Mapping[str, Any]:
    """Return ``params`` with the effort of the ``thinking`` in its place, unless they have one.

    Only ``thinking`` that was let through counts: not every model reasons, and one that does not
    refuses an effort.
    """
    thinking = params.get("thinking")
    if not isinstance(thinking, Mapping):
        return params
    output = asked_of_claude(litellm_params).get("output_config", {})
    worth = {"reasoning_effort": _effort(thinking, output.get("effort"))}
    said = {name: value for name, value in params.items() if value is not None}
    return {**worth, **{name: said[name] for name in said if name != "thinking"}}


def _effort(thinking: Mapping[str, Any], wanted: object) -> str | None:
    match thinking.get("type"):
        case "disabled":
            return "none"
        case "adaptive":
            return _LITELLMS_WORDS.get(wanted, wanted) if isinstance(wanted, str) else _ADAPTIVE
        case "enabled" if isinstance(budget := thinking.get("budget_tokens"), int):
            fitting = (effort for least, effort in _BUDGETS if budget >= least)
            return next(fitting, _WITHOUT_BUDGET)
    return None
