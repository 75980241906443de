"""The last guard before anything is written: no value of a key is in it, wherever it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from conformance.doctor.surroundings import BY_ENVIRONMENT
from conformance.reports.visible import without_keys
from mock_upstream.journal.secret_names import is_secret_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.doctor.subject import Subject

_SHORTEST: Final = 8
"""Characters of a value that is looked for: a shorter one stands in many a word."""

_DIRECTORIES: Final = ("PWD", "OLDPWD")
"""What a shell calls its directory, whatever the name looks like."""

_MASK: Final = "(not shown)"


@dataclass(frozen=True, slots=True)
class Secrets:
    """The values that must not be shown, the longest first."""

    values: tuple[str, ...]

    @classmethod
    def of(cls, subject: Subject) -> Secrets:
        """Return those of the configuration and of the environment around it, by their names."""
        places = [section.mapping for section in subject.config.sections.values()]
        places += [dict(model.entry) for model in subject.config.models]
        found = [value for place in places for value in _secret(place)]
        around = subject.surroundings.environment
        found += _secret({name: around[name] for name in around if name not in _DIRECTORIES})
        values = {value.strip() for value in found if len(value.strip()) >= _SHORTEST}
        return cls(tuple(sorted(values, key=len, reverse=True)))

    def masked(self, text: str) -> str:
        """Return ``text`` without them, and without what looks like a key of another place."""
        for value in self.values:
            text = text.replace(value, _MASK)
        return without_keys(text)


def _secret(place: Mapping[Any, Any]) -> Iterator[str]:
    for name, value in place.items():
        if isinstance(value, dict):
            yield from _secret(value)
        elif isinstance(value, str) and is_secret_key(str(name)) and not _is_named(value):
            yield value


def _is_named(value: str) -> bool:
    return value.startswith(BY_ENVIRONMENT)
