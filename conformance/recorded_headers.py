"""The headers of a recorded request: those of a short list with their values, others by name.

An allow-list, so that a header that nobody thought of shows as a name, and never as a value that
differs from machine to machine or is somebody's key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.matrix import Case

Headers = tuple[tuple[str, str | None], ...]
"""Names in lower case, sorted, each with its value or with None where only the name is kept."""

_VALUED: Final = ("content-type", "accept")
"""What the upstream reads the body by, and what it may answer in."""

_VOLATILE: Final = {
    "authorization": "recorded apart, as the name of its key",
    "host": "a free port, another one in every run",
    "content-length": "the body's, whose bytes are recorded",
    "user-agent": "the version of LiteLLM, or of the client inside it",
    "accept-encoding": "what the HTTP client can unpack where it is installed",
    "connection": "the HTTP client's own affair",
}
"""What is left out, and why; besides it ``x-stainless-``: the machine and versions of a client."""

_VOLATILE_PREFIX: Final = "x-stainless-"


def recorded(headers: Iterable[tuple[str, str]], case: Case) -> Headers:
    """Return what is kept of ``headers``: with values the list's, and what ``case`` asks for."""
    valued = {*_VALUED, *_configured(case)}
    lowered = ((name.lower(), value) for name, value in headers)
    kept = (
        (name, value if name in valued else None)
        for name, value in lowered
        if name not in _VOLATILE and not name.startswith(_VOLATILE_PREFIX)
    )
    return tuple(sorted(kept, key=lambda header: (header[0], header[1] or "")))


def _configured(case: Case) -> Iterator[str]:
    """Yield the names of the headers that the model's configuration of ``case`` asks for."""
    yield from (name.lower() for name, _ in case.options.extra_headers)
    for placement in case.delivery.placements:
        yield from map(str.lower, case.settings(placement).get("extra_headers", ()))


def text(headers: Headers) -> str:
    """Write ``headers`` in a line; a name without a value stands alone."""
    return ", ".join(name if value is None else f"{name}: {value}" for name, value in headers)
