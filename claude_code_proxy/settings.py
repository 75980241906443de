"""Model settings: what ``model_list[].litellm_params`` tells our handler, in one frozen object."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from claude_code_proxy.adaptations import ADAPTATIONS
from claude_code_proxy.credentials import credentials
from claude_code_proxy.drop_fields import dropped_fields
from claude_code_proxy.drop_flags import DROP_FLAGS
from claude_code_proxy.extra_headers import configured_headers
from claude_code_proxy.keep_fields import chosen_fields
from claude_code_proxy.misspelt import Misspelt, misspelt
from claude_code_proxy.placements import PlacedSettings
from claude_code_proxy.reasoning_setting import REASONING, reasoning_setting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from claude_code_proxy.handler_call import HandlerCall
    from common.field_path import FieldPath

USE_RESPONSES_API: Final = "use_responses_api"
KEEP_REASONING: Final = "keep_reasoning"
DROP_FIELDS: Final = "drop_fields"
KEEP_FIELDS: Final = "keep_fields"
ADDITIONAL_DROP_PARAMS: Final = "additional_drop_params"

OWN_SETTINGS: Final = frozenset(
    {flag.name for flag in DROP_FLAGS}
    | {adaptation.name for adaptation in ADAPTATIONS}
    | {USE_RESPONSES_API, KEEP_REASONING, DROP_FIELDS, KEEP_FIELDS}
)
"""The names that no one but this handler reads."""

OWN_NAMES: Final = OWN_SETTINGS | {
    ADDITIONAL_DROP_PARAMS,
    "litellm_params",
    "api_key",
    "api_base",
}
"""What is ours or LiteLLM's among a model's settings, and so never a field of a payload.

``reasoning`` is not among them: it is a setting, and a field of the Responses API.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """What the placements say together.

    ``drop_flags`` and ``adaptations`` hold the names of those that are true; ``drop_fields`` what
    is removed from a payload, ``keep_fields`` what a Chat Completions payload keeps on request.
    ``drop_params`` is what LiteLLM's ``additional_drop_params`` takes from the request as it came.
    ``reasoning`` holds the model's own effort and summary, where it has them. ``use_responses_api``
    is None where nobody said. ``api_base`` and ``api_key`` are the model's own, None where it has
    none. ``misspelt`` is what looks like a setting of ours and is none.
    """

    drop_flags: frozenset[str] = frozenset()
    adaptations: frozenset[str] = frozenset()
    drop_fields: tuple[FieldPath, ...] = ()
    drop_params: tuple[FieldPath, ...] = ()
    keep_fields: tuple[FieldPath, ...] = ()
    keep_reasoning: bool = False
    use_responses_api: bool | None = None
    reasoning: Mapping[str, str] = field(default_factory=dict)
    extra_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    api_base: str | None = None
    api_key: str | None = field(default=None, repr=False)
    misspelt: tuple[Misspelt, ...] = ()

    @property
    def switched_on(self) -> list[str]:
        """The names of all switches that are true, in order."""
        kept = [KEEP_REASONING] if self.keep_reasoning else []
        return sorted([*self.drop_flags, *self.adaptations, *kept])


def read_settings(call: HandlerCall) -> ModelSettings:
    """Read the settings of ``call``.

    A switch is true if any placement says so, a list is the union of the placements' lists. Of the
    credentials the call's own argument wins, then the placements in their order. Raises
    `ConfigurationError` for a value that is not understood, and as `credentials` does.
    """
    placed = PlacedSettings.of(call)
    api_base, api_key = credentials(call, placed)
    return ModelSettings(
        drop_flags=frozenset(flag.name for flag in DROP_FLAGS if placed.switch(flag.name)),
        adaptations=frozenset(row.name for row in ADAPTATIONS if placed.switch(row.name)),
        drop_fields=dropped_fields(placed, DROP_FIELDS, ADDITIONAL_DROP_PARAMS),
        drop_params=placed.field_paths(ADDITIONAL_DROP_PARAMS),
        keep_fields=chosen_fields(placed, KEEP_FIELDS),
        keep_reasoning=bool(placed.switch(KEEP_REASONING)),
        use_responses_api=placed.switch(USE_RESPONSES_API),
        reasoning=reasoning_setting(placed),
        extra_headers=configured_headers(placed, call.headers),
        api_base=api_base,
        api_key=api_key,
        misspelt=misspelt(placed, OWN_SETTINGS | {REASONING}),
    )
