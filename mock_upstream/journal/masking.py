"""Masks the credentials in a request's body; all other bytes stay as they came.

A body is walked token by token rather than parsed, so that white space, key order, escapes and
keys given twice survive, a body that is JSON stays JSON, and half a body is masked too.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from mock_upstream.access.credentials import Fingerprints
from mock_upstream.journal.body_walk import Piece, Standing, pieces
from mock_upstream.journal.json_text import decoded, encoded, is_json

_BEARER: Final = re.compile(
    rb"\b(?P<word>(?i:bearer)(?:\s++|%20|\+))(?P<key>[^\s,;&\"'\\<>(){}\[\]]++)"
)
_USER: Final = re.compile(rb"//([^/?#@\s\"'\\:]++:[^/?#@\s\"'\\]++)(?=@)")
_SHAPE: Final = re.compile(rb"\bsk-[A-Za-z0-9_-]{20,}+")
_PAIR: Final = re.compile(
    rb"(?i)(?P<name>(?:api[-_]?key|token|secret|password|passwd|authorization|credential|cookie)"
    rb"[\"']?\s*+[=:]\s*+[\"']?(?:bearer\s++|basic\s++)?)(?P<value>[^\s\"'&,;\\{}()\[\]<>]++)"
)
_SCHEME: Final = re.compile(rb"(?i)(?:bearer|basic|apikey|token)\s++")
_A_KEY: Final = re.compile(rb"[0-9_.=-]")

_MASKED: Final = b"fingerprint:"
_CONSTANTS: Final = frozenset({b"true", b"false", b"null"})

_DEEPEST: Final = 3
"""JSON in a string of JSON in a string: further in, names of keys no longer count."""
_WHOLE_WORD: Final = 8
"""A key under this many bytes is masked where it is a word of its own, not within others."""
_TELLING: Final = 4
"""A secret under this many bytes is not searched for in the mock's own messages."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A body without its credentials, and the credentials: for masking what quotes the body."""

    data: bytes
    secrets: frozenset[bytes]


class BodyMask:
    """Masks one request's body; `secrets` are what its head presented, and the known keys."""

    def __init__(self, secrets: Iterable[bytes], fingerprints: Fingerprints) -> None:
        self._mark = fingerprints.mark
        self._given = tuple(sorted(filter(None, secrets), key=len, reverse=True))
        self._patterns = tuple(map(_pattern, self._given))
        self._found: set[bytes] = set()

    def body(self, body: bytes) -> Masked:
        """Mask a body. What was valid JSON still is."""
        encoding = _wide(body)
        data = self._masked(body) if encoding is None else self._masked_wide(body, encoding)
        return Masked(data, frozenset(self._found.union(self._given)))

    def text(self, text: str) -> str:
        """Mask a text that may quote the request, such as the message of a refusal."""
        data = self._plain(text.encode("utf-8", "surrogatepass"))
        for secret in sorted(self._found, key=len, reverse=True):
            if len(secret) >= _TELLING:
                data = data.replace(secret, self._mark(secret))
        return data.decode("utf-8", "surrogatepass")

    def _masked_wide(self, body: bytes, encoding: str) -> bytes:
        end = len(body) // 2 * 2
        text = body[:end].decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
        shown = self._masked(text).decode("utf-8", "surrogatepass")
        return self._plain(shown.encode(encoding, "surrogatepass") + body[end:])

    def _masked(self, body: bytes) -> bytes:
        data = self._walked(body, 0)
        return data if is_json(body) else _PAIR.sub(self._of_pair, self._plain(data))

    def _walked(self, body: bytes, depth: int) -> bytes:
        kept: list[bytes] = []
        at = 0
        for piece in pieces(body):
            shown = self._shown(piece, depth)
            if shown is not None:
                kept += (body[at : piece.start], shown)
                at = piece.end
        return b"".join((*kept, body[at:])) if at else body

    def _shown(self, piece: Piece, depth: int) -> bytes | None:
        """Mask one string or number; None if it stays as it is."""
        if piece.standing is Standing.SECRET:
            return self._secret(piece)
        if not piece.quoted:
            return None
        text = decoded(piece.text)
        shown = self._plain(text)
        if depth < _DEEPEST and piece.standing is not Standing.KEY and _may_be_json(text):
            shown = self._walked(shown, depth + 1)
        if shown == text:
            return None
        return encoded(shown) if b"\\" in piece.text else shown

    def _secret(self, piece: Piece) -> bytes | None:
        text = decoded(piece.text)
        scheme = _SCHEME.match(text)
        secret = text[scheme.end() :] if scheme else text
        if not secret.strip():
            return None
        self._found.add(secret)
        shown = (scheme[0] if scheme else b"") + self._mark(secret)
        return encoded(shown) if piece.quoted else b'"' + shown + b'"'

    def _plain(self, text: bytes) -> bytes:
        """Mask in a text what is a credential wherever it stands."""
        for secret, pattern in zip(self._given, self._patterns, strict=True):
            if secret in text:
                text = pattern.sub(self._whole, text)
        if b"//" in text:
            text = _USER.sub(lambda met: b"//" + self._mark(met[1]), text)
        if b"sk-" in text:
            text = _SHAPE.sub(self._whole, text)
        if b"bearer" in text.lower():
            text = _BEARER.sub(self._of_bearer, text)
        return text

    def _whole(self, met: re.Match[bytes]) -> bytes:
        return self._mark(met[0])

    def _of_bearer(self, met: re.Match[bytes]) -> bytes:
        prose = met["word"].startswith(b"bearer") and not _A_KEY.search(met["key"])
        kept = prose or met["key"].startswith(_MASKED)
        return met[0] if kept else met["word"] + self._mark(met["key"])

    def _of_pair(self, met: re.Match[bytes]) -> bytes:
        kept = met["value"] in _CONSTANTS or met["value"].startswith(_MASKED)
        return met[0] if kept else met["name"] + self._mark(met["value"])


def _pattern(secret: bytes) -> re.Pattern[bytes]:
    text = re.escape(secret)
    return re.compile(rb"(?<!\w)" + text + rb"(?!\w)" if len(secret) < _WHOLE_WORD else text)


def _may_be_json(text: bytes) -> bool:
    return text[:64].lstrip()[:1] in (b"{", b"[") and b'"' in text


def _wide(body: bytes) -> str | None:
    """Tell UTF-16 by its first bytes; JSON begins with ASCII, or with a byte order mark."""
    if body[:2] == b"\xff\xfe" or (body[:1] and body[1:2] == b"\0"):
        return "utf-16-le"
    if body[:2] == b"\xfe\xff" or body[:1] == b"\0":
        return "utf-16-be"
    return None
