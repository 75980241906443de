"""A script: entries, faults, and how strict it is. How far it was played stands apart."""

from dataclasses import dataclass

from mock_upstream.scripts.entry import Entry
from mock_upstream.scripts.fault_rule import FaultRule


@dataclass(frozen=True, slots=True)
class Strict:
    """What is not let pass: a request that no entry answers, an entry that answers no request."""

    unmatched: bool = False
    unused: bool = False


class ScriptError(ValueError):
    """A script that cannot be used; the message names file, line, place, received and expected."""


@dataclass(frozen=True, slots=True)
class Script:
    """What the mock shall answer to whom: the first entry that matches answers.

    `strict` is a `Strict`, or one word for both of its sides. `origin` is the file it came from.
    """

    entries: tuple[Entry, ...] = ()
    faults: tuple[FaultRule, ...] = ()
    strict: Strict | bool = Strict()
    origin: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "entries", tuple(self.entries))
        object.__setattr__(self, "faults", tuple(self.faults))
        if isinstance(self.strict, bool):
            object.__setattr__(self, "strict", Strict(self.strict, self.strict))

    @property
    def strictness(self) -> Strict:
        """The two sides of `strict`."""
        return self.strict if isinstance(self.strict, Strict) else Strict(self.strict, self.strict)
