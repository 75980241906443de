"""Have the settings values that our handler understands: read by its own readers, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy.adaptations import ADAPTATIONS
from claude_code_proxy.drop_fields import dropped_fields
from claude_code_proxy.drop_flags import DROP_FLAGS
from claude_code_proxy.extra_headers import EXTRA_HEADERS, configured_headers
from claude_code_proxy.keep_fields import chosen_fields
from claude_code_proxy.model_name import ModelName
from claude_code_proxy.placements import PlacedSettings
from claude_code_proxy.reasoning_setting import REASONING, reasoning_setting
from claude_code_proxy.routing import ALWAYS_USE_RESPONSES_API
from claude_code_proxy.settings import (
    ADDITIONAL_DROP_PARAMS,
    DROP_FIELDS,
    KEEP_FIELDS,
    KEEP_REASONING,
    USE_RESPONSES_API,
)
from common.environment import boolean_switch
from common.errors import ConfigurationError
from conformance.doctor.finding import Finding, error
from conformance.doctor.subject import NESTED, of_model, of_section, settings_of
from conformance.doctor.trial_config import asked_target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.doctor.config_file import Model
    from conformance.doctor.subject import Subject

SWITCHES: Final = (
    *(flag.name for flag in DROP_FLAGS),
    *(adaptation.name for adaptation in ADAPTATIONS),
    USE_RESPONSES_API,
    KEEP_REASONING,
)
_READERS: Final[Mapping[str, Callable[[PlacedSettings], object]]] = {
    **{name: lambda placed, name=name: placed.switch(name) for name in SWITCHES},  # type: ignore[misc]  # mypy sees no default
    DROP_FIELDS: lambda placed: dropped_fields(placed, DROP_FIELDS),
    KEEP_FIELDS: lambda placed: chosen_fields(placed, KEEP_FIELDS),
    ADDITIONAL_DROP_PARAMS: lambda placed: dropped_fields(placed, ADDITIONAL_DROP_PARAMS),
    REASONING: reasoning_setting,
    EXTRA_HEADERS: lambda placed: configured_headers(placed, {}),
}


def wrong_values(subject: Subject) -> Iterator[Finding]:
    """Find values that the handler refuses: each by itself, where a request tells the first."""
    for model in subject.ours:
        for place, name, value in settings_of(model):
            refusal = _refusal(model, place, name, value)
            if refusal:
                yield of_model(model, error("wrong-value", refusal), *place, name)
        for name in ("extra_body", NESTED):
            value = model.params.get(name)
            if value is not None and not isinstance(value, Mapping):
                kind = type(value).__name__
                message = f"{name} is {kind}; expected a mapping of names to values"
                yield of_model(model, error("wrong-value", message), NESTED, name)


def names_and_switches(subject: Subject) -> Iterator[Finding]:
    """Find names of models, and variables of the environment, that the handler refuses."""
    environment = subject.surroundings.environment
    for model in subject.ours:
        if model.target and not model.target.partition("/")[2]:
            message = f"model is {model.target!r}; expected a name after the provider"
            yield of_model(model, error("model-name", message), NESTED, "model")
            continue
        try:
            ModelName.of(asked_target(model.target).partition("/")[2], environment)
        except ConfigurationError as refusal:
            yield of_model(model, error("model-name", str(refusal)), NESTED, "model")
    try:
        boolean_switch(ALWAYS_USE_RESPONSES_API, environment)
    except ConfigurationError as refusal:
        section = subject.config.section("environment_variables")
        yield of_section(section, error("environment-switch", str(refusal)))


def _refusal(model: Model, place: tuple[str, ...], name: str, value: Any) -> str:
    reader = _READERS.get(name)
    if reader is None:
        return ""
    placement = "optional_params" if place == (NESTED,) else "optional_params.litellm_params"
    if name == ADDITIONAL_DROP_PARAMS and placement == "optional_params":
        return "" if isinstance(value, list | None) else _not_a_list(name, value)
    try:
        reader(PlacedSettings(model.name, {placement: {name: value}}))  # type: ignore[dict-item]  # one of its literals
    except ConfigurationError as refusal:
        return str(refusal)
    return ""


def _not_a_list(name: str, value: object) -> str:
    return f"{name} is {type(value).__name__}; expected a list of parameters' names"
