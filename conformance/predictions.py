"""Predictions: what each profile must answer to a payload, told without the mock's own rules.

A prediction reads only the payload. It says in a few lines what the upstream's documentation or
error reports say, so that a mistake in the rules, the engine or the handler shows as a difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.matrix import Api


@dataclass(frozen=True, slots=True)
class Prediction:
    """A status, and the error body that comes with it; None where the payload is accepted."""

    status: int
    body: Any = None


ACCEPTED = Prediction(200)


def predict(profile: str, api: Api, payload: Any) -> Prediction:
    """Return what ``profile`` must answer to ``payload``.

    Raises `KeyError` for a profile that has no prediction: a new profile needs one.
    """
    predictions = {"openai": _openai, "gateway": _gateway, "permissive": _permissive}
    return predictions[profile](api, payload)


def _openai(api: Api, payload: Any) -> Prediction:
    """OpenAI names the first unknown parameter by its full path; ``metadata`` is a known one."""
    undeclared = ("thinking_blocks", "reasoning_content", "cache_control")
    items = payload.get("input" if api == "responses" else "messages", [])
    for index, item in enumerate(items):
        for field in item:
            if field in undeclared:
                name = f"{'input' if api == 'responses' else 'messages'}[{index}].{field}"
                return _unknown_parameter(name)
    return ACCEPTED


def _unknown_parameter(name: str) -> Prediction:
    error = {
        "message": f"Unknown parameter: '{name}'.",
        "type": "invalid_request_error",
        "param": name,
        "code": "unknown_parameter",
    }
    return Prediction(400, {"error": error})


def _gateway(api: Api, payload: Any) -> Prediction:
    """The gateway refuses two fields, on Responses only, and names the first that it meets."""
    if api == "responses":
        for key, value in payload.items():
            if key == "metadata":
                return _unsupported_parameter(key)
            if key == "input" and any("thinking_blocks" in item for item in value):
                return _unsupported_parameter("thinking_blocks")
    return ACCEPTED


def _unsupported_parameter(name: str) -> Prediction:
    return Prediction(400, {"detail": f"Unsupported parameter: {name}"})


def _permissive(api: Api, payload: Any) -> Prediction:  # noqa: ARG001 -- one shape for all profiles
    return ACCEPTED
