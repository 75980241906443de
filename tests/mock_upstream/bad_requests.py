"""Odd and broken requests, each with its documented answer; the page that documents them.

`python -m tests.mock_upstream.bad_requests` writes `docs/bad-input.md` anew.
"""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[2] / "docs" / "bad-input.md"

BODY: Final = b'{"model":"gpt-5.2","input":"hi"}'
BODY_LIMIT: Final = 1000
"""The limit that these requests are made for, in bytes."""

_KEY: Final = b"Authorization: Bearer key-from-call\r\n"
_CHUNKED: Final = b"Transfer-Encoding: chunked\r\n"
_CHUNKS: Final = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)


@dataclass(frozen=True, slots=True)
class BadRequest:
    """What is sent, as bytes on a socket, and what comes of it.

    `rule` is the rule that the journal names, "" for none, or None when there is no entry: what is
    not HTTP never reaches the mock. `closes` says that the server closes the connection unasked.
    """

    what: str
    sent: bytes
    status: int
    rule: str | None
    note: str = ""
    closes: bool = False


def request(
    body: bytes = BODY,
    *,
    line: bytes = b"POST /v1/responses HTTP/1.1",
    headers: bytes = b"",
    length: bool = True,
    key: bytes = _KEY,
) -> bytes:
    """Write a request as it goes over the wire."""
    announced = b"Content-Length: %d\r\n" % len(body) if length else b""
    return b"%b\r\nHost: mock\r\n%b%b%b\r\n%b" % (line, key, headers, announced, body)


def to(target: bytes, method: bytes = b"POST") -> bytes:
    """Write a good request to another target."""
    return request(line=b"%b %b HTTP/1.1" % (method, target))


def announced(length: bytes, body: bytes = BODY) -> bytes:
    """Write a request with any Content-Length."""
    return request(body, headers=b"Content-Length: %b\r\n" % length, length=False)


def chunked(body: bytes, headers: bytes = _CHUNKED) -> bytes:
    """Write a request whose body is not announced by a length."""
    return request(body, headers=headers, length=False)


def encoded(encoding: bytes, body: bytes = BODY) -> bytes:
    """Write a request with a Content-Encoding."""
    return request(body, headers=b"Content-Encoding: %b\r\n" % encoding)


def typed(media_type: bytes) -> bytes:
    """Write a request with a Content-Type."""
    return request(headers=b"Content-Type: %b\r\n" % media_type)


def keyed(header: bytes) -> bytes:
    """Write a request that shows its key in another way."""
    return request(key=header)


BODIES: Final = (
    BadRequest("no body", request(b""), 400, "not-json"),
    BadRequest("text", request(b"hello"), 400, "not-json"),
    BadRequest("JSON cut short", request(b'{"model": "gpt'), 400, "not-json"),
    BadRequest("two JSON values", request(b"{} {}"), 400, "not-json"),
    BadRequest(
        "`NaN`, `Infinity`", request(b'{"temperature": NaN}'), 400, "not-json", "JSON has neither."
    ),
    BadRequest("a number over the range of a double", request(b'{"seed": 1e999}'), 400, "not-json"),
    BadRequest("bytes that are not UTF-8", request(b'{"model": "\xff"}'), 400, "not-json"),
    BadRequest(
        "an escape for half a surrogate pair", request(b'{"model": "\\ud800"}'), 400, "not-json"
    ),
    BadRequest("UTF-16", request(BODY.decode().encode("utf-16")), 400, "not-json"),
    BadRequest("a byte order mark", request(b"\xef\xbb\xbf" + BODY), 400, "not-json"),
    BadRequest("a control character in a string", request(b'{"model": "\x01"}'), 400, "not-json"),
    BadRequest(
        "nesting over 1,024 levels",
        request(b"[" * (BODY_LIMIT - 1)),
        400,
        "not-json",
        "Where the JSON parser stops; what is nested less is judged.",
    ),
    BadRequest("an array, a number, `null`", request(b"[]"), 400, "not-an-object"),
    BadRequest(
        "a key twice",
        request(b'{"model":"a","input":"hi","model":"b"}'),
        200,
        "",
        "The last one counts; the journal has the bytes.",
    ),
)

