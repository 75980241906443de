"""The control calls about the journal: pages, exports, one entry, and forgetting all."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Final

import orjson

from mock_upstream.control.control_error import bad_request, not_found
from mock_upstream.control.request import JSON, Answer, Request, told
from mock_upstream.journal import JournalEntry
from mock_upstream.journal.curl import curl_command
from mock_upstream.journal.query import Page, Query, QueryError, page
from mock_upstream.journal.shown import shown
from mock_upstream.nearest import nearest
from mock_upstream.session import Session

PAGE: Final = 100
"""Entries of a JSON page, unless the call says otherwise."""

QUERY: Final = (
    *("since", "until", "method", "path", "status", "verdict", "rule", "fault", "after", "limit"),
)
_PIECE: Final = 256 * 1024
"""Bytes of bodies that are masked at a time; the server answers others in between."""

_MOST: Final = 64
"""Entries that are masked at a time."""

Write = Callable[[JournalEntry], bytes]


async def show(request: Request) -> Answer:
    """Give entries as a JSON page, as JSONL, or as curl commands; in pieces, however many."""
    given = request.parameters(("session", "format", *QUERY))
    form = given.pop("format", "json")
    given.pop("session", None)
    if form not in _FORMS:
        raise bad_request(
            f"format: received {form[:64]!r}; expected {', '.join(_FORMS)}{nearest(form, _FORMS)}"
        )
    try:
        query = Query.parse(given.items())
    except QueryError as error:
        raise bad_request(str(error)) from None
    if form == "json" and query.limit is None:
        query = replace(query, limit=PAGE)
    journal = request.session.journal
    found = await asyncio.to_thread(page, journal.entries, query)
    headers = (("x-mock-evicted", str(journal.evicted)),)
    if form == "json":
        end = orjson.dumps({"next": found.next, "account": account_of(request.session)})
        body = _page(found, end)
    else:
        body = _pieces(found.entries, _FORMS[form][1])
    return Answer(body, 200, _FORMS[form][0], headers)


async def show_one(request: Request) -> Answer:
    """Give one entry by its number."""
    request.parameters(("session",))
    number = int(request.place) if request.place.isdecimal() and len(request.place) < 16 else -1  # noqa: PLR2004 -- what fits
    entries = request.session.journal.entries
    found = next((entry for entry in entries if entry.number == number), None)
    if found is None:
        kept = f"{entries[0].number} to {entries[-1].number}" if entries else "none"
        raise not_found(
            f"no entry {request.place[:64]!r} in the journal; it keeps {kept}, and "
            f"{request.session.journal.evicted} were evicted"
        )
    record = await asyncio.to_thread(lambda: shown(found).record())
    return told(record)


async def clear(request: Request) -> Answer:
    """Forget all entries and the account."""
    request.parameters(("session",))
    request.session.journal.clear()
    return told({"account": account_of(request.session)})


def account_of(session: Session) -> dict[str, object]:
    """Give the account of a session's journal."""
    found = session.journal.account
    return {**asdict(found), "requests": found.requests}


def _record(entry: JournalEntry) -> bytes:
    return orjson.dumps(shown(entry).record())


def _line(entry: JournalEntry) -> bytes:
    return shown(entry).line()


def _curl(entry: JournalEntry) -> bytes:
    return curl_command(shown(entry)).encode("utf-8", "surrogatepass") + b"\n"


_FORMS: Final[Mapping[str, tuple[str, Write]]] = {
    "json": (JSON, _record),
    "jsonl": ("application/jsonl", _line),
    "curl": ("text/x-shellscript; charset=utf-8", _curl),
}


async def _page(found: Page, end: bytes) -> AsyncIterator[bytes]:
    yield b'{"entries":['
    comma = b""
    async for piece in _pieces(found.entries, lambda entry: b"," + _record(entry)):
        yield piece if comma else piece[1:]
        comma = b","
    yield b"]," + end[1:] + b"\n"


async def _pieces(entries: Iterable[JournalEntry], write: Write) -> AsyncIterator[bytes]:
    for some in _portions(entries):
        yield await asyncio.to_thread(_written, some, write)


def _written(entries: Iterable[JournalEntry], write: Write) -> bytes:
    return b"".join(map(write, entries))


def _portions(entries: Iterable[JournalEntry]) -> Iterator[list[JournalEntry]]:
    """Cut entries into portions that are quick to write."""
    some: list[JournalEntry] = []
    size = 0
    for entry in entries:
        some.append(entry)
        size += len(entry.body)
        if size >= _PIECE or len(some) >= _MOST:
            yield some
            some, size = [], 0
    if some:
        yield some
