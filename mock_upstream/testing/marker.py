"""The marker `mock_upstream` of a test, read into a session."""

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from mock_upstream.nearest import nearest
from mock_upstream.profile_format.profile import Profile, load_profile
from mock_upstream.scripts.script import Script
from mock_upstream.scripts.script_file import load_script, script_from
from mock_upstream.session import Session

KEY: Final = "key-for-the-mock-upstream"
"""The key that a test's client may show, unless the marker names others."""

_OVERRIDES: Final = tuple(inspect.signature(Session).parameters)[1:]
_OPTIONS: Final = ("profile", "script", "faults", *_OVERRIDES)


class Profiles:
    """Profiles that were read in this run, each once: the fixture is made for every test."""

    def __init__(self) -> None:
        self._read: dict[str, Profile] = {}

    def get(self, name: str | Path, directory: Path) -> Profile:
        """Give a profile by its shipped name, or by a path from the test's directory."""
        path = isinstance(name, Path) or "/" in name or name.endswith((".yaml", ".yml"))
        place = directory / name if path else name
        if str(place) not in self._read:
            self._read[str(place)] = load_profile(place)
        return self._read[str(place)]


def session_of(item: pytest.Item, profiles: Profiles) -> tuple[Session, str]:
    """Make the session that a test's markers ask for, the nearest one before those around it.

    The second value is a key that it takes. Raises `pytest.UsageError` for what is no option.
    """
    options: dict[str, Any] = {}
    for mark in reversed(list(item.iter_markers("mock_upstream"))):
        _check(mark, item)
        options |= mark.kwargs
    directory = item.path.parent
    named = options.pop("profile", "openai")
    script, faults = options.pop("script", None), options.pop("faults", ())
    profile = named if isinstance(named, Profile) else profiles.get(named, directory)
    session = Session(profile, **options)
    if script is not None:
        session.use_script(_script(script, directory))
    if faults:
        session.use_faults(faults)
    return session, next(iter(options.get("api_keys", ())), KEY)


def _script(given: object, directory: Path) -> Script:
    """Read a script: one made in Python, the same as data, or a file beside the test."""
    if isinstance(given, Script):
        return given
    if isinstance(given, str | Path):
        return load_script(directory / given)
    return script_from(dict(given) if isinstance(given, Mapping) else given)


def _check(mark: pytest.Mark, item: pytest.Item) -> None:
    if mark.args:
        raise pytest.UsageError(
            f"{item.nodeid}: the marker mock_upstream received {mark.args[0]!r}; give each option "
            "by name, such as profile='gateway'"
        )
    for name in mark.kwargs:
        if name not in _OPTIONS:
            raise pytest.UsageError(
                f"{item.nodeid}: the marker mock_upstream has no option {name!r}; expected some of "
                f"{', '.join(_OPTIONS)}{nearest(name, _OPTIONS)}"
            )
