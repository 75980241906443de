"""Requests as bytes on the wire: good heads, odd heads, broken framing."""

from dataclasses import dataclass
from random import Random
from typing import Final

from fuzz.body_mutations import as_text, mutated_bytes, mutated_value
from fuzz.seeds import BODIES, CHAT, RESPONSES

KEY: Final = b"key-from-fuzzer"

_PATHS: Final = (
    b"/v1/models", b"/v1/models/gpt-5.2", b"/v1/models/%F0", b"/v1/responses/resp_1", b"/v1/foo",
    b"/v1/responses/", b"//v1/responses", b"/v1/%72esponses", b"/v1/responses?api_key=" + KEY,
    b"/v1/responses/resp_1?x", b"/v1/responses/resp_1/cancel", b"/", b"*", b"/" + b"a" * 9000,
    b"http://u:" + KEY + b"@h/v1/responses", b"/v1/responses%00", b"/openai/v1/responses",
)  # fmt: skip
_METHODS: Final = (b"GET", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"BREW", b"post")
_NOT_HTTP: Final = (b"BREW ", b"post ")
"""Beginnings of requests that end the connection: the server's parser knows no such method."""
_HEADERS: Final = (
    b"Content-Type: application/json", b"Content-Type: text/plain", b"Content-Type: \xff;\xfe",
    b"Content-Encoding: gzip", b"Content-Encoding: identity", b"Expect: 100-continue",
    b"Authorization: Bearer", b"Authorization: Basic " + KEY, b"Authorization: " + KEY,
    b"authorization: bearer\t" + KEY, b"api-key: " + KEY, b"x-api-key: " + KEY, b"Cookie: a=" + KEY,
    b"Accept: text/event-stream", b"X: " + b"y" * 9000, b"OpenAI-Beta: a=b",
    b"Connection: keep-alive", b"Editor-Version: x", b"anthropic-beta: x", b"User-Agent: \xe9",
)  # fmt: skip
_LENGTHS: Final = (b"0", b"1", b"-1", b"+5", b"9" * 30, b"4x", b"5, 5", b"")


@dataclass(frozen=True, slots=True)
class Sent:
    """Bytes for one connection.

    `framed` says that they are `count` whole requests, so that as many replies are due.
    """

    data: bytes
    count: int
    framed: bool


def batch(random: Random) -> Sent:
    """Write the requests of one connection, sent at once: mostly well framed, some not."""
    requests = [_request(random) for _ in range(random.choice((1, 4, 8, 16)))]
    data = b"".join(requests)
    if random.random() < 0.92:
        framed = not any(request.startswith(_NOT_HTTP) for request in requests)
        return Sent(data, len(requests), framed=framed)
    broken = [*requests[: random.randrange(len(requests))], _broken(random, requests[-1])]
    return Sent(b"".join(broken), len(broken), framed=False)


def _request(random: Random) -> bytes:
    if random.random() < 0.1:
        head = _head(random, random.choice(_METHODS), random.choice(_PATHS))
    else:
        head = _head(random, b"POST", random.choice(tuple(BODIES)).encode())
    body = b"" if random.random() < 0.02 else _body(random)
    if random.random() < 0.1:
        return head + b"Transfer-Encoding: chunked\r\n\r\n" + _chunked(random, body)
    return head + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def _body(random: Random) -> bytes:
    seeds = RESPONSES + CHAT
    value = mutated_value(random, random.choice(seeds), random.choice(seeds))
    text = as_text(random, value)
    return mutated_bytes(random, text) if random.random() < 0.3 else text


def _head(random: Random, method: bytes, target: bytes) -> bytes:
    lines = [method + b" " + target + b" HTTP/1.1", b"Host: mock"]
    if random.random() < 0.97:
        lines.append(b"Authorization: Bearer " + KEY)
    if random.random() < 0.1:
        lines += random.choices(_HEADERS, k=random.choice((1, 1, 3)))
    return b"\r\n".join([*lines, b""])


def _chunked(random: Random, body: bytes) -> bytes:
    size = random.choice((1, 10, 1000, 70_000)) if len(body) < 3000 else 70_000
    pieces = [body[place : place + size] for place in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def _broken(random: Random, request: bytes) -> bytes:
    """Break the framing: the head's bytes, its length, the chunks, or where it all ends."""
    head, _, body = request.partition(b"\r\n\r\n")
    match random.randrange(4):
        case 0:
            return mutated_bytes(random, head) + b"\r\n\r\n" + body
        case 1:
            return head + b"\r\nContent-Length: " + random.choice(_LENGTHS) + b"\r\n\r\n" + body
        case 2:
            return head + b"\r\n\r\n" + mutated_bytes(random, body)
        case _:
            return request[: random.randrange(len(request))]
