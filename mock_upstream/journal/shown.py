"""An entry as it may leave the process: its credentials masked, in headers, body and messages."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

import orjson

from mock_upstream.journal.entry import JournalEntry
from mock_upstream.journal.masking import BodyMask
from mock_upstream.journal.response import Response
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
    response: dict[str, object] | None = None

    @property
    def encoding(self) -> Encoding:
        """How the body is written."""
        return encoding_of(self.data)

    @property
    def text(self) -> str | None:
        """The body in its encoding."""
        return text_of(self.data)

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
            "response": self.response,
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
    data = None if is_compressed(entry.body, headers) else mask.body(entry.body).data
    return Shown(
        entry=entry,
        path=mask.text(entry.path),
        query=mask.text(entry.query),
        headers=tuple((name, mask.text(value)) for name, value in headers),
        data=data,
        changed=data != entry.body,
        violations=tuple(_told(mask, one) for one in entry.verdict.violations),
        noted=tuple(_told(mask, one) for one in entry.verdict.noted),
        response=None if entry.response is None else _answered(entry, entry.response),
    )


def encoding_of(data: bytes | None) -> Encoding:
    """Say how a body is written that was masked; None is one that is withheld."""
    if data is None:
        return "withheld"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "base64"
    return "utf-8"


def text_of(data: bytes | None) -> str | None:
    """Write a masked body in its encoding."""
    if data is None:
        return None
    if encoding_of(data) == "utf-8":
        return data.decode("utf-8")
    return base64.b64encode(data).decode("ascii")


def response_mask(entry: JournalEntry, response: Response) -> BodyMask:
    """Make the mask of a recorded response: it may repeat what its request presented."""
    secrets = entry.head.secrets() | response.head.secrets()
    mask = BodyMask(secrets, entry.head.fingerprints)
    mask.body(entry.body)
    return mask


def _answered(entry: JournalEntry, response: Response) -> dict[str, object]:
    """Mask a recorded response."""
    mask = response_mask(entry, response)
    headers = response.headers
    data = None if is_compressed(response.body, headers) else mask.body(response.body).data
    return {
        "status": response.status,
        "reason": mask.text(response.reason),
        "headers": tuple((name, mask.text(value)) for name, value in headers),
        "ending": response.ending,
        "seconds": round(response.seconds, 6),
        "bytes": len(response.body),
        "sha256": hashlib.sha256(response.body).hexdigest(),
        "encoding": encoding_of(data),
        "masked": data != response.body,
        "body": text_of(data),
    }


def _told(mask: BodyMask, violation: Violation) -> dict[str, object]:
    return {
        "rule": violation.rule,
        "path": mask.text(violation.path),
        "message": mask.text(violation.message),
        "status": violation.status,
    }


def is_compressed(body: bytes, headers: tuple[tuple[str, str], ...]) -> bool:
    """Say whether nobody can see what a body holds."""
    announced = (value for name, value in headers if name.lower() == "content-encoding")
    encoded = any(value.strip().lower() not in _IDENTITY for value in announced)
    return bool(body) and (encoded or body.startswith(_COMPRESSED))
