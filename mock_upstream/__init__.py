"""A mock upstream as strict as the real ones: OpenAI's two APIs, refusals and a journal.

The public names load on first use, so that `import mock_upstream` costs next to nothing: a test
plugin that may never start a server imports this package in every test run.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mock_upstream.access.credentials import Credential
    from mock_upstream.app import create_app
    from mock_upstream.control.access import ControlAccess
    from mock_upstream.journal import Journal, JournalEntry
    from mock_upstream.journal.query import Query
    from mock_upstream.patience import Patience
    from mock_upstream.process import MockProcess
    from mock_upstream.profile_format.profile import (
        Profile,
        ProfileError,
        load_profile,
        profile_names,
    )
    from mock_upstream.replies.reply_parts import (
        Citation,
        CustomCall,
        Failure,
        ToolCall,
        Usage,
        WebSearch,
    )
    from mock_upstream.replies.reply_plan import RawReply, ReplyPlan
    from mock_upstream.scripts.entry import Entry
    from mock_upstream.scripts.fault_rule import FaultRule
    from mock_upstream.scripts.match import Match
    from mock_upstream.scripts.script import Script, ScriptError
    from mock_upstream.scripts.script_file import load_script, parse_script
    from mock_upstream.server import MockServer, ServerStartError
    from mock_upstream.session import Session
    from mock_upstream.sessions import Sessions
    from mock_upstream.verdict import Verdict, Violation
    from mock_upstream.wire import BrokenConnectionError

__all__ = [
    "BrokenConnectionError",
    "Citation",
    "ControlAccess",
    "Credential",
    "CustomCall",
    "Entry",
    "Failure",
    "FaultRule",
    "Journal",
    "JournalEntry",
    "Match",
    "MockProcess",
    "MockServer",
    "Patience",
    "Profile",
    "ProfileError",
    "Query",
    "RawReply",
    "ReplyPlan",
    "Script",
    "ScriptError",
    "ServerStartError",
    "Session",
    "Sessions",
    "ToolCall",
    "Usage",
    "Verdict",
    "Violation",
    "WebSearch",
    "create_app",
    "load_profile",
    "load_script",
    "parse_script",
    "profile_names",
]

_HOMES: Final[Mapping[str, tuple[str, ...]]] = {
    "app": ("create_app",),
    "access.credentials": ("Credential",),
    "control.access": ("ControlAccess",),
    "journal": ("Journal", "JournalEntry"),
    "journal.query": ("Query",),
    "process": ("MockProcess",),
    "profile_format.profile": ("Profile", "ProfileError", "load_profile", "profile_names"),
    "patience": ("Patience",),
    "replies.reply_parts": ("Citation", "CustomCall", "Failure", "ToolCall", "Usage", "WebSearch"),
    "replies.reply_plan": ("RawReply", "ReplyPlan"),
    "scripts.entry": ("Entry",),
    "scripts.fault_rule": ("FaultRule",),
    "scripts.match": ("Match",),
    "scripts.script": ("Script", "ScriptError"),
    "scripts.script_file": ("load_script", "parse_script"),
    "server": ("MockServer", "ServerStartError"),
    "session": ("Session",),
    "sessions": ("Sessions",),
    "verdict": ("Verdict", "Violation"),
    "wire": ("BrokenConnectionError",),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
