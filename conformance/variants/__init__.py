"""Variants: one more thing about a call, as data with a name and a reason.

A variant says what LiteLLM hands the handler besides a scenario's request (parameters, settings,
bookkeeping, the environment), what the upstream answers, or both. Many of them are needed for one
request: what is refused, and what comes back.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import yaml

from conformance.variants.placeholders import filled
from conformance.variants.upstream_answer import script_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.matrix import Api, Method
    from mock_upstream import Script

FILES: Final = ("parameters", "messages", "settings", "replies", "streams", "failures", "anthropic")
"""The files beside this one, in their order."""

_BOTH: Final = ("responses", "chat")
_MERGED: Final = ("optional_params", "litellm_params")
_ANSWERS: Final = ("reply", "whole", "stream", "fault", "script", "instead")
_METHODS: Final[Mapping[str, tuple[Method, ...]]] = {
    "": ("completion",),
    "whole": ("completion",),
    "stream": ("astreaming",),
    "reply": ("completion", "astreaming"),
    "fault": ("completion", "astreaming"),
    "script": ("completion", "astreaming"),
    "instead": ("completion",),
}
"""The methods that show a variant, by how its upstream answers."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant of the calls of ``scenario``.

    ``given`` lies over the handler's arguments: mappings are merged and null takes a key out, what
    else there is replaces. ``environment`` is set while the handler works. ``answer`` is what the
    upstream says, by its kind: a ``reply`` plan of the mock's, a ``whole`` body, a ``stream``'s
    events, a ``fault``, an entry of a ``script``, or what is said at any path ``instead``; None is
    the usual text. ``status`` is what the caller gets, None if it is an answer, and ``requests`` is
    how many leave. ``declared`` is False where a client or a setting asks for what OpenAI's API
    does not declare.
    """

    name: str
    reason: str
    scenario: str = "plain-turn"
    given: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""
    answer: Any = None
    status: int | None = None
    requests: int = 1
    declared: bool = True
    apis: tuple[Api, ...] = ()
    methods: tuple[Method, ...] = ()

    @property
    def script(self) -> Script | None:
        """What the mock plays; None for its usual text."""
        return script_of(self.kind, self.answer) if self.kind else None

    @property
    def is_elsewhere(self) -> bool:
        """Whether it says where to send, or with which key: then the usual base is not expected."""
        own = {**self.given, **(self.given.get("optional_params") or {})}
        return bool({"api_base", "api_key", "litellm_params"} & own.keys() or self.environment)

    @property
    def is_another_api(self) -> bool:
        """Whether it goes to none of the two APIs, and is answered in an upstream's place."""
        return self.kind == "instead"

    @property
    def headers(self) -> tuple[str, ...]:
        """The names of the headers that it configures, in small letters."""
        placements = (self.given.get(name) for name in _MERGED)
        held = [one.get("extra_headers") for one in placements if isinstance(one, dict)]
        every = [self.given.get("headers"), *held]
        names = {name for one in every if isinstance(one, dict) for name in one if one[name]}
        return tuple(map(str.lower, sorted(names)))

    def laid_over(self, arguments: Mapping[str, Any], upstream: str) -> dict[str, Any]:
        """Return the handler's ``arguments`` with what is given; ``upstream`` is the base's URL."""
        given = filled(self.given, upstream)
        merged = {k: _merged(arguments[k], given[k]) for k in _MERGED if k in given}
        return {**arguments, **given, **merged}

    @contextmanager
    def in_environment(self, upstream: str) -> Iterator[None]:
        """Set the environment's variables, and set them back; ``upstream`` is the base's URL."""
        before = {name: os.environ.get(name) for name in self.environment}
        os.environ.update(filled(self.environment, upstream))
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


NO_VARIANT: Final = Variant("", "the scenario as it is")


@cache
def variants() -> Mapping[str, Variant]:
    """Return every variant by its name, in the order of the files."""
    here = files(__name__)
    rows = [
        row
        for name in FILES
        for row in yaml.safe_load((here / f"{name}.yaml").read_text("utf-8")) or ()
    ]
    found = {row["name"]: _variant(dict(row)) for row in rows}
    if len(found) < len(rows):
        raise ValueError("two variants have one name; expected a name of its own for each")
    return MappingProxyType(found)


def variant(name: str) -> Variant:
    """Return the variant of ``name``; an empty one is none."""
    return variants()[name] if name else NO_VARIANT


def _variant(row: dict[str, Any]) -> Variant:
    kind = next((key for key in _ANSWERS if key in row), "")
    answer = row.pop(kind, None)
    refused = row.get("status") is not None and not kind
    row.setdefault("requests", 0 if refused else 1)
    apis = tuple(row.pop("apis", _BOTH))
    methods = tuple(row.pop("methods", _METHODS[kind]))
    return Variant(**row, kind=kind, answer=answer, apis=apis, methods=methods)


def _merged(usual: Any, given: Any) -> Any:
    if not isinstance(given, dict) or not isinstance(usual, dict):
        return given
    return {key: value for key, value in {**usual, **given}.items() if value is not None}
