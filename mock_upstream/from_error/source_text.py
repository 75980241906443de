"""Reads what somebody pasted or piped: text within a bound, or a reason why it is none."""

import re
from typing import Final, Literal, TypeAlias

LONGEST: Final = 16 * 2**20
"""Bytes that are read at most: a log of more is cut by hand, around the error."""

Unreadable: TypeAlias = Literal["empty", "enormous", "binary"]

_BOMS: Final = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
_LOOKED_AT: Final = 65_536
_MOST_CONTROLS: Final = 0.02
_PLAIN: Final = frozenset("\t\n\r\f\b\x1b")
_KEY: Final = re.compile(
    r"(?i)((?:authorization|x-api-key|api-key|api_key)[\"']?\s{0,9}[:=]\s{0,9}[\"']?(?:bearer\s+|basic\s+)?)"
    r"[^\s\"'\\,}]{6,}"
)
_LIKE_A_KEY: Final = re.compile(
    r"\b(Bearer\s{1,9}|sk-|gsk_|xai-|pplx-|nvapi-|hf_|r8_|gh[oprsu]_|github_pat_|AIza|AKIA|eyJ)"
    r"(?=[\w.~+/-]{0,300}\d)[\w.~+/-]{16,}={0,2}"
)
"""By how the vendors' keys begin."""

_CALLED_A_KEY: Final = re.compile(
    r"(?i)((?:\b|_)(?:key|token|secret|password)(?: provided)?[\"'`]?\s{0,9}(?:[:=]|\bis\b)?"
    r"\s{0,9}[\"'`(]?)(?=[\w~+/-]{0,300}\d)(?=[\w~+/-]{0,300}[a-z])[\w~+/-]{16,}={0,2}"
)
_IN_A_URL: Final = re.compile(
    r"(?i)(://)[^\s/@\"'\\]{1,300}@"
    r"|([?&](?:api[-_]?|access[-_]?)?(?:key|token)=)[^\s&\"'\\\]]{6,600}"
)


class UnreadableError(ValueError):
    """Bytes that hold no text to look for an error in; `kind` says in which way."""

    def __init__(self, kind: Unreadable, message: str) -> None:
        super().__init__(message)
        self.kind: Unreadable = kind


def read_source(data: bytes) -> str:
    """Return the text. Raises `UnreadableError`."""
    if len(data) > LONGEST:
        raise UnreadableError(
            "enormous",
            f"received more than {LONGEST // 2**20} MiB; expected an error, or the part of a log "
            "around it: cut it out with grep -n or tail",
        )
    if not data.strip():
        raise UnreadableError(
            "empty", "received nothing; expected an error's text, in a file or on standard input"
        )
    text = _decoded(data)
    shown = text[:_LOOKED_AT]
    controls = sum(1 for sign in shown if sign < " " and sign not in _PLAIN)
    if controls > _MOST_CONTROLS * len(shown):
        raise UnreadableError(
            "binary",
            f"received {len(data)} bytes that are no text; expected an error's text (compressed? "
            "unpack it first)",
        )
    return without_keys(text)


def without_keys(text: str) -> str:
    """Return a text with what looks like a key hidden: nothing of it goes any further."""
    for pattern in (_KEY, _LIKE_A_KEY, _CALLED_A_KEY):
        text = pattern.sub(r"\1<hidden>", text)
    return _IN_A_URL.sub(lambda at: f"{at[1]}<hidden>@" if at[1] else f"{at[2]}<hidden>", text)


def _decoded(data: bytes) -> str:
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1") if _MOST_CONTROLS * len(data) > _high(data) else _binary(data)


def _high(data: bytes) -> int:
    """Count the bytes beyond ASCII of the beginning, as a share of the whole."""
    shown = data[:_LOOKED_AT]
    return round(sum(1 for byte in shown if byte > 0x7F) * len(data) / max(len(shown), 1))  # noqa: PLR2004 - the last of ASCII


def _binary(data: bytes) -> str:
    raise UnreadableError(
        "binary",
        f"received {len(data)} bytes that are no UTF-8; expected an error's text (compressed? "
        "unpack it first)",
    )
