"""What the mock shall answer to whom: matches, entries, scripts, and how one is played.

The names load on first use, like those of `mock_upstream`.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mock_upstream.scripts.answer import Answer
    from mock_upstream.scripts.condition import ABSENT, PRESENT, Contains, Equals, Matches
    from mock_upstream.scripts.entry import Entry
    from mock_upstream.scripts.fault_rule import FaultRule
    from mock_upstream.scripts.match import Match
    from mock_upstream.scripts.script import Script, ScriptError, Strict
    from mock_upstream.scripts.script_file import (
        faults_from,
        load_script,
        parse_script,
        script_from,
    )

__all__ = [
    "ABSENT",
    "PRESENT",
    "Answer",
    "Contains",
    "Entry",
    "Equals",
    "FaultRule",
    "Match",
    "Matches",
    "Script",
    "ScriptError",
    "Strict",
    "faults_from",
    "load_script",
    "parse_script",
    "script_from",
]

_HOMES: Final[Mapping[str, tuple[str, ...]]] = {
    "answer": ("Answer",),
    "condition": ("ABSENT", "PRESENT", "Contains", "Equals", "Matches"),
    "entry": ("Entry",),
    "fault_rule": ("FaultRule",),
    "match": ("Match",),
    "script": ("Script", "ScriptError", "Strict"),
    "script_file": ("faults_from", "load_script", "parse_script", "script_from"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
