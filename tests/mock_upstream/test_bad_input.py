"""Odd and broken requests over sockets: each has its documented answer, none a 500."""

import contextlib
import json
import re
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

from mock_upstream import Session, load_profile, profile_names, refusals
from mock_upstream.wordings.envelope import error_reply
from tests.mock_upstream.bad_requests import (
    BODY,
    BODY_LIMIT,
    PAGE,
    SECTIONS,
    BadRequest,
    page,
    request,
)

ROWS = [row for rows in SECTIONS.values() for row in rows]
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
SERVER_ERROR = b"Invalid HTTP request received."


@pytest.fixture
def impatient(serve: Any) -> Any:
    return serve(body_limit=BODY_LIMIT, body_patience=0.2)


def connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10)


def received(client: socket.socket) -> Iterator[bytes]:
    """What comes until the server closes."""
    try:
        while data := client.recv(65536):
            yield data
    except ConnectionResetError:  # closed with bytes of ours unread
        return


def answer(url: str, sent: bytes) -> bytes:
    """Send bytes after which the server closes; return all that comes back."""
    with connect(url) as client:
        client.sendall(sent)
        return b"".join(received(client))


def first_status(url: str, sent: bytes) -> int | None:
    """The status of the first reply, `100 Continue` left out, on a connection that stays open."""
    came = b""
    with connect(url) as client:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            client.sendall(sent)
        for data in received(client):
            came += data
            found = [int(status) for status in STATUS.findall(came) if status != b"100"]
            if found:
                return found[0]
    return None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_each_request_gets_its_documented_answer(impatient: Any, row: BadRequest) -> None:
    """Status and rule are the page's, no secret is kept, and the server serves on."""
    assert first_status(impatient.url, row.sent) == row.status
    entries = until_noted(impatient.session, 0 if row.rule is None else 1)
    assert entries[0].verdict.accepted is not bool(row.rule) if entries else row.rule is None
    if row.rule:
        assert entries[0].verdict.violations[0].rule == row.rule
    assert "key-from" not in repr(entries)
    assert impatient.client.get("/v1/models").status_code == 200


def until_noted(session: Session, least: int) -> Any:
    limit = time.monotonic() + 10
    while len(session.journal.entries) < least and time.monotonic() < limit:
        time.sleep(0.005)
    return session.journal.entries


@pytest.mark.parametrize("row", [row for row in ROWS if row.closes], ids=lambda row: row.what)
def test_what_is_not_http_closes_its_connection(impatient: Any, row: BadRequest) -> None:
    """The server closes where the page says so, without being asked."""
    with connect(impatient.url) as client:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            client.sendall(row.sent)
        came = b"".join(received(client))
    assert row.rule is not None or SERVER_ERROR in came


def test_the_page_says_what_the_tests_hold() -> None:
    """The committed page is the one that these rows write."""
    assert PAGE.read_text("utf-8") == page(), "run python -m tests.mock_upstream.bad_requests"
    assert len({row.what for row in ROWS}) == len(ROWS)


def test_pipelined_requests_are_answered_in_order(mock: Any) -> None:
    """Good and bad ones at once, each with its own answer; garbage ends the connection."""
    sent = request() + request(b"{") + request(key=b"") + request() + b"garbage\r\n\r\n" + request()
    came = answer(mock.url, sent)
    assert [int(s) for s in STATUS.findall(came)] == [200, 400, 401, 200, 400]
    assert [entry.status for entry in mock.session.journal.entries] == [200, 400, 401, 200]


@pytest.mark.parametrize("size", [1, 7, 64])
def test_a_request_in_pieces_is_one_request(mock: Any, size: int) -> None:
    """Head and body may come in any pieces."""
    sent = request(headers=b"Connection: close\r\n")
    with connect(mock.url) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for place in range(0, len(sent), size):
            client.sendall(sent[place : place + size])
        assert b"".join(received(client)).startswith(b"HTTP/1.1 200 OK")
    assert mock.session.journal.entries[0].body == BODY


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/chat/completions"])
@pytest.mark.parametrize("profile", ["openai", "gateway", "permissive"])
def test_every_profile_answers_a_bad_body(serve: Any, profile: str, path: str) -> None:
    """The refusals of bodies are the same in every profile, in its own envelope."""
    client = serve(profile).client
    zipped = client.post(path, content=b"{}", headers={"content-encoding": "gzip"})
    typed = client.post(path, content=b"{}", headers={"content-type": "Bearer key-from-env"})
    assert (zipped.status_code, typed.status_code) == (415, 400)
    assert "Send the JSON uncompressed" in zipped.text
    assert "Unsupported content type: 'Bearer fingerprint:" in typed.text
    assert "key-from-env" not in typed.text


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_writes_what_none_of_its_rules_says(name: str) -> None:
    """A refusal about no field fits into any envelope, one that shows the place of a field too."""
    shown = [
        refusals.unknown_url("GET", "/v1/foo"),
        refusals.body_too_large(1),
        refusals.body_timed_out(1),
        refusals.wrong_content_type("text/plain"),
        refusals.compressed_body("gzip"),
        refusals.not_json(),
        refusals.not_an_object([]),
    ]
    for violation in shown:
        reply = error_reply(load_profile(name).envelope, violation)
        assert reply.status == violation.status
        is_json = dict(reply.headers)["content-type"] == "application/json"
        written = json.dumps(orjson.loads(reply.body)) if is_json else reply.body.decode()
        assert violation.message in written


def test_the_content_type_refusal_is_openai_s(mock: Any) -> None:
    """The body of openai/openai-openapi#194, status of RageAgainstThePixel/OpenAI-DotNet#236."""
    response = mock.client.post("/v1/responses", content=BODY, headers={"content-type": "text/a"})
    assert response.status_code == 400
    assert response.json() == {
        "error": {
            "message": "Unsupported content type: 'text/a'. This API method only accepts "
            "'application/json' requests, but you specified the header 'Content-Type: text/a'. "
            "Please try again with a supported content type.",
            "type": "invalid_request_error",
            "param": None,
            "code": "unsupported_content_type",
        }
    }
