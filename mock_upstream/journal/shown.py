"""An entry as it may leave the process: its credentials masked, in headers, body and messages."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

import orjson

from mock_upstream.journal.entry import JournalEntry
from mock_upstream.journal.masking import BodyMask
from mock_upstream.verdict import Violation

Encoding: TypeAlias = Literal["utf-8", "base64", "withheld"]
"""How a body is written: as text; as base64 where it is no UTF-8; or not at all where it is
compressed, so that nobody can see what it holds."""

_COMPRESSED: Final = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")
_IDENTITY: Final = frozenset({"", "identity"})


@dataclass(frozen=True, slots=True)
class Shown:
    """What of an entry may be shown. `changed` says that the body's bytes are not those that came.

    `data` are the bytes after masking, None if they are withheld.
    """

    entry: JournalEntry
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    data: bytes | None
    changed: bool
    violations: tuple[dict[str, object], ...]
    noted: tuple[dict[str, object], ...]

    @property
    def encoding(self) -> Encoding:
        """How the body is written."""
        if self.data is None:
            return "withheld"
        try:
            self.data.decode("utf-8")
        except UnicodeDecodeError:
            return "base64"
        return "utf-8"

    @property
    def text(self) -> str | None:
        """The body in its encoding."""
        match self.data, self.encoding:
            case None, _:
                return None
            case data, "utf-8":
                return data.decode("utf-8")
            case data, _:
                return base64.b64encode(data).decode("ascii")

    @property
    def time(self) -> str:
        """When the request was read, in UTC, to the millisecond."""
        moment = datetime.fromtimestamp(self.entry.time, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def record(self) -> dict[str, object]:
        """Give the entry as an object of plain values."""
        entry = self.entry
        return {
            "number": entry.number,
            "time": self.time,
            "session": entry.session,
            "method": entry.method,
            "path": self.path,
            "query": self.query,
            "headers": self.headers,
            "credential": entry.credential,
            "api": entry.api,
            "status": entry.status,
            "accepted": entry.verdict.accepted,
            "violations": self.violations,
            "noted": self.noted,
            "fault": entry.fault,
            "script_entry": entry.script_entry,
            "complete": entry.complete,
            "bytes": len(entry.body),
            "sha256": entry.sha256,
            "encoding": self.encoding,
            "masked": self.changed,
            "body": self.text,
        }

    def line(self) -> bytes:
        """Write the record as one line of JSON, with its end."""
        return orjson.dumps(self.record(), option=orjson.OPT_APPEND_NEWLINE)


def shown(entry: JournalEntry) -> Shown:
    """Mask an entry. `sha256` and the count of bytes stay those of the body that came."""
    mask = BodyMask(entry.head.secrets(), entry.head.fingerprints)
    headers = entry.headers
    data = None if _is_compressed(entry.body, headers) else mask.body(entry.body).data
    return Shown(
        entry=entry,
        path=mask.text(entry.path),
        query=mask.text(entry.query),
        headers=tuple((name, mask.text(value)) for name, value in headers),
        data=data,
        changed=data != entry.body,
        violations=tuple(_told(mask, one) for one in entry.verdict.violations),
        noted=tuple(_told(mask, one) for one in entry.verdict.noted),
    )


def _told(mask: BodyMask, violation: Violation) -> dict[str, object]:
    return {
        "rule": violation.rule,
        "path": mask.text(violation.path),
        "message": mask.text(violation.message),
        "status": violation.status,
    }


def _is_compressed(body: bytes, headers: tuple[tuple[str, str], ...]) -> bool:
    announced = (value for name, value in headers if name.lower() == "content-encoding")
    encoded = any(value.strip().lower() not in _IDENTITY for value in announced)
    return bool(body) and (encoded or body.startswith(_COMPRESSED))
