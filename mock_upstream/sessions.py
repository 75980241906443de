"""Sessions of one server: which one a request belongs to, so that parallel tests do not meet."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from types import MappingProxyType

from mock_upstream.access.auth_policy import Scheme
from mock_upstream.access.presented_key import RawHeaders, presented_key
from mock_upstream.nearest import nearest
from mock_upstream.session import Session
from mock_upstream.verdict import Violation

SESSION_HEADER = "x-mock-session"
"""The request header that names a session."""

DEFAULT_NAME = "default"
"""The name of the session of requests that name none."""

_HEADER = SESSION_HEADER.encode("ascii")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SCHEMES: tuple[Scheme, ...] = ("bearer", "api-key", "x-api-key", "basic")
_LISTED = 20
_SHOWN = 64
"""Characters of an unknown name that are repeated."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """The session that a request belongs to, by its name.

    `unknown` is the name that the request gave, if there is no session of that name; `session` is
    then the default one, whose journal notes the request.
    """

    name: str
    session: Session
    unknown: str | None = None


@dataclass(frozen=True, slots=True)
class _Table:
    """Who is there; replaced as a whole, so that a request never sees half a change."""

    named: Mapping[str, Belonging]
    keys: Mapping[bytes, str]


class Sessions:
    """The default session of a server and its named ones. May be used from any thread.

    A request belongs to the session that its header `x-mock-session` names, else to the one that
    its key was registered for, else to the default one.
    """

    def __init__(self, default: Session) -> None:
        home = Belonging(DEFAULT_NAME, default)
        self._table = _Table(MappingProxyType({DEFAULT_NAME: home}), MappingProxyType({}))
        self._lock = Lock()

    @property
    def default(self) -> Session:
        """The session of requests that name none."""
        return self._table.named[DEFAULT_NAME].session

    @property
    def named(self) -> Mapping[str, Session]:
        """A snapshot of all sessions by name, the default one first."""
        return {name: one.session for name, one in self._table.named.items()}

    def add(self, name: str, session: Session, keys: Sequence[str] = ()) -> None:
        """Add a session. Its `keys` lead to it without the header.

        Raises `ValueError` for a name that is taken or cannot stand in a header, and for a key that
        leads to another session; the message shows no key.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"received {name!r} as a session's name; expected up to 64 letters, digits, '.', "
                "'_' and '-', the first a letter or digit"
            )
        if isinstance(keys, str):
            raise TypeError("keys is one string; give a sequence, such as a tuple of one")
        given = {_encoded(key): name for key in keys}
        with self._lock:
            table = self._table
            if name in table.named:
                raise ValueError(f"there is a session {name!r} already; remove it first")
            if given.keys() & table.keys.keys():
                raise ValueError("a key leads to another session already; give each its own")
            named = {**table.named, name: Belonging(name, session)}
            self._put(named, {**table.keys, **given})

    def replace(self, name: str, session: Session) -> None:
        """Put another session in the place of one, keys and all. Raises `KeyError`."""
        with self._lock:
            table = self._table
            if name not in table.named:
                raise KeyError(name)
            self._put({**table.named, name: Belonging(name, session)}, table.keys)

    def remove(self, name: str) -> Session:
        """Take a session away; give it back. Raises `KeyError`, also for the default one."""
        with self._lock:
            table = self._table
            if name == DEFAULT_NAME or name not in table.named:
                raise KeyError(name)
            named = {key: one for key, one in table.named.items() if key != name}
            self._put(named, {key: home for key, home in table.keys.items() if home != name})
        return table.named[name].session

    def of(self, headers: RawHeaders) -> Belonging:
        """Find the session that a request belongs to."""
        table = self._table
        for name, value in headers:
            if name == _HEADER:
                return self._called(table, value.decode("latin-1").strip())
        if table.keys:
            key = presented_key(headers, _SCHEMES).key
            return table.named[table.keys.get(key, DEFAULT_NAME)]
        return table.named[DEFAULT_NAME]

    def _called(self, table: _Table, name: str) -> Belonging:
        found = table.named.get(name)
        return Belonging(DEFAULT_NAME, self.default, name) if found is None else found

    def _put(self, named: Mapping[str, Belonging], keys: Mapping[bytes, str]) -> None:
        self._table = _Table(MappingProxyType(dict(named)), MappingProxyType(dict(keys)))


def unknown_session(name: str, known: Iterable[str]) -> Violation:
    """Say that there is no session of that name, and which there are."""
    names = sorted(known)
    more = len(names) - _LISTED
    listed = ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")
    word = nearest(name[:_SHOWN], names)
    message = (
        f"The header {SESSION_HEADER} names no session of this mock: received {name[:_SHOWN]!r}, "
        f"expected one of {listed}{word or '; create it first, or leave the header out.'}"
    )
    rule = "unknown-session"
    return Violation(rule, "", message, 404, type="mock_upstream_unknown_session", code=rule)


def _encoded(key: str) -> bytes:
    stripped = key.strip()
    if not stripped:
        raise ValueError("a key is empty; give each key as text, or leave it out")
    return stripped.encode("utf-8", "surrogateescape")
