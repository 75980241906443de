"""Model settings: what ``model_list[].litellm_params`` tells our handler, read in one place.

LiteLLM delivers a setting in one of three placements, depending on its version and on how it was
called. All three are read, always.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, get_args
from urllib.parse import urlsplit

from claude_code_proxy.drop_flags import DROP_FLAGS
from common.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from claude_code_proxy.handler_call import HandlerCall

Placement = Literal[
    "litellm_params",
    "optional_params",
    "optional_params.litellm_params",
]
PLACEMENTS: Final[tuple[Placement, ...]] = get_args(Placement)
"""Where a setting may stand.

What reads a call does not go by this list, so that a placement which is no longer read is not one
that nobody looks for any more: the conformance matrix goes by the list.
"""

USE_RESPONSES_API: Final = "use_responses_api"

OWN_NAMES: Final = frozenset(
    {flag.name for flag in DROP_FLAGS}
    | {USE_RESPONSES_API, "litellm_params", "api_key", "api_base"}
)
"""What is ours or LiteLLM's among a model's settings, and so never a field of a payload."""


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What the placements say together.

    ``drop_flags`` holds the names of the flags that are true. ``use_responses_api`` is None where
    nobody said. ``api_base`` and ``api_key`` are the model's own, None where it has none.
    """

    drop_flags: frozenset[str]
    use_responses_api: bool | None
    api_base: str | None
    api_key: str | None = field(repr=False)


def read_settings(call: HandlerCall) -> ModelSettings:
    """Read the settings of ``call``.

    A flag is true if any placement says so. Of the credentials the call's own argument wins, then
    the placements in their order. Raises `ConfigurationError` for a value that is not understood,
    and where a model has an upstream of its own but no key for it.
    """
    placements = _placements(call)
    names = (*(flag.name for flag in DROP_FLAGS), USE_RESPONSES_API)
    switches = {name: _any_true(name, placements, call.configured_name) for name in names}
    api_base = _credential("api_base", call.api_base, placements, call.configured_name)
    api_key = _credential("api_key", call.api_key, placements, call.configured_name)
    if api_base and not api_key:
        raise ConfigurationError(
            f"model {call.configured_name!r} has the api_base {_shown(api_base)} and no api_key, "
            "and a key from the environment was not meant for it: set api_key, or api_key: none if "
            "this upstream takes no key"
        )
    return ModelSettings(
        drop_flags=frozenset(flag.name for flag in DROP_FLAGS if switches[flag.name]),
        use_responses_api=switches[USE_RESPONSES_API],
        api_base=api_base,
        api_key=api_key,
    )


def boolean(value: object) -> bool | None:
    """Return the boolean that ``value`` means, None for none given; raise ValueError otherwise.

    A boolean is itself. The strings true and false count in any case, since YAML and environment
    variables spell them so. None is a setting left empty. A number is refused: nobody can tell
    whether a 2 was meant.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise ValueError(value)


def _placements(call: HandlerCall) -> dict[Placement, Mapping[str, Any]]:
    """Return the placements that hold anything; each step a line of its own, as in `_any_true`."""
    given = ((name, settings) for name, settings in _delivered(call) if settings is not None)
    return {name: _mapping(name, settings, call.configured_name) for name, settings in given}


def _delivered(call: HandlerCall) -> Iterator[tuple[Placement, object]]:
    yield "litellm_params", call.litellm_params
    yield "optional_params", call.optional_params
    yield "optional_params.litellm_params", call.optional_params.get("litellm_params")


def _mapping(placement: Placement, settings: object, model: str) -> Mapping[str, Any]:
    if isinstance(settings, Mapping):
        return settings
    raise ConfigurationError(
        f"{placement} of model {model!r} is {type(settings).__name__}; expected a mapping of "
        "settings"
    )


def _any_true(
    name: str, placements: Mapping[Placement, Mapping[str, Any]], model: str
) -> bool | None:
    """Return whether any placement says true; None if none says anything."""
    values = {placement: settings.get(name) for placement, settings in placements.items()}
    switches = [_switch(name, placement, value, model) for placement, value in values.items()]
    said = [switch for switch in switches if switch is not None]
    return any(said) if said else None


def _switch(name: str, placement: Placement, value: object, model: str) -> bool | None:
    try:
        return boolean(value)
    except ValueError:
        raise ConfigurationError(
            f"{name} is {value!r} in {placement} of model {model!r}; expected true or false: "
            "correct it in the model's settings"
        ) from None


def _shown(address: str) -> str:
    """Return scheme and host of ``address``: the rest may hold a password."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "(not an address)"
    return f"{parts.scheme}://{parts.hostname}" if parts.hostname else "(without a host)"


def _credential(
    name: str, given: object, placements: Mapping[Placement, Mapping[str, Any]], model: str
) -> str | None:
    for value in (given, *(mapping.get(name) for mapping in placements.values())):
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            raise ConfigurationError(
                f"{name} of model {model!r} is {type(value).__name__}; expected a string"
            )
        return value
    return None
