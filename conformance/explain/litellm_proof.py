"""The proof for a refusal of LiteLLM's own: it knows no such parameter of a custom provider's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from conformance.explain.proof import Proof
from mock_upstream import load_profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.explain.handler_drive import HandlerDrive
    from mock_upstream.from_error.blame import Blame

_SAMPLES: Final[Mapping[str, Any]] = {
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "reasoning_effort": "high",
    "web_search_options": {},
    "response_format": {"type": "json_object"},
}
_CURE: Final = {"drop_params": True}


def prove_parameters(drive: HandlerDrive, blame: Blame) -> Proof:
    """Show LiteLLM's refusal, and the request that it lets through with ``drop_params``."""
    given = {path: _SAMPLES.get(path, "x") for path in blame.paths}
    scenario, accepting = drive.scenarios[0], load_profile("permissive")
    refused = drive.drive(scenario, "responses", given, accepting)
    taken = drive.drive(scenario, "responses", given | _CURE, accepting)
    shown = refused.payload is None and taken.accepted
    return Proof(
        "cured" if shown else "incurable",
        scenario=f"{scenario.name} with {', '.join(given)}",
        api="responses",
        without_status=refused.status,
        without_message=refused.message,
        with_status=taken.status,
        settings=_CURE,
        why="LiteLLM refused it before the handler was asked: it does not know that a custom "
        "provider takes it. drop_params leaves it out; allowed_openai_params: [thinking, "
        "reasoning_effort] lets Claude Code's effort through",
    )
