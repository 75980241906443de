"""One call of the handler, as LiteLLM makes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class HandlerCall:
    """The arguments of a handler method that we use; the objects are the caller's, only read.

    Neither keys nor prompts show in its ``repr``, which ends up in tracebacks.
    """

    model: str
    messages: Sequence[Mapping[str, Any]] = field(repr=False)
    optional_params: Mapping[str, Any] = field(repr=False)
    litellm_params: Mapping[str, Any] | None = field(repr=False)
    api_base: str | None
    api_key: str | None = field(repr=False)
    headers: Mapping[str, Any] = field(repr=False)
    timeout: Any

    @property
    def configured_name(self) -> str:
        """The name by which the user knows the model: ``model_name`` in a Router's configuration.

        The handler's own ``model`` is what stands behind it, and the only name in a direct call.
        """
        params = self.litellm_params
        metadata = params.get("metadata") if isinstance(params, Mapping) else None
        group = metadata.get("model_group") if isinstance(metadata, Mapping) else None
        return group if isinstance(group, str) else self.model

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
