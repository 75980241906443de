"""No key of a request is kept or repeated, wherever in the request it stands."""

import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_upstream import Credential
from mock_upstream.access.credentials import Fingerprints, credential_in

KEY = "key-from-env"
LONG_KEY = "sk-PMafP" + "s" * 39 + "E873"

PLACES = {
    "a bearer token": b"Authorization: Bearer %b\r\n",
    "lower case": b"authorization: bearer %b\r\n",
    "upper case": b"AUTHORIZATION: BEARER %b\r\n",
    "tabs": b"Authorization:\tBearer\t%b\r\n",
    "many spaces": b"Authorization:   Bearer    %b  \r\n",
    "no scheme": b"Authorization: %b\r\n",
    "an unknown scheme": b"Authorization: Secret %b\r\n",
    "a scheme and more": b"Authorization: Bearer realm=x, %b\r\n",
    "a folded header": b"Authorization: Bearer\r\n  %b\r\n",
    "a second header": b"Authorization: Bearer key\r\nAuthorization: Bearer %b\r\n",
    "a proxy's header": b"Proxy-Authorization: Basic %b\r\n",
    "a key header": b"api-key: %b\r\n",
    "another key header": b"X-Goog-Api-Key: %b\r\n",
    "a cookie": b"Cookie: a=b; session=%b\r\n",
    "a forwarded header": b"X-Forwarded-Authorization: Bearer %b\r\n",
    "a header of any name": b"X-Note: sent with Bearer %b by mistake\r\n",
    "a referring URL": b"Referer: http://user:%b@mock/v1?api_key=x\r\n",
    "the content type": b"Authorization: Bearer key\r\nContent-Type: Bearer %b\r\n",
    "the content encoding": b"Authorization: Bearer key\r\nContent-Encoding: Bearer %b\r\n",
}
TARGETS = {
    "the query": b"/v1/responses?api_key=%b",
    "a query with capitals": b"/v1/responses?API-Key=%b",
    "a query with an encoded name": b"/v1/responses?api%%5Fkey=%b",
    "a query with semicolons": b"/v1/responses?a=b;token=%b",
    "a scheme in the query": b"/v1/responses?auth_header=Bearer%%20%b",
    "an unknown path's query": b"/v1/foo?key=%b",
    "a user": b"http://%b@mock/v1/responses",
    "a password": b"http://user:%b@mock/v1/foo",
    "a user after two slashes": b"//user:%b@mock/v1/responses",
    "a path parameter": b"/v1/foo;api_key=%b",
    "an encoded query": b"/v1/foo%%3Fapi_key=%b",
    "the authority form": b"%b@mock:443",
}


def everything_shown(mock: Any, caplog: pytest.LogCaptureFixture, sent: bytes) -> str:
    """Send a request; collect the reply, the journal's entry as printed, and the log.

    What is no HTTP to the server has no entry.
    """
    parts = urlsplit(mock.url)
    address = (parts.hostname or "", parts.port or 0)
    reply = b""
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(sent)
        while data := client.recv(65536):
            reply += data
    logged = [record.getMessage() for record in caplog.records]
    if reply.endswith(b"Invalid HTTP request received."):
        assert mock.session.journal.entries == ()
        return "\n".join([reply.decode("latin-1"), *logged])
    (entry,) = mock.session.journal.entries
    kept = (entry, entry.headers, entry.query, entry.path, entry.credential, entry.verdict)
    assert any(entry.method in line for line in logged)
    return "\n".join([reply.decode("latin-1"), repr(kept), *logged])


@pytest.mark.parametrize("key", [KEY, LONG_KEY])
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_a_key_in_a_header_is_never_shown(
    mock: Any, caplog: pytest.LogCaptureFixture, place: bytes, key: str
) -> None:
    caplog.set_level("DEBUG")
    head = b"POST /v1/responses HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n"
    body = b'{"model":"gpt-5.2"}'
    sent = head + place % key.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body
    assert key not in everything_shown(mock, caplog, sent)


@pytest.mark.parametrize("method", [b"POST", b"CONNECT"])
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS.keys())
def test_a_key_in_the_target_is_never_shown(
    mock: Any, caplog: pytest.LogCaptureFixture, target: bytes, method: bytes
) -> None:
    caplog.set_level("DEBUG")
    line = method + b" " + target % KEY.encode() + b" HTTP/1.1\r\n"
    sent = line + b"Host: mock\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
    assert KEY not in everything_shown(mock, caplog, sent)


def test_a_known_key_is_not_in_what_a_session_prints(serve: Any) -> None:
    mock = serve(api_keys=(KEY,), key_states={LONG_KEY: "expired"})
    shown = repr((mock.session, vars(mock.session), mock.session.now))
    assert KEY not in shown
    assert LONG_KEY not in shown


def test_of_repeated_headers_the_first_is_the_credential() -> None:
    fingerprints = Fingerprints()
    headers = [(b"authorization", b"Bearer one"), (b"authorization", b"Bearer two")]
    shown = fingerprints.mask_headers(headers)
    assert credential_in(shown) == Credential("Bearer", fingerprints.of("one"))


@pytest.mark.parametrize(
    "path",
    ["/v1/responses", "/v1/models/ft:gpt-4o:org::id", "/v1/responses/resp_1", "/a b", "/a=b", "/é"],
)
def test_a_path_without_a_secret_is_shown_as_it_is(path: str) -> None:
    assert Fingerprints().mask_path(path) == path


@given(st.text())
def test_masking_takes_any_text(text: str) -> None:
    fingerprints = Fingerprints()
    raw = text.encode("utf-8", "surrogatepass")
    assert isinstance(fingerprints.mask_path(f"/ {text}"), str)
    assert isinstance(fingerprints.mask_query(raw), str)
    assert fingerprints.mask_headers([(raw, raw)])[0][0] == raw.decode("latin-1")


@pytest.mark.parametrize(
    "text",
    [
        b"//" * 30_000,
        b"//a" * 20_000,
        b"bearer" + b" " * 60_000,
        b"bearer " * 8_000,
        b"=&" * 30_000,
    ],
)
def test_masking_reads_a_long_text_once(text: bytes) -> None:
    """No text makes the patterns go back and forth: 60 KB take milliseconds, or this test hangs."""
    fingerprints = Fingerprints()
    for _ in range(20):
        fingerprints.mask_text(text)
        fingerprints.mask_query(text)
        fingerprints.mask_path("/" + text.decode())
