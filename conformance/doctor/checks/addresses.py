"""Is each ``api_base`` an address that requests can go to, the endpoint not in it."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from conformance.doctor.finding import Finding, Told, error, warning
from conformance.doctor.subject import PLACES, of_model
from conformance.doctor.surroundings import BY_ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.doctor.subject import Subject

_ENDPOINT: Final = re.compile(
    r"/(chat/completions|completions|responses|messages|models|embeddings)/*$"
)
_VERSION: Final = re.compile(r"/v\d+\w*(?:/|$)")
_TWICE: Final = re.compile(r"(/v\d+)\1(?:/|$)")
_OWN_NETWORK: Final = (".internal", ".lan", ".local", ".localhost", ".svc", ".home", ".corp")
_WITHOUT_A_VERSION: Final = ("api.deepseek.com", "api.githubcopilot.com")
"""Hosts whose own pages name the address without a path."""

_LITELLMS_PORT: Final = 4000


def addresses(subject: Subject) -> Iterator[Finding]:
    """Find what is wrong with each model's address; what may be secret in it is not shown."""
    for model in subject.ours:
        for place in PLACES:
            for name in ("api_base", "base_url"):
                given = model.mapping(*place).get(name)
                for told in _faults(subject, given) if given else ():
                    yield of_model(model, told, *place, name)


def _faults(subject: Subject, given: object) -> Iterator[Told]:
    address = subject.surroundings.value(given)
    split = _split(address or "")
    if not address:
        variable = str(given).removeprefix(BY_ENVIRONMENT)
        yield error(
            "base-unset",
            f"the environment variable {variable!r} of api_base is not set: set it where LiteLLM "
            "is started",
        )
    elif address != "".join(address.split()) or not address.isprintable():
        yield error(
            "base-blank",
            "api_base has a blank or a line break in it; expected an address such as "
            "https://upstream.example.com/v1",
        )
    elif split is None:
        yield error(
            "base-scheme",
            f"api_base is no address{_like(address)}; expected one such as "
            "https://upstream.example.com/v1, with http:// or https:// before it",
        )
    else:
        for check in (_path, _besides, _way):
            yield from check(split, subject)


def _split(address: str) -> SplitResult | None:
    try:
        split = urlsplit(address)
        is_address = split.scheme in ("http", "https") and split.hostname and split.port != 0
    except ValueError:
        return None
    return split if is_address else None


def _like(address: str) -> str:
    """Return what of a non-address can be shown: the beginning, as far as it is a scheme."""
    scheme, separator, _ = address.partition("://")
    return f" (it begins with {scheme}://)" if separator and scheme.isalnum() else ""


def _path(split: SplitResult, _: Subject) -> Iterator[Told]:
    shown = f"{split.scheme}://{split.hostname}"
    if found := _ENDPOINT.search(split.path):
        yield error(
            "base-endpoint",
            f"api_base of {shown} ends with the endpoint {found[0]!r}, which is added once more; "
            "expected the address up to the version, such as …/v1: take it off",
        )
    elif twice := _TWICE.search(split.path):
        yield warning(
            "base-version", f"api_base of {shown} has {twice[1]!r} twice; expected it once"
        )
    elif not split.path.strip("/") and split.hostname not in _WITHOUT_A_VERSION:
        yield warning(
            "base-version",
            f"api_base {shown} has no path, so requests go to {shown}/responses or "
            "/chat/completions; most upstreams want /v1 at its end: add what this upstream's page "
            "says",
        )


def _besides(split: SplitResult, _: Subject) -> Iterator[Told]:
    shown = f"{split.scheme}://{split.hostname}"
    if split.query or split.fragment:
        yield error(
            "base-query",
            f"api_base of {shown} has a query or a fragment, behind which no endpoint can stand: "
            "take it out; extra_headers carry what the upstream wants besides",
        )
    if split.username or split.password:
        yield warning(
            "base-user",
            f"api_base of {shown} has a user or a password in it, which addresses in logs show: "
            "use api_key or extra_headers",
        )


def _way(split: SplitResult, subject: Subject) -> Iterator[Told]:
    host = split.hostname or ""
    if not _is_this_machine(host):
        if split.scheme == "http" and _is_public(host):
            yield warning(
                "base-in-clear",
                f"api_base http://{host} sends key and conversation in clear; expected https://",
            )
        return
    if split.port == _LITELLMS_PORT:
        yield warning(
            "base-loop",
            f"api_base {host}:{_LITELLMS_PORT} is where LiteLLM itself listens unless it is told "
            "otherwise, so a request would come back to the proxy; expected the upstream's port",
        )
    if subject.surroundings.in_container:
        yield warning(
            "base-localhost",
            f"api_base is {host}, and here, in a container, that is the container itself; expected "
            "the upstream's name, or host.docker.internal for the machine around it",
        )


def _is_this_machine(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback or address.is_unspecified


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_OWN_NETWORK)
