"""The three placements in which LiteLLM delivers a model's settings, read the same way each.

Which of them it is depends on LiteLLM's version and on how it was called. All three are read,
always.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from common.errors import ConfigurationError
from common.field_path import FieldPath, FieldPathError

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


@dataclass(frozen=True, slots=True)
class PlacedSettings:
    """The settings of one call of ``model`` (its configured name), as the placements hold them.

    Each method reads one setting out of all of them, and raises `ConfigurationError` for a value
    that is not understood: it names setting, value, placement and model.
    """

    model: str
    placements: Mapping[Placement, Mapping[str, Any]]

    @classmethod
    def of(cls, call: HandlerCall) -> PlacedSettings:
        """Return the settings that came with ``call``."""
        model = call.configured_name
        given = ((name, settings) for name, settings in _delivered(call) if settings is not None)
        return cls(model, {name: _mapping(name, settings, model) for name, settings in given})

    def values(self, name: str) -> Iterator[tuple[Placement, object]]:
        """Yield the values of ``name``, each with its placement, where there is one."""
        for placement, settings in self.placements.items():
            if settings.get(name) is not None:
                yield placement, settings[name]

    def each(self) -> Iterator[PlacedSettings]:
        """Yield the settings of each placement by themselves."""
        for placement, settings in self.placements.items():
            yield PlacedSettings(self.model, {placement: settings})

    def switch(self, name: str) -> bool | None:
        """Return whether any placement says true; None if none says anything."""
        said = [self._switch(name, placement, value) for placement, value in self.values(name)]
        return any(said) if said else None

    def field_paths(self, name: str) -> tuple[FieldPath, ...]:
        """Return the field paths of all placements, each once; one string is a list of one."""
        paths = [
            self._field_path(name, placement, text)
            for placement, value in self.values(name)
            for text in self._texts(name, placement, value)
        ]
        return tuple(dict.fromkeys(paths))

    def text(self, name: str, given: object = None) -> str | None:
        """Return the first string: what was ``given`` beside the placements, then theirs."""
        for value in (given, *(value for _, value in self.values(name))):
            if value is None or value == "":
                continue
            if not isinstance(value, str):
                raise ConfigurationError(
                    f"{name} of model {self.model!r} is {type(value).__name__}; expected a string"
                )
            return value
        return None

    def refusal(
        self, name: str, value: object, placement: Placement, expected: str
    ) -> ConfigurationError:
        """Return the error that says that ``name`` may not be ``value``."""
        return ConfigurationError(
            f"{name} is {value!r} in {placement} of model {self.model!r}; expected {expected}: "
            "correct it in the model's settings"
        )

    def _switch(self, name: str, placement: Placement, value: object) -> bool | None:
        try:
            return boolean(value)
        except ValueError:
            raise self.refusal(name, value, placement, "true or false") from None

    def _texts(self, name: str, placement: Placement, value: object) -> list[str]:
        texts = [value] if isinstance(value, str) else value
        if isinstance(texts, list | tuple) and all(isinstance(text, str) for text in texts):
            return list(texts)
        raise self.refusal(name, value, placement, "a list of field paths")

    def _field_path(self, name: str, placement: Placement, text: str) -> FieldPath:
        try:
            return FieldPath.parse(text)
        except FieldPathError as error:
            raise ConfigurationError(
                f"{name} in {placement} of model {self.model!r} holds what is {error}: correct it "
                "in the model's settings"
            ) from None


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
