"""Are the names spelled right: of settings, of sections, and within ``allowed_openai_params``."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from claude_code_proxy.misspelt import nearest_of_ours
from claude_code_proxy.reasoning_setting import REASONING
from claude_code_proxy.settings import OWN_NAMES, OWN_SETTINGS
from conformance.doctor.finding import Finding, error
from conformance.doctor.subject import of_model, of_section, settings_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from conformance.doctor.subject import Subject

ALLOWED: Final = "allowed_openai_params"
LETS_EFFORT_IN: Final = ("thinking", "reasoning_effort")

KNOWN: Final = OWN_NAMES | {
    REASONING,
    ALLOWED,
    "model",
    "base_url",
    "drop_params",
    "extra_body",
    "extra_headers",
    "headers",
    "reasoning_effort",
    "timeout",
}
"""The names under ``litellm_params`` that our pages speak of: ours, and some of LiteLLM's."""

_SECTIONS: Final = (
    "environment_variables",
    "general_settings",
    "include",
    "litellm_settings",
    "model_list",
    "router_settings",
)
_ENTRY: Final = ("litellm_params", "model_info", "model_name")
_LIKENESS: Final = 0.8


def nearest_setting(name: str) -> str | None:
    """Return the known setting that ``name`` is probably meant for; None if none, or if known."""
    if name in KNOWN:
        return None
    return nearest_of_ours(name, OWN_SETTINGS | {REASONING}) or _nearest(name, KNOWN)


def sections(subject: Subject) -> Iterator[Finding]:
    """Find misspelt names of the file's sections, and of the keys in them that matter here."""
    for key, section in subject.config.sections.items():
        if key not in _SECTIONS and (nearest := _nearest(key, _SECTIONS)):
            message = _misspelt(key, "no section of LiteLLM's", nearest)
            yield of_section(section, error("misspelt-section", message))
    for key, expected in (
        ("litellm_settings", "custom_provider_map"),
        ("general_settings", "master_key"),
    ):
        section = subject.config.section(key)
        for name in section.mapping:
            if name != expected and _nearest(name, (expected,)):
                message = _misspelt(name, f"no key of {key}", expected)
                yield of_section(section, error("misspelt-section", message), name)
    for model in subject.config.models:
        for name in model.entry:
            if name not in _ENTRY and (nearest := _nearest(str(name), _ENTRY)):
                message = _misspelt(str(name), "no key of a model", nearest)
                yield of_model(model, error("misspelt-section", message), str(name))


def settings(subject: Subject) -> Iterator[Finding]:
    """Find settings that look like a known one and are none."""
    for model in subject.ours:
        for place, name, _ in settings_of(model):
            if nearest := nearest_setting(name):
                message = _misspelt(name, "no setting", nearest)
                yield of_model(model, error("misspelt-setting", message), *place, name)


def allowed_params(subject: Subject) -> Iterator[Finding]:
    """Find what ``allowed_openai_params`` cannot mean."""
    for model in subject.ours:
        allowed = model.params.get(ALLOWED)
        if allowed is not None and not isinstance(allowed, list):
            message = (
                f"{ALLOWED} is {type(allowed).__name__}; expected a list such as "
                "[thinking, reasoning_effort]: LiteLLM takes a text letter by letter"
            )
            yield of_model(model, error("wrong-value", message), "litellm_params", ALLOWED)
            continue
        for name in allowed or ():
            nearest = _nearest(str(name), LETS_EFFORT_IN)
            if nearest and name not in LETS_EFFORT_IN:
                message = _misspelt(str(name), f"no parameter to list in {ALLOWED}", nearest)
                yield of_model(model, error("misspelt-setting", message), "litellm_params", ALLOWED)


def _misspelt(name: str, what: str, nearest: str) -> str:
    return f"{name!r} is {what}, and nobody reads it; did you mean {nearest!r}?"


def _nearest(name: str, known: Collection[str]) -> str | None:
    spelt = name.lower().replace("-", "_")
    alike = sorted(each for each in known if each[:1] == spelt[:1])  # dd_api_key is no api_key
    matches = get_close_matches(spelt, alike, n=1, cutoff=_LIKENESS)
    return matches[0] if matches else None
