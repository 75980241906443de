"""What a reply plan may hold: checked where a test writes it, not where it is sent.

Each check raises `TypeError` or `ValueError` with what was received and what to give instead.
"""

import re

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LARGEST_COUNT = 2**53 - 1
LONGEST_PAUSE = 86400.0
"""Seconds that a reply is held back at most: a day."""

_FASTEST = 1_000_000
_STATUSES = range(200, 600)
_NO_BODY_STATUSES = frozenset({204, 205, 304})


def require_text(name: str, value: object) -> None:
    """Accept text that JSON in UTF-8 can carry."""
    if not isinstance(value, str):
        raise TypeError(f"{name} is {type(value).__name__}; give a str")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(
            f"{name} holds a lone surrogate at position {error.start}, which JSON in UTF-8 cannot "
            "carry; use a RawReply to send malformed bytes"
        ) from error


def require_count(name: str, value: object) -> None:
    """Accept a whole number from 0 that JSON readers keep exact."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is {type(value).__name__}; give an int")
    if not 0 <= value <= _LARGEST_COUNT:
        raise ValueError(f"{name} is {value}; give a whole number from 0 to 2**53 - 1")


def require_seconds(name: str, value: object) -> None:
    """Accept a number of seconds up to a day."""
    if not _is_number(value) or not 0 <= value <= LONGEST_PAUSE:  # type: ignore[operator]  # a number
        raise ValueError(f"{name}: received {value!r}; expected seconds from 0 to 86400")


def require_rate(name: str, value: object) -> None:
    """Accept a number of tokens a second."""
    if not _is_number(value) or not 0 < value <= _FASTEST:  # type: ignore[operator]  # a number
        raise ValueError(f"{name}: received {value!r}; expected a number above 0, up to {_FASTEST}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def check_status(status: object) -> None:
    """Accept the status of a final response."""
    if not isinstance(status, int) or status not in _STATUSES:
        raise ValueError(f"RawReply.status is {status!r}; give an HTTP status from 200 to 599")


def check_takes_body(status: int) -> None:
    """Accept a status whose response may have a body."""
    if status in _NO_BODY_STATUSES:
        raise ValueError(f"status {status} has no body in HTTP; leave out the chunks")


def check_header(name: str, value: str) -> None:
    """Accept what may stand on one header line."""
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"RawReply header name {name!r} is not an HTTP token; use letters and -")
    if not value.isprintable() or not value.isascii() or value != value.strip():
        raise ValueError(
            f"RawReply header {name!r} has the value {value!r}; give printable ASCII without "
            "space at its ends"
        )


def check_chunk(chunk: object) -> None:
    """Accept bytes, or a pause in seconds."""
    if isinstance(chunk, bytes):
        return
    if isinstance(chunk, bool) or not isinstance(chunk, int | float):
        raise TypeError(f"a RawReply chunk is {type(chunk).__name__}; give bytes, or seconds")
    if not 0 <= chunk <= LONGEST_PAUSE:
        raise ValueError(f"a RawReply pause is {chunk!r}; give seconds from 0 to {LONGEST_PAUSE:g}")
