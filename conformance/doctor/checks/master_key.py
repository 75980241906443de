"""Will the newest LiteLLM start: from 1.106 on it refuses to without a master key of one's own."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from conformance.doctor.finding import Finding, error, note
from conformance.doctor.subject import of_section
from conformance.doctor.surroundings import BY_ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.doctor.subject import Subject

_SETTING: Final = "master_key"
_VARIABLE: Final = "LITELLM_MASTER_KEY"
_ESCAPE: Final = "dangerously_permit_weak_or_unset_master_key"
_ESCAPE_VARIABLE: Final = f"LITELLM_{_ESCAPE.upper()}"
_KNOWN_TO_ALL: Final = frozenset(
    {"88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b"}
)
"""SHA-256 of the keys that LiteLLM's own pages show and its newest version refuses (1.106.2)."""

_SET: Final = f"set {_VARIABLE} to a long random text where LiteLLM is started"


def master_key(subject: Subject) -> Iterator[Finding]:
    """Find why the proxy would refuse to start, or that it was told not to refuse."""
    section = subject.config.section("general_settings")
    state = _state(subject, section.mapping.get(_SETTING, ...))
    if not state:
        return
    place = [_SETTING] if _SETTING in section.mapping else []
    if _is_allowed(subject, section.mapping.get(_ESCAPE)):
        message = f"{state}, and LiteLLM is told to start all the same: for this machine alone"
        yield of_section(section, note("master-key", message), *place)
        return
    message = f"{state}, and the newest LiteLLM (1.106.2) does not start without one: {_SET}"
    yield of_section(section, error("master-key", message), *place)


def _state(subject: Subject, configured: Any) -> str:
    """Say what is wrong with the key; the key itself is not in it."""
    if configured is ...:
        key, where = subject.surroundings.environment.get(_VARIABLE), _VARIABLE
        if key is None:
            return f"there is no master key: neither general_settings.master_key nor {_VARIABLE}"
    else:
        key, where = subject.surroundings.value(configured), "general_settings.master_key"
        if key is None:
            named = str(configured or "").removeprefix(BY_ENVIRONMENT)
            unset = f" (it names {named}, which is not set)" if named.isupper() else ""
            return f"{where} is empty{unset}"
    if not key.strip():
        return f"{where} is blank"
    if hashlib.sha256(key.strip().encode()).hexdigest() in _KNOWN_TO_ALL:
        return f"{where} is the example that LiteLLM's pages show, which everybody knows"
    return ""


def _is_allowed(subject: Subject, permitted: object) -> bool:
    by_variable = subject.surroundings.environment.get(_ESCAPE_VARIABLE, "")
    return permitted is True or by_variable.strip().lower() == "true"
