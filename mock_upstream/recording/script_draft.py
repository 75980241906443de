"""Writes a recording as a script: the same requests get the same bytes, without the upstream."""

import base64
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson

from mock_upstream.access.credentials import is_secret_name
from mock_upstream.endpoints import endpoint_of
from mock_upstream.journal import JournalEntry
from mock_upstream.journal.response import Response
from mock_upstream.journal.shown import is_compressed, response_mask
from mock_upstream.recording.recording import one_line, payload_of
from mock_upstream.recording.telling_apart import conditions, written
from mock_upstream.recording.yaml_text import comments, yaml_text
from mock_upstream.scripts.incoming import EndpointName, Incoming
from mock_upstream.verdict import Payload

if TYPE_CHECKING:
    from mock_upstream.journal.masking import BodyMask
    from mock_upstream.recording.recording import Recording

_OF_THE_CONNECTION: Final = frozenset(
    {
        *("connection", "date", "keep-alive", "proxy-authenticate", "proxy-connection"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    }
)
"""Headers that a server writes of itself."""

_LARGEST: Final = 64 * 2**20
"""Bytes of a compressed body that are looked through for credentials."""


class LeftOutError(ValueError):
    """An exchange that the script cannot replay; the message says why."""


@dataclass(frozen=True, slots=True)
class _Exchange:
    """A recorded exchange that can be replayed."""

    entry: JournalEntry
    response: Response
    endpoint: EndpointName
    payload: Payload | None
    mask: "BodyMask"

    @property
    def identity(self) -> tuple[str, bytes]:
        """What is the same for requests that a match cannot tell apart."""
        text = b"" if self.payload is None else orjson.dumps(self.payload, option=_SORTED)
        return self.endpoint, text


_SORTED: Final = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


def script_draft(recording: "Recording") -> str:
    """Write the script. It is one that `load_script` takes, and holds no credential."""
    exchanges: list[_Exchange] = []
    left_out: list[str] = []
    for entry in recording.journal.entries:
        try:
            exchanges.append(_exchange(entry, recording.address.prefix))
        except LeftOutError as error:
            left_out.append(_told(entry, str(error)))
    entries: list[dict[str, object]] = []
    groups = _grouped(exchanges)
    for group in groups:
        try:
            entries.append(_entry(group, groups))
        except LeftOutError as error:
            left_out += [_told(one.entry, str(error)) for one in group]
    head = comments(_head(recording, len(entries)))
    body = yaml_text({"strict": {"unmatched": True}, "entries": entries})
    return head + body + comments(_tail(left_out))


def _head(recording: "Recording", count: int) -> Iterator[str]:
    yield f"Recorded from {recording.address}. To replay it:"
    yield "  mock-upstream serve --profile permissive --auth off --script FILE"
    if not count:
        yield "Nothing was recorded that can be replayed."
    if recording.journal.evicted:
        yield f"{recording.journal.evicted} older requests had left the journal: --journal-bytes."


def _tail(left_out: list[str]) -> Iterator[str]:
    if left_out:
        yield ""
        yield "Not replayed:"
        yield from left_out


def _told(entry: JournalEntry, why: str) -> str:
    status = "-" if entry.status is None else entry.status
    return one_line(f"request {entry.number}: {entry.method} {entry.path} {status}: {why}")


def _exchange(entry: JournalEntry, prefix: str) -> _Exchange:
    response = entry.response
    if response is None:
        raise LeftOutError("there was no answer of the upstream")
    if response.ending in ("client left", "not kept"):
        raise LeftOutError(f"its answer is not known as a whole ({response.ending})")
    path = entry.path
    if prefix.endswith("/v1") and not path.startswith("/v1/"):
        path = f"/v1{path}"
    endpoint = entry.api or Incoming(entry.method, path, (), b"").endpoint
    known = endpoint_of(path)
    if endpoint is None or known is None or entry.method not in known.methods:
        raise LeftOutError("the mock serves no such path and method, so no script is asked")
    payload = payload_of(entry) if entry.api is not None else None
    if entry.api is not None and payload is None:
        raise LeftOutError("its body is no JSON object, which the mock refuses of itself")
    return _Exchange(entry, response, endpoint, payload, response_mask(entry, response))


def _grouped(exchanges: Iterable[_Exchange]) -> list[list[_Exchange]]:
    groups: dict[tuple[str, bytes], list[_Exchange]] = {}
    for one in exchanges:
        groups.setdefault(one.identity, []).append(one)
    return list(groups.values())


def _entry(group: list[_Exchange], groups: list[list[_Exchange]]) -> dict[str, object]:
    first = group[0]
    match: dict[str, object] = {"endpoint": first.endpoint}
    if first.payload is not None:
        match |= _match(first, [other[0] for other in groups if other is not group])
    numbers = ", ".join(str(one.entry.number) for one in group)
    name = f"request{'s' if len(group) > 1 else ''} {numbers}"
    answers = [_answer(one) for one in group]
    if len(answers) == 1 or all(one == answers[0] for one in answers):
        return {"name": name, "match": match, **answers[0]}
    return {"name": name, "match": match, "sequence": answers}


def _match(first: _Exchange, others: list[_Exchange]) -> dict[str, object]:
    payloads = [
        one.payload for one in others if one.endpoint == first.endpoint and one.payload is not None
    ]
    mask = first.mask
    found = conditions(first.payload or {}, payloads, lambda text: mask.text(text) == text)
    if found is None:
        raise LeftOutError("nothing that may be written tells it from another request")
    match = written(found)
    own = {"model": match.pop("model")} if "model" in match else {}
    return own | ({"body": match} if match else {})


def _answer(one: _Exchange) -> dict[str, object]:
    """Write one answer, without credentials; a body with one is written masked."""
    response = one.response
    data, plain = _body(one)
    changed = data != response.body
    headers = _headers(one, without={"content-length"} | ({"content-encoding"} if plain else set()))
    length = response.header("content-length")
    if length is not None:
        headers["content-length"] = str(len(data)) if changed else length
    raw: dict[str, object] = {"status": response.status}
    if headers:
        raw["headers"] = headers
    if data:
        raw["body"] = _text(data)
    answer: dict[str, object] = {"raw": raw}
    if response.ending == "upstream broke off":
        answer["fault"] = {"disconnect": {"after_bytes": len(data)}}
    return answer


def _body(one: _Exchange) -> tuple[bytes, bool]:
    """Give the body to be written, and whether it was unpacked for it."""
    response = one.response
    if not is_compressed(response.body, response.headers):
        return one.mask.body(response.body).data, False
    plain = _unpacked(response.body)
    if plain is None:
        raise LeftOutError(
            "its body is compressed in a way in which no credential can be looked for"
        )
    masked = one.mask.body(plain).data
    return (response.body, False) if masked == plain else (masked, True)


def _unpacked(data: bytes) -> bytes | None:
    """Unpack gzip or deflate; None for what is neither, not whole, or too large."""
    packed = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        plain = packed.decompress(data, _LARGEST)
    except zlib.error:
        return None
    return plain if packed.eof and not packed.unused_data else None


def _headers(one: _Exchange, without: set[str]) -> dict[str, str]:
    """Take headers over, those of one name joined, without what shows a credential."""
    found: dict[str, str] = {}
    for name, value in one.response.headers:
        lower = name.lower()
        secret = is_secret_name(lower.encode("latin-1")) or "fingerprint:" in value
        if lower in _OF_THE_CONNECTION or lower in without or secret:
            continue
        if one.mask.text(value) != value or not value.isascii():
            continue
        found[lower] = f"{found[lower]}, {value}" if lower in found else value
    return found


def _text(data: bytes) -> str | Mapping[str, str]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}
    plain = all(one.isprintable() or one in "\n\t" for one in text)
    return text if plain else {"base64": base64.b64encode(data).decode("ascii")}
