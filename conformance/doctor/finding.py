"""A finding: one thing in a configuration file that its reader should know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["error", "warning", "note"]
"""An error keeps a model from working, a warning is what the file says and nobody does, a note is
only good to know."""

FAULTS: Final[frozenset[Severity]] = frozenset({"error", "warning"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding.

    ``id`` names its kind. ``message`` says what was found, what was expected and what to do; no
    value of a key is ever in it. ``file`` and ``line`` are where it stands, ``model`` the
    ``model_name`` that it concerns, None where it concerns them all.
    """

    id: str
    severity: Severity
    message: str
    file: str
    line: int
    model: str | None = None

    @property
    def is_fault(self) -> bool:
        """Whether something has to be done about it."""
        return self.severity in FAULTS


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be found, without its place: a check says it of whatever model or section."""

    id: str
    severity: Severity
    message: str


def error(finding_id: str, message: str) -> Told:
    """Return what keeps a model from working."""
    return Told(finding_id, "error", message)


def warning(finding_id: str, message: str) -> Told:
    """Return what the file says and nobody does, or nobody should."""
    return Told(finding_id, "warning", message)


def note(finding_id: str, message: str) -> Told:
    """Return what is only good to know."""
    return Told(finding_id, "note", message)