MEDIA: Final = (
    BadRequest("no `Content-Type`", request(), 200, "", "The body is read as JSON."),
    BadRequest(
        "`application/json; charset=utf-8`", typed(b"Application/JSON; charset=utf-8"), 200, ""
    ),
    BadRequest(
        "`application/json; charset=utf-16`",
        typed(b"application/json; charset=utf-16"),
        200,
        "",
        "Parameters do not count, the bytes do: JSON is UTF-8.",
    ),
    BadRequest("another type, such as `text/plain`", typed(b"text/plain"), 400, "content-type"),
    BadRequest(
        "a form, as `curl -d` and `urllib` announce it",
        typed(b"application/x-www-form-urlencoded"),
        400,
        "content-type",
    ),
    BadRequest(
        "`Content-Type` twice",
        request(headers=b"Content-Type: application/json\r\nContent-Type: text/plain\r\n"),
        200,
        "",
        "The first one counts.",
    ),
    BadRequest("`Content-Encoding: identity`", encoded(b"identity"), 200, ""),
    BadRequest("gzip", encoded(b"gzip", gzip.compress(BODY)), 415, "content-encoding"),
    BadRequest(
        "a gzip bomb",
        encoded(b"gzip", gzip.compress(b"\0" * 500_000)),
        415,
        "content-encoding",
        "Nothing is ever decompressed.",
    ),
    BadRequest("deflate", encoded(b"deflate", zlib.compress(BODY)), 415, "content-encoding"),
    BadRequest(
        "br, zstd, an unknown one", encoded(b"zstd", b"\x28\xb5\x2f\xfd"), 415, "content-encoding"
    ),
    BadRequest("plain JSON announced as gzip", encoded(b"gzip"), 415, "content-encoding"),
    BadRequest("gzip that is not announced", request(gzip.compress(BODY)), 400, "not-json"),
)

