"""Does the effort that Claude Code asks for arrive upstream, and that of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy.reasoning_setting import REASONING
from claude_code_proxy.routing import is_reasoning_family
from conformance.doctor.asking import effort_asked
from conformance.doctor.checks.spelling import ALLOWED, LETS_EFFORT_IN
from conformance.doctor.finding import Finding, note, warning
from conformance.doctor.subject import NESTED, of_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.doctor.config_file import Model
    from conformance.doctor.subject import Subject

_EFFORT: Final = "reasoning_effort"
_CURE: Final = f"{ALLOWED}: [thinking, reasoning_effort]"


def efforts(subject: Subject) -> Iterator[Finding]:
    """Find efforts that are asked for, or let through, and do not arrive."""
    not_let_in = []
    for model in subject.ours:
        if subject.api(model) == "anthropic":
            continue
        allowed = _allowed(model)
        through = arrives(subject, model)
        if allowed & set(LETS_EFFORT_IN) and through is False:
            message = (
                f"Claude Code's reasoning effort does not arrive, though {ALLOWED} lists "
                f"{', '.join(sorted(allowed & set(LETS_EFFORT_IN)))}: LiteLLM from 1.100 on lets "
                f"it through as thinking, up to 1.98 as reasoning_effort; set {_CURE}"
            )
            yield of_model(model, warning("effort-lost", message), NESTED, ALLOWED)
        elif through is False and not allowed and _reasons(subject, model):
            not_let_in.append(model)
        yield from _of_settings(model, allowed)
    if not_let_in:
        names = ", ".join(dict.fromkeys(model.name for model in not_let_in))
        message = (
            "Claude Code's own reasoning effort does not arrive, so that the upstream's default is "
            f"what counts. Where it is to arrive, set {_CURE}. This is so of {names}"
        )
        yield replace(of_model(not_let_in[0], note("effort-not-let-in", message)), model=None)


def arrives(subject: Subject, model: Model) -> bool | None:
    """Tell whether Claude Code's effort reaches the upstream; None where nobody knows."""
    asked = subject.asked(model)
    if asked is not None and asked.payload is not None:
        if asked.api == "anthropic":
            return "thinking" in asked.payload
        return _sent(asked.payload) == effort_asked(model)
    if subject.api(model) == "anthropic":
        return True
    return "thinking" in _allowed(model)


def _of_settings(model: Model, allowed: set[str]) -> Iterator[Finding]:
    """Find a ``reasoning_effort`` of the settings that LiteLLM takes out on the way."""
    if model.params.get(_EFFORT) and _EFFORT not in allowed:
        message = (
            f"{_EFFORT} does nothing: LiteLLM drops it on the way to a custom handler, or refuses "
            f"the request; set {REASONING}: {{effort: …}} instead, or list it in {ALLOWED}"
        )
        yield of_model(model, warning("effort-lost", message), NESTED, _EFFORT)


def _allowed(model: Model) -> set[str]:
    allowed = model.params.get(ALLOWED)
    return {str(name) for name in allowed} if isinstance(allowed, list) else set()


def _reasons(subject: Subject, model: Model) -> bool:
    """Tell whether the upstream's model reasons and nobody has set for it how much."""
    named = subject.upstream_name(model)
    setting = model.params.get(REASONING)
    effort = setting.get("effort") if isinstance(setting, Mapping) else setting
    is_set = effort or (named is not None and named.effort)
    return named is not None and is_reasoning_family(named.name) and not is_set


def _sent(payload: Mapping[str, Any]) -> object:
    reasoning = payload.get("reasoning")
    nested = reasoning.get("effort") if isinstance(reasoning, Mapping) else None
    return nested or payload.get(_EFFORT)
