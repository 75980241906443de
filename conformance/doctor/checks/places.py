"""Do the settings stand where they count: under the ``litellm_params`` of a model of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy.settings import OWN_SETTINGS
from conformance.doctor.finding import Finding, error, warning
from conformance.doctor.subject import NESTED, of_model, of_section, settings_of
from conformance.doctor.surroundings import BLOCKED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.doctor.config_file import Model
    from conformance.doctor.subject import Subject

_OF_A_MODEL: Final = OWN_SETTINGS | {"allowed_openai_params"}
_IN_AN_ENTRY: Final = (
    (),
    ("model_info",),
    (NESTED, "extra_body"),
    (NESTED, "extra_headers"),
    (NESTED, "metadata"),
    (NESTED, "model_info"),
)
_OF_CREDENTIALS: Final = frozenset({"api_base", "api_key", "model"})


def wrong_places(subject: Subject) -> Iterator[Finding]:
    """Find settings of a model that stand elsewhere: in its ``model_info``, in a section, alone."""
    yield from (found for model in subject.custom for found in _in_entry(model))
    for key, section in subject.config.sections.items():
        alone = {key: section.value} if key in _OF_A_MODEL else {}
        for name in (*alone, *(name for name in section.mapping if name in _OF_A_MODEL)):
            where = "at the top of the file" if name == key else f"in {key}"
            message = _misplaced(name, where)
            place = [] if name == key else [name]
            yield of_section(section, error("wrong-place", message), *place)
    section, entries = subject.provider_map
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        for name in _settings_in(entry):
            message = _misplaced(name, "in custom_provider_map")
            yield of_section(
                section, error("wrong-place", message), "custom_provider_map", index, name
            )


def blocked_variables(subject: Subject) -> Iterator[Finding]:
    """Find variables under ``environment_variables`` that LiteLLM does not take from there."""
    section = subject.config.section("environment_variables")
    for name in section.mapping:
        if name in BLOCKED:
            message = (
                f"{name} under environment_variables does nothing: LiteLLM does not take it from "
                "its configuration; set it where LiteLLM is started"
            )
            yield of_section(section, warning("does-nothing", message), name)


def others_models(subject: Subject) -> Iterator[Finding]:
    """Find settings of ours on models that do not go through our handler."""
    served = {model.number for model in (*subject.custom, *subject.ours)}
    for model in subject.config.models:
        if model.number in served or subject.meant(model):
            continue
        for place, name, _ in settings_of(model):
            if name in OWN_SETTINGS:
                message = (
                    f"{name} is for models that go through the handler, and {model.target!r} goes "
                    f"by LiteLLM's own way, which sends it upstream or drops it: put "
                    "claude_code_router/ before the model's name, or take it out"
                )
                yield of_model(model, error("setting-without-handler", message), *place, name)


def _in_entry(model: Model) -> Iterator[Finding]:
    for place in _IN_AN_ENTRY:
        own = _of_the_entry(model) if not place else _settings_in(model.mapping(*place))
        for name in own:
            where = f"in {'.'.join(place)}" if place else "beside litellm_params"
            yield of_model(model, error("wrong-place", _misplaced(name, where)), *place, name)


def _of_the_entry(model: Model) -> list[str]:
    return [name for name in map(str, model.entry) if name in _OF_A_MODEL | _OF_CREDENTIALS]


def _settings_in(value: Any) -> list[str]:
    return (
        [str(name) for name in value if name in _OF_A_MODEL] if isinstance(value, Mapping) else []
    )


def _misplaced(name: str, where: str) -> str:
    return (
        f"{name} stands {where}, where nobody reads it; expected it under the litellm_params of a "
        "model: move it there"
    )
