"""The control calls about one session: its profile, script and faults, and beginning anew.

What a call brings is read whole before anything is exchanged: it is used, or nothing changes.
"""

import asyncio
import re
from typing import Final

from mock_upstream.control.control_error import bad_request
from mock_upstream.control.journal_calls import account_of
from mock_upstream.control.request import Answer, Request, told
from mock_upstream.nearest import nearest
from mock_upstream.profile_format.profile import Profile, ProfileError, load_profile, profile_names
from mock_upstream.scripts.fault_rule import FaultRule
from mock_upstream.scripts.play import Played
from mock_upstream.scripts.script import Script, ScriptError
from mock_upstream.session import Session
from mock_upstream.verdict import APIS

ONLY_SESSION: Final = ("session",)

_NAME: Final = re.compile(r'\s*"?([\w.-]+)"?\s*')
_BODY: Final = "the body"


async def show_profile(request: Request) -> Answer:
    """Tell the profile of a session."""
    request.parameters(ONLY_SESSION)
    return told(profile_summary(request.session.profile))


async def put_profile(request: Request) -> Answer:
    """Hold a session to another profile: a shipped one's name, or a whole one."""
    request.parameters(ONLY_SESSION)
    session, text = request.session, request.text()
    try:
        profile = await asyncio.to_thread(read_profile, text)
        session.use_profile(profile)
    except ValueError as error:  # a ProfileError, or an override that does not go with it
        raise bad_request(str(error)) from None
    return told(profile_summary(session.profile))


def read_profile(text: str) -> Profile:
    """Read a profile that came over HTTP: it reads no file of this machine but shipped ones."""
    from mock_upstream.profile_format.profile_file import load_text

    name = _NAME.fullmatch(text)
    if name is None:
        return load_text(text, _BODY)
    if name[1] not in profile_names():
        raise ProfileError(_no_profile(name[1]))
    return load_profile(name[1])


def _no_profile(name: str) -> str:
    names = profile_names()
    return f"no profile {name!r}; expected one of {', '.join(names)}{nearest(name, names)}"


async def show_script(request: Request) -> Answer:
    """Tell the script of a session: each entry, how often it answered, and what is unused."""
    request.parameters(ONLY_SESSION)
    return told(script_summary(request.session))


async def put_script(request: Request) -> Answer:
    """Play a script from its beginning, with its faults, in the place of the former ones."""
    request.parameters(ONLY_SESSION)
    session, text = request.session, request.text()
    script = await asyncio.to_thread(read_script, text)
    session.use_script(script)
    return told(script_summary(session))


async def delete_script(request: Request) -> Answer:
    """Play no script: the mock's own replies answer, without faults."""
    request.parameters(ONLY_SESSION)
    request.session.use_script(Script())
    return told(script_summary(request.session))


def read_script(text: str) -> Script:
    """Read a script that came over HTTP. Raises `ControlError`."""
    from mock_upstream.scripts.script_file import parse_script

    try:
        return parse_script(text, _BODY)
    except ScriptError as error:
        raise bad_request(str(error)) from None


async def show_faults(request: Request) -> Answer:
    """Tell the faults of a session, and how often each has struck."""
    request.parameters(ONLY_SESSION)
    return told({"faults": faults_summary(request.session)})


async def put_faults(request: Request) -> Answer:
    """Lay other faults over replies, in the place of the former ones; the script plays on."""
    request.parameters(ONLY_SESSION)
    session, text = request.session, request.text()
    script = await asyncio.to_thread(read_script, text)
    if script.entries or script.strict != Script().strict:
        raise bad_request(f"{_BODY}: expected faults alone; put a script with entries to /script")
    session.use_faults(script.faults)
    return told({"faults": faults_summary(session)})


async def delete_faults(request: Request) -> Answer:
    """Lay no faults over replies."""
    request.parameters(ONLY_SESSION)
    request.session.use_faults(())
    return told({"faults": faults_summary(request.session)})


async def reset(request: Request) -> Answer:
    """Begin anew: the profile, script and faults of the start, nothing queued, kept or noted."""
    request.parameters(ONLY_SESSION)
    request.session.reset()
    return told({"session": request.session_name, "account": account_of(request.session)})


def profile_summary(profile: Profile) -> dict[str, object]:
    """Tell a profile in short."""
    return {
        "name": profile.name,
        "about": " ".join(profile.about.split()),
        "extends": profile.extends,
        "rules": {api: [rule.id for rule in profile.rules_for(api)] for api in APIS},
        "states": profile.states(),
        "settings": {api: getattr(profile.settings, api) for api in APIS},
    }


def script_summary(session: Session) -> dict[str, object]:
    """Tell a script, and how far it was played."""
    played = session.script.played
    strict = session.script.strict
    return {
        "origin": session.script.script.origin,
        "strict": {"unmatched": strict.unmatched, "unused": strict.unused},
        "entries": list(map(_entry, played)),
        "unused": [one.label for one in played if one.unused],
        "queued_replies": session.replies_left,
        "faults": faults_summary(session),
    }


def _entry(played: Played) -> dict[str, object]:
    return {
        "name": played.label,
        "line": played.entry.line,
        "times": played.entry.limit,
        "met": played.met,
        "answered": played.answered,
        "used_up": played.used_up,
        "unused": played.unused,
    }


def faults_summary(session: Session) -> list[dict[str, object]]:
    """Tell faults, and how often each has struck."""
    struck = () if session.faults is None else session.faults.struck
    return [
        {
            "name": one.rule.name,
            "line": one.rule.line,
            "faults": _names(one.rule),
            "times": one.rule.times,
            "every": one.rule.every,
            "after": one.rule.after,
            "met": one.met,
            "struck": one.struck,
        }
        for one in struck
    ]


def _names(rule: FaultRule) -> list[str]:
    from mock_upstream.faults.fault import name_of

    return list(map(name_of, rule.faults))
