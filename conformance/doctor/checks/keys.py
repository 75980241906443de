"""Has each model its key: is the variable set, does a header carry it, is it for this upstream.

No key's value is ever in a message, nor a part of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from claude_code_proxy.extra_headers import is_sendable
from claude_code_proxy.model_name import is_claude
from conformance.doctor.finding import Finding, Told, error, warning
from conformance.doctor.subject import NESTED, PLACES, of_model
from conformance.doctor.surroundings import BY_ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.doctor.config_file import Model
    from conformance.doctor.subject import Subject

_KEY: Final = "api_key"
_LIKE_A_VARIABLE: Final = re.compile(
    r"\$[{(]?\w+[)}]?|%\w+%|\{\{.*\}\}|(?:os\.)?(?:env|environ|getenv)\W.*", re.IGNORECASE
)
_SHORTEST: Final = 16
"""Characters of a key that is worth hiding: shorter ones are words such as none or dummy."""

_VARIABLE: Final = re.compile(r"[A-Z_][A-Z0-9_]*")
_ANTHROPICS: Final = "sk-ant-"


def keys(subject: Subject) -> Iterator[Finding]:
    """Find what is wrong with each model's key."""
    for model in subject.ours:
        given = [(place, model.mapping(*place).get(_KEY)) for place in PLACES]
        for place, configured in given:
            for told in _configured(subject, model, str(configured)) if configured else ():
                yield of_model(model, told, *place, _KEY)
        if not any(configured for _, configured in given):
            for told in _missing(subject, model):
                yield of_model(model, told, NESTED)


def _configured(subject: Subject, model: Model, configured: str) -> Iterator[Told]:
    if configured.startswith(BY_ENVIRONMENT):
        yield from _variable(subject, configured.removeprefix(BY_ENVIRONMENT))
    elif _LIKE_A_VARIABLE.fullmatch(configured):
        yield error(
            "key-form",
            "api_key looks like an environment variable, and LiteLLM sends it as it stands; "
            f"expected {BY_ENVIRONMENT}NAME",
        )
    elif len(configured) >= _SHORTEST:
        yield warning(
            "key-in-file",
            f"the key itself stands in the file; expected {BY_ENVIRONMENT}NAME: put it into the "
            "environment, and have it changed if the file has been shared",
        )
    value, named = subject.surroundings.value(configured) or "", subject.upstream_name(model)
    to_openai = named is not None and not is_claude(named.name) and not subject.base(model)
    if to_openai and value.startswith(_ANTHROPICS):
        yield error(
            "key-of-another",
            "api_key is one of Anthropic's, and without an api_base the model goes to OpenAI: set "
            "the key of OpenAI, or an api_base that takes this one",
        )


def _variable(subject: Subject, name: str) -> Iterator[Told]:
    value = subject.surroundings.environment.get(name)
    if value is None and not _VARIABLE.fullmatch(name):
        yield error(
            "key-unset",
            f"what stands behind {BY_ENVIRONMENT} is no variable that is set, nor is it written "
            f"like one (it is not shown: it may be the key itself); expected {BY_ENVIRONMENT}NAME",
        )
    elif value is None or not value.strip():
        state = "not set" if value is None else "blank"
        yield error(
            "key-unset",
            f"the environment variable {name} is {state}: set it where LiteLLM is started",
        )
    elif not is_sendable(value):
        yield error(
            "key-unsendable",
            f"the environment variable {name} holds a character that no header can carry: look for "
            "a blank, a line break or a letter beyond ASCII",
        )


def _missing(subject: Subject, model: Model) -> Iterator[Told]:
    base, named = subject.base(model), subject.upstream_name(model)
    if base:
        yield error(
            "key-missing",
            f"there is an api_base ({_host(base)}) and no api_key, and the handler refuses to send "
            "a key from the environment there: set api_key, or api_key: none if this upstream "
            "takes no key",
        )
    elif named is not None:
        vendor = "Anthropic" if is_claude(named.name) else "OpenAI"
        variable = f"{vendor.upper()}_API_KEY"
        if not subject.surroundings.environment.get(variable, "").strip():
            yield error(
                "key-missing",
                f"there is no api_base, so {named.name!r} goes to {vendor} itself, and {variable} "
                "is not set: set it, or set api_base and api_key",
            )


def _host(base: str) -> str:
    """Return the host of an address: the rest may hold a password."""
    try:
        return urlsplit(base).hostname or "no address"
    except ValueError:
        return "no address"
