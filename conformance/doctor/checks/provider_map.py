"""Does the ``custom_provider_map`` tie the models' provider to a handler, in LiteLLM's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from conformance.doctor.finding import Finding, error
from conformance.doctor.subject import PROVIDER, Mapped, of_model, of_section
from conformance.loading import HANDLER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.doctor.config_file import Section
    from conformance.doctor.subject import Subject

_MAP: Final = "custom_provider_map"
_EXPECTED: Final = f"expected a list with {{provider: {PROVIDER}, custom_handler: {HANDLER}}}"


def provider_map(subject: Subject) -> Iterator[Finding]:
    """Find what keeps LiteLLM from making sense of the map."""
    section, entries = subject.provider_map
    if entries is None:
        return
    if not isinstance(entries, list):
        message = f"{_MAP} is {type(entries).__name__}; {_EXPECTED}"
        yield of_section(section, error("provider-map", message), _MAP)
        return
    for index, entry in enumerate(entries):
        yield from _entry(section, index, entry)


def providers(subject: Subject) -> Iterator[Finding]:
    """Find models of a provider that LiteLLM does not know: the map's misspelt, or nobody's."""
    mapped = [entry.provider for entry in subject.handlers]
    for model in subject.config.models:
        nearest = subject.meant(model)
        if nearest is None:
            if subject.trial is None or model.number not in subject.trial.unknown:
                continue
            message = (
                f"LiteLLM does not know the provider {model.provider!r}, and serves no such model; "
                f"expected one of its own, such as openai/…, or {PROVIDER}/…"
            )
        elif nearest in mapped:
            message = (
                f"{model.provider!r} is no provider; the {_MAP} has {nearest!r}: did you mean that?"
            )
        else:
            message = (
                f"{model.provider!r} is in no {_MAP} of litellm_settings, so LiteLLM does not know "
                f"it; {_EXPECTED}"
            )
        yield of_model(model, error("unknown-provider", message), "litellm_params", "model")


def _entry(section: Section, index: int, entry: object) -> Iterator[Finding]:
    pair = entry if isinstance(entry, Mapping) else {}
    missing = [key for key in ("provider", "custom_handler") if not isinstance(pair.get(key), str)]
    if missing:
        message = f"an entry of {_MAP} has no {' and no '.join(missing)}; {_EXPECTED}"
        yield of_section(section, error("provider-map", message), _MAP, index)
        return
    mapped = Mapped(index, str(pair["provider"]), str(pair["custom_handler"]))
    if not mapped.is_well_formed:
        message = (
            f"custom_handler is {mapped.reference!r}; expected package.module.instance, with dots "
            f"alone, such as {HANDLER}"
        )
        told = error("handler-reference", message)
        yield of_section(section, told, _MAP, index, "custom_handler")
