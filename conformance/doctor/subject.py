"""What a check may look at: the configuration, what stands around it, and what a trial showed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy.model_name import ModelName, is_claude
from claude_code_proxy.placements import PlacedSettings
from claude_code_proxy.routing import UpstreamApi, choose_api
from claude_code_proxy.settings import USE_RESPONSES_API, ModelSettings
from common.errors import ConfigurationError
from conformance.doctor.finding import Finding, Told
from conformance.doctor.trial_config import asked_target
from conformance.loading import HANDLER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.doctor.config_file import Config, Model, Section
    from conformance.doctor.surroundings import Surroundings
    from conformance.doctor.trial import Asked, Trial

PROVIDER: Final = "claude_code_router"
"""Our handler's provider in every configuration that our pages show."""

NESTED: Final = "litellm_params"
PLACES: Final = ((NESTED,), (NESTED, NESTED))
"""Where a model's settings stand in its entry."""


_REFERENCE: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_LIKENESS: Final = 0.8


@dataclass(frozen=True, slots=True)
class Mapped:
    """One entry of ``custom_provider_map``: a provider, and the handler that it stands for."""

    index: int
    provider: str
    reference: str

    @property
    def is_well_formed(self) -> bool:
        """Whether the reference is one that LiteLLM can take apart."""
        return bool(_REFERENCE.fullmatch(self.reference)) and not self.reference.endswith(".py")

    @property
    def is_ours(self) -> bool:
        """Whether it is this project's handler, wherever it stands."""
        return self.provider == PROVIDER or self.reference.endswith(HANDLER)


@dataclass(frozen=True, slots=True)
class Subject:
    """One configuration under examination; ``trial`` is None where it was not run."""

    config: Config
    surroundings: Surroundings
    trial: Trial | None = None
    handlers: tuple[Mapped, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "handlers", tuple(_mapped(self.provider_map)))

    @property
    def provider_map(self) -> tuple[Section, Any]:
        """The section that should hold the ``custom_provider_map``, and the map as it stands."""
        section = self.config.section("litellm_settings")
        return section, section.mapping.get("custom_provider_map")

    @property
    def custom(self) -> tuple[Model, ...]:
        """The models that a handler of the map serves."""
        providers = {mapped.provider for mapped in self.handlers}
        return tuple(model for model in self.config.models if model.provider in providers)

    @property
    def ours(self) -> tuple[Model, ...]:
        """The models that our handler serves, or would if the map named it."""
        providers = {mapped.provider for mapped in self.handlers if mapped.is_ours} | {PROVIDER}
        return tuple(model for model in self.config.models if model.provider in providers)

    def meant(self, model: Model) -> str | None:
        """Return the provider that an unknown one of ``model`` is probably meant for."""
        mapped = [entry.provider for entry in self.handlers]
        if not model.provider or model.provider in mapped:
            return None
        spelt, known = model.provider.lower(), [*mapped, PROVIDER]
        return next(iter(get_close_matches(spelt, known, n=1, cutoff=_LIKENESS)), None)

    def asked(self, model: Model) -> Asked | None:
        """Return what the trial showed of ``model``; None if it was not asked for."""
        return None if self.trial is None else self.trial.models.get(model.number)

    def value(self, model: Model, name: str) -> str | None:
        """Return a setting as LiteLLM resolves it; None where it is empty or its variable unset."""
        return self.surroundings.value(model.params.get(name)) or None

    def base(self, model: Model) -> str | None:
        """Return the address that ``model`` has of its own, under either name, at either place."""
        places = (model.params, model.mapping(NESTED, NESTED))
        given = (place.get(name) for place in places for name in ("api_base", "base_url"))
        return next((str(value) for value in given if value), None)

    def upstream_name(self, model: Model) -> ModelName | None:
        """Return what the upstream is asked for; None where the handler refuses the name."""
        try:
            target = asked_target(model.target).partition("/")[2]
            return ModelName.of(target, self.surroundings.environment)
        except ConfigurationError:
            return None

    def api(self, model: Model) -> UpstreamApi | None:
        """Return the API that ``model`` uses: as the trial showed, else as its settings say."""
        asked = self.asked(model)
        if asked is not None and asked.api:
            return asked.api
        named = self.upstream_name(model)
        if named is None:
            return None
        if is_claude(named.name) and not self.base(model):
            return "anthropic"
        try:
            chosen = placed(model).switch(USE_RESPONSES_API)
            settings = ModelSettings(use_responses_api=chosen)
            return choose_api(named.name, settings, {}, self.surroundings.environment)
        except ConfigurationError:
            return None


def placed(model: Model) -> PlacedSettings:
    """Return the settings of ``model`` as our handler will find them placed."""
    nested = model.mapping(NESTED, NESTED)
    top = {name: value for name, value in model.params.items() if name != NESTED}
    return PlacedSettings(
        model.name, {"optional_params": top, "optional_params.litellm_params": nested}
    )


def settings_of(model: Model) -> Iterator[tuple[tuple[str, ...], str, Any]]:
    """Yield each setting of ``model``: the place that holds it, its name, its value."""
    for place in PLACES:
        for name, value in model.mapping(*place).items():
            if not (place == (NESTED,) and name == NESTED):
                yield place, name, value


def of_model(model: Model, told: Told, *place: str) -> Finding:
    """Return the finding that ``told`` is, about what stands at ``place`` of ``model``."""
    return Finding(
        id=told.id,
        severity=told.severity,
        message=told.message,
        file=model.part.name,
        line=model.line(*place),
        model=model.name,
    )


def of_section(section: Section, told: Told, *place: str | int) -> Finding:
    """Return the finding that ``told`` is, about what stands at ``place`` of ``section``."""
    return Finding(
        id=told.id,
        severity=told.severity,
        message=told.message,
        file=section.part.name,
        line=section.line(*place),
    )


def _mapped(provider_map: tuple[Section, Any]) -> Iterator[Mapped]:
    _, entries = provider_map
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, Mapping):
            provider, reference = entry.get("provider"), entry.get("custom_handler")
            if isinstance(provider, str) and isinstance(reference, str):
                yield Mapped(index, provider, reference)