LENGTHS: Final = (
    BadRequest("a body over the limit", request(b"x" * (BODY_LIMIT + 1)), 413, "body-too-large"),
    BadRequest(
        "a `Content-Length` over the limit, no body",
        announced(b"9" * 18, b""),
        413,
        "body-too-large",
        "Refused before the first byte is read.",
    ),
    BadRequest(
        "a chunked body over the limit",
        chunked(b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n"),
        413,
        "body-too-large",
    ),
    BadRequest(
        "a `Content-Length` of thousands of digits", announced(b"9" * 5000), 400, None, closes=True
    ),
    BadRequest("a `Content-Length` that is no number", announced(b"+32"), 400, None, closes=True),
    BadRequest(
        "two that differ",
        request(headers=b"Content-Length: 31\r\n"),
        400,
        None,
        closes=True,
    ),
    BadRequest(
        "two that agree", request(headers=b"Content-Length: 32\r\n"), 400, None, closes=True
    ),
    BadRequest(
        "fewer bytes than announced",
        announced(b"33"),
        408,
        "body-timed-out",
        "After the mock's patience, 30 s by default. If the client leaves first, the journal has "
        "what came, with `complete` false and no status.",
    ),
    BadRequest(
        "more bytes than announced",
        announced(b"10"),
        400,
        "not-json",
        "What is left over is read as the next request, and answered 400.",
    ),
    BadRequest(
        "no length and not chunked", request(length=False), 400, "not-json", "A body of 0 bytes."
    ),
    BadRequest("a chunked body", chunked(_CHUNKS), 200, ""),
    BadRequest(
        "chunked and a length",
        request(_CHUNKS, headers=_CHUNKED),
        400,
        None,
        "No client means that; RFC 9112 calls it an attempt to smuggle a request.",
        closes=True,
    ),
    BadRequest(
        "a chunk size that is no number",
        chunked(b"zz\r\n" + BODY),
        400,
        "client-left",
        "The entry has the bytes before, `complete` false and no status.",
        closes=True,
    ),
    BadRequest(
        "a chunk longer than its size",
        chunked(b"5\r\n" + BODY + b"\r\n0\r\n\r\n"),
        400,
        "client-left",
        "The same.",
        closes=True,
    ),
    BadRequest(
        "another `Transfer-Encoding`",
        chunked(_CHUNKS, b"Transfer-Encoding: gzip, chunked\r\n"),
        200,
        "",
        "The chunks are undone, nothing else.",
    ),
    BadRequest(
        "`Expect: 100-continue`",
        request(headers=b"Expect: 100-continue\r\n"),
        200,
        "",
        "`100 Continue` goes out when the body is wanted; not before a 413.",
    ),
)

TARGETS: Final = (
    BadRequest("an unknown path", to(b"/v1/foo"), 404, "unknown-url"),
    BadRequest(
        "`//v1/responses`", to(b"//v1/responses"), 404, "unknown-url", "Paths are not tidied."
    ),
    BadRequest("`/v1/responses/`", to(b"/v1/responses/"), 404, "unknown-url"),
    BadRequest("`/v1/../v1/responses`", to(b"/v1/../v1/responses"), 404, "unknown-url"),
    BadRequest("`/v1/%72esponses`", to(b"/v1/%72esponses"), 200, "", "Percent-encoding is undone."),
    BadRequest("`/v1/responses%00`", to(b"/v1/responses%00"), 404, "unknown-url"),
    BadRequest("bytes over 127 in the target", to(b"/v1/\xff"), 400, None, closes=True),
    BadRequest("a target of 60,000 bytes", to(b"/" + b"a" * 60_000), 404, "unknown-url"),
    BadRequest(
        "a query",
        to(b"/v1/responses?api-version=1&api_key=key-from-query"),
        200,
        "",
        "It is noted, secrets in it masked, and changes nothing.",
    ),
    BadRequest("a fragment", to(b"/v1/responses#part"), 200, "", "It is left out."),
    BadRequest(
        "the absolute form, as proxies get it",
        to(b"http://user:key-from-user@mock/v1/responses"),
        200,
        "",
        "The user in it is not kept.",
    ),
    BadRequest("`CONNECT`", to(b"key-from-user@mock:443", b"CONNECT"), 400, None, closes=True),
    BadRequest("`OPTIONS *`", to(b"*", b"OPTIONS"), 404, "unknown-url"),
    BadRequest("another method", to(b"/v1/responses", b"PUT"), 405, "method-not-supported"),
    BadRequest(
        "a method in lower case, or one that HTTP does not know",
        to(b"/v1/responses", b"post"),
        400,
        None,
        closes=True,
    ),
    BadRequest("`OPTIONS`", to(b"/v1/responses", b"OPTIONS"), 405, "method-not-supported"),
    BadRequest(
        "`HEAD`", to(b"/v1/responses", b"HEAD"), 405, "method-not-supported", "Without a body."
    ),
)

KEYS: Final = (
    BadRequest("no key", keyed(b""), 401, "missing-key"),
    BadRequest("an empty key", keyed(b"Authorization: Bearer \r\n"), 401, "empty-key"),
    BadRequest(
        "another scheme", keyed(b"Authorization: Digest key-from-env\r\n"), 401, "wrong-scheme"
    ),
    BadRequest(
        "a tab after the scheme",
        keyed(b"Authorization: Bearer\tkey-from-env\r\n"),
        401,
        "wrong-scheme",
    ),
    BadRequest(
        "the scheme in another case", keyed(b"aUTHORIZATION:bEARER  key-from-call \r\n"), 200, ""
    ),
    BadRequest(
        "`Authorization` twice",
        keyed(_KEY + b"Authorization: Bearer key-from-env\r\n"),
        200,
        "",
        "The first one counts, both are masked. Of several schemes that a profile takes, the first "
        "in its `schemes` under which there is a key.",
    ),
    BadRequest(
        "a key in a cookie, the query or another header",
        keyed(b"Cookie: k=key-from-env\r\n"),
        401,
        "missing-key",
    ),
)

HTTP: Final = (
    BadRequest("HTTP/1.0", request(line=b"POST /v1/responses HTTP/1.0"), 200, "", closes=True),
    BadRequest("HTTP/2 without TLS", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, None, closes=True),
    BadRequest(
        "an upgrade to WebSocket",
        request(headers=b"Connection: upgrade\r\nUpgrade: websocket\r\n"),
        200,
        "",
        "The upgrade is not taken.",
    ),
    BadRequest("no `Host`", request().replace(b"Host: mock\r\n", b""), 200, ""),
    BadRequest(
        "a header of 150,000 bytes", request(headers=b"X: " + b"a" * 150_000 + b"\r\n"), 200, ""
    ),
    BadRequest(
        "a header of 1,000,000 bytes",
        request(headers=b"X: " + b"a" * 1_000_000 + b"\r\n"),
        400,
        None,
        closes=True,
    ),
    BadRequest("1,000 headers", request(headers=b"X: a\r\n" * 1000), 200, ""),
    BadRequest("NUL in a header", request(headers=b"X: a\0b\r\n"), 400, None, closes=True),
    BadRequest("a header without a colon", request(headers=b"X\r\n"), 400, None, closes=True),
    BadRequest("a folded header", request(headers=b"X: a\r\n b\r\n"), 400, None, closes=True),
    BadRequest(
        "lines that end with LF alone", request().replace(b"\r\n", b"\n"), 400, None, closes=True
    ),
    BadRequest(
        "TLS, or any other bytes", b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400, None, closes=True
    ),
)

SECTIONS: Final = {
    "The body": BODIES,
    "What is said of the body": MEDIA,
    "Length and framing": LENGTHS,
    "Target and method": TARGETS,
    "The key": KEYS,
    "HTTP itself": HTTP,
}

_INTRO: Final = """# Bad input

What the mock answers to requests that are odd or broken. Written by
`python -m tests.mock_upstream.bad_requests`; a test sends each of them over a socket, and fails
when this page says something else.

The answer is never a 500, and a request takes neither unbounded time nor unbounded memory. Checks
come in this order: path, method, size of the body, key, encoding and type of the body, JSON, the
profile's rules. A refusal is written in the profile's envelope; **rule** is what the journal and
the log call it. `no entry` stands for a request that the journal does not have: what is not HTTP
is answered by the HTTP server under the mock, with 400 and one line of text, and the connection is
closed.

Where a source shows OpenAI's words, the refusal has them (`mock_upstream/refusals.py` names each
source); a 408, 413 and 415 are worded by us.
"""

_OUTRO: Final = """
Several requests sent at once on one connection are answered one after the other, in their order,
whatever becomes of each; what is not HTTP ends the connection.

Nothing waits for ever. Half a head is answered 408 after 15 seconds and the connection closed; one
that is idle is closed after 75 seconds; a client that reads nothing of a reply for 60 seconds is
cut, and so is one that still sends two seconds after its request was answered before its end.
"""


def page() -> str:
    """Write the page."""
    return _INTRO + "".join(_section(title, rows) for title, rows in SECTIONS.items()) + _OUTRO


def _section(title: str, rows: tuple[BadRequest, ...]) -> str:
    return "\n".join([f"\n## {title}\n", *_table(rows)]) + "\n"


def _table(rows: tuple[BadRequest, ...]) -> Iterator[str]:
    yield "| sent | status | rule | |"
    yield "| --- | --- | --- | --- |"
    for row in rows:
        rule = "no entry" if row.rule is None else f"`{row.rule}`" if row.rule else ""
        yield f"| {row.what} | {row.status} | {rule} | {row.note} |"


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), "utf-8")
