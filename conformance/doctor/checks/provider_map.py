"""Does the ``custom_provider_map`` tie the models' provider to a handler, in LiteLLM's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from conformance.doctor.finding import Finding, error
from conformance.doctor.subject import PROVIDER, of_model, of_section
from conformance.loading import HANDLER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.doctor.config_file import Section
    from conformance.doctor.subject import Subject

_MAP: Final = "custom_provider_map"
_REFERENCE: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
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
    """Find models whose provider is one of the map's misspelt, or ours where the map has none."""
    mapped = [entry.provider for entry in subject.handlers]
    for model in subject.config.models:
        provider = model.provider
        if not provider or provider in mapped:
            continue
        nearest = get_close_matches(provider.lower(), [*mapped, PROVIDER], n=1, cutoff=0.8)
        if not nearest:
            continue
        if nearest[0] not in mapped:
            message = (
                f"{provider!r} is in no {_MAP} of litellm_settings, so LiteLLM does not know it; "
                f"{_EXPECTED}"
            )
        else:
            message = (
                f"{provider!r} is no provider; the {_MAP} has {nearest[0]!r}: did you mean that?"
            )
        yield of_model(model, error("unknown-provider", message), "litellm_params", "model")


def _entry(section: Section, index: int, entry: object) -> Iterator[Finding]:
    pair = entry if isinstance(entry, Mapping) else {}
    missing = [key for key in ("provider", "custom_handler") if not isinstance(pair.get(key), str)]
    if missing:
        message = f"an entry of {_MAP} has no {' and no '.join(missing)}; {_EXPECTED}"
        yield of_section(section, error("provider-map", message), _MAP, index)
        return
    reference = str(pair["custom_handler"])
    if not _REFERENCE.fullmatch(reference) or reference.endswith(".py"):
        message = (
            f"custom_handler is {reference!r}; expected package.module.instance, with dots alone, "
            f"such as {HANDLER}"
        )
        yield of_section(
            section, error("handler-reference", message), _MAP, index, "custom_handler"
        )
