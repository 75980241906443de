"""Has each model its key: is the variable set, does a header carry it, is it for this upstream.

No key's value is ever in a message, nor a part of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from claude_code_proxy.extra_headers import is_sendable
from claude_code_proxy.model_name import is_claude
from conformance.doctor.subject import NESTED, of_model
from conformance.doctor.surroundings import BY_ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.doctor.config_file import Model
    from conformance.doctor.finding import Finding, Severity
    from conformance.doctor.subject import Subject

Told = tuple[str, "Severity", str]

_KEY: Final = "api_key"
_PLACES: Final = ((NESTED,), (NESTED, NESTED))
_LIKE_A_VARIABLE: Final = re.compile(
    r"\$[{(]?\w+[)}]?|%\w+%|\{\{.*\}\}|(?:os\.)?(?:env|environ|getenv)\W.*", re.IGNORECASE
)
_SHORTEST: Final = 16
"""Characters of a key that is worth hiding: shorter ones are words such as none or dummy."""

_VARIABLES: Final = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
_ANTHROPICS: Final = "sk-ant-"


def keys(subject: Subject) -> Iterator[Finding]:
    """Find what is wrong with each model's key."""
    for model in subject.ours:
        given = [(place, model.mapping(*place).get(_KEY)) for place in _PLACES]
        for place, configured in given:
            if configured:
                told = (
                    *_configured(subject, str(configured)),
                    *_vendor(subject, model, str(configured)),
                )
                for finding_id, severity, message in told:
                    yield of_model(model, finding_id, severity, message, *place, _KEY)
        if not any(configured for _, configured in given):
            yield from _missing(subject, model)


def _configured(subject: Subject, configured: str) -> Iterator[Told]:
    name = configured.removeprefix(BY_ENVIRONMENT)
    if name != configured:
        value = subject.surroundings.environment.get(name)
        if value is None or not value.strip():
            state = "not set" if value is None else "blank"
            yield "key-unset", "error", (
                f"the environment variable {name!r} is {state}: set it where LiteLLM is started"
            )
        elif not is_sendable(value):
            yield "key-unsendable", "error", (
                f"the environment variable {name!r} holds a character that no header can carry: "
                "look for a blank, a line break or a letter beyond ASCII"
            )
    elif _LIKE_A_VARIABLE.fullmatch(configured):
        yield "key-form", "error", (
            "api_key looks like an environment variable, and LiteLLM sends it as it stands; "
            f"expected {BY_ENVIRONMENT}NAME"
        )
    elif len(configured) >= _SHORTEST:
        yield "key-in-file", "warning", (
            f"the key itself stands in the file; expected {BY_ENVIRONMENT}NAME: put it into the "
            "environment, and have it changed if the file has been shared"
        )


def _vendor(subject: Subject, model: Model, configured: str) -> Iterator[Told]:
    """Find a key of Anthropic's that would go to OpenAI, which the handler refuses."""
    value = subject.surroundings.value(configured) or ""
    named = subject.upstream_name(model)
    to_openai = named is not None and not is_claude(named.name) and not subject.base(model)
    if to_openai and value.startswith(_ANTHROPICS):
        yield "key-of-another", "error", (
            "api_key is one of Anthropic's, and without an api_base the model goes to OpenAI: set "
            "the key of OpenAI, or an api_base that takes this one"
        )


def _missing(subject: Subject, model: Model) -> Iterator[Finding]:
    base = subject.base(model)
    if base:
        message = (
            f"there is an api_base ({_host(base)}) and no api_key, and the handler refuses to send "
            "a key from the environment there: set api_key, or api_key: none if this upstream "
            "takes no key"
        )
        yield of_model(model, "key-missing", "error", message, NESTED)
        return
    named = subject.upstream_name(model)
    if named is None:
        return
    vendor = "anthropic" if is_claude(named.name) else "openai"
    variable = _VARIABLES[vendor]
    if not subject.surroundings.environment.get(variable, "").strip():
        message = (
            f"there is no api_base, so {named.name!r} goes to {vendor.capitalize()} itself, and "
            f"{variable} is not set: set it, or set api_base and api_key"
        )
        yield of_model(model, "key-missing", "error", message, NESTED)


def _host(base: str) -> str:
    """Return the host of an address: the rest may hold a password."""
    try:
        return urlsplit(base).hostname or "no address"
    except ValueError:
        return "no address"
