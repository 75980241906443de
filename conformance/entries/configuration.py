"""The configuration of a model: what a case says there, for whichever entry reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from conformance.entries.access import Upstreams
    from conformance.matrix import Case
    from conformance.scenarios import Scenario

PROVIDER: Final = "claude_code_router"
"""The name under which the handler that is judged is LiteLLM's custom provider."""

TOP: Final = "optional_params"
NESTED: Final = "optional_params.litellm_params"


def configuration(
    case: Case, scenario: Scenario, upstreams: Upstreams, provider: str = PROVIDER
) -> dict[str, Any]:
    """Return the model's ``litellm_params``, or the arguments by which LiteLLM's SDK is told them.

    What only the handler is told (the entry ``handler``) is not among them.
    """
    access = upstreams.access(case.source)
    configured: dict[str, Any] = {
        "model": f"{provider}/{case.model}{scenario.model_suffix}",
        **case.settings(TOP),
        **access.call,
    }
    nested = case.settings(NESTED)
    if case.entry != "handler":
        nested |= access.settings
    if nested or NESTED in case.delivery.placements:
        configured["litellm_params"] = nested
    if case.options.drop_params is not None:
        configured["drop_params"] = case.options.drop_params
    if case.options.extra_headers:
        configured["extra_headers"] = dict(case.options.extra_headers)
    return configured
