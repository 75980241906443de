"""Access: the base and the key of a case, each source with marked values of its own.

Every source leads to a mock of its own, so that the record tells which base won and which key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.environment import KEY_FROM_CALL, KEY_FROM_ENVIRONMENT, KEY_FROM_LITELLM_PARAMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.matrix import Source

BASES = ("call", "litellm_params", "environment")
"""The sources that have a mock of their own."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a source delivers as the call's own arguments, and what among the settings."""

    call: Mapping[str, str]
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Expected:
    """Where a case's request must go: the base's source, and the name of the key."""

    base: str
    key: str


EXPECTED: Mapping[Source, Expected | None] = {
    "call": Expected("call", KEY_FROM_CALL),
    "litellm_params": Expected("litellm_params", KEY_FROM_LITELLM_PARAMS),
    "both": Expected("call", KEY_FROM_CALL),
    "environment": Expected("environment", KEY_FROM_ENVIRONMENT),
    "none": None,
}
"""None is a refusal: a base of the model's own without a key gets no request."""


@dataclass(frozen=True, slots=True)
class Upstreams:
    """The base URL of each source in `BASES`, ``/v1`` included."""

    urls: Mapping[str, str] = field(default_factory=dict)

    def access(self, source: Source) -> Access:
        """Return what ``source`` delivers."""
        call = {"api_base": self.urls["call"], "api_key": KEY_FROM_CALL}
        settings = {"api_base": self.urls["litellm_params"], "api_key": KEY_FROM_LITELLM_PARAMS}
        match source:
            case "call":
                return Access(call, {})
            case "litellm_params":
                return Access({}, settings)
            case "both":
                return Access(call, settings)
            case "none":
                return Access({"api_base": call["api_base"]}, {})
            case "environment":
                return Access({}, {})
