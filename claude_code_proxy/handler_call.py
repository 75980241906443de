"""One call of the handler, as LiteLLM makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class HandlerCall:
    """The arguments of a handler method that we use; the objects are the caller's, only read."""

    model: str
    messages: Sequence[Mapping[str, Any]]
    optional_params: Mapping[str, Any]
    litellm_params: Mapping[str, Any] | None
    api_base: str | None
    api_key: str | None
    headers: Mapping[str, Any]
    timeout: Any

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, Any]) -> HandlerCall:
        """Pick ours out of the keyword ``arguments`` of a handler method."""
        return cls(
            model=arguments["model"],
            messages=arguments["messages"],
            optional_params=arguments.get("optional_params") or {},
            litellm_params=arguments.get("litellm_params"),
            api_base=arguments.get("api_base"),
            api_key=arguments.get("api_key"),
            headers=arguments.get("headers") or {},
            timeout=arguments.get("timeout"),
        )
