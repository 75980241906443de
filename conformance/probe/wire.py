"""One request to the upstream and its answer, bounded in time and size.

It stands on the recorder's own client, which follows nothing, adds nothing and asks no environment
for a proxy. The key goes into the header and nowhere else.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

from conformance.probe.exits import CERTIFICATE, ENDLESS, SILENT, UNREACHABLE, ProbeError
from mock_upstream.recording.upstream import (
    Asking,
    BrokenOffError,
    Upstream,
    UpstreamFailureError,
    Waiting,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from mock_upstream.recording.address import Address

MOST_BYTES: Final = 4_000_000
_CODES: Final[Mapping[str, int]] = {
    "upstream-certificate": CERTIFICATE,
    "upstream-timed-out": SILENT,
}
_AGENT: Final = b"conformance-probe"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the upstream answered: the whole of it, header names in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    seconds: float

    @property
    def kind(self) -> str:
        """The content type, without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def json(self) -> Any:
        """Return the body's JSON; None for what is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None


class Wire:
    """Asks one upstream, one request at a time; a context manager.

    ``patience`` is how many seconds a whole answer may take. Raises `ProbeError` where there is no
    whole answer.
    """

    def __init__(self, address: Address, patience: float, authorities: str | None = None) -> None:
        self.address = address
        self._patience = patience
        waiting = Waiting(connecting=2 * patience, reading=2 * patience)  # the whole is less
        self._upstream = Upstream(address, waiting, authorities, kept=1)
        self._runner = asyncio.Runner()

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._runner.run(self._upstream.aclose())
        self._runner.close()

    def ask(self, target: str, payload: object, headers: Mapping[str, str]) -> Answer:
        """Send one request: a POST of ``payload`` as JSON, or a GET where that is None."""
        return self._runner.run(self._asked(target, payload, headers))

    async def _asked(self, target: str, payload: object, headers: Mapping[str, str]) -> Answer:
        body = b"" if payload is None else orjson.dumps(payload)
        asking = Asking(
            "GET" if payload is None else "POST",
            self.address.target(target.encode("ascii")),
            self._headers(headers, body),
            body,
        )
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self._patience):
                status, received, data = await self._received(asking)
        except TimeoutError:
            raise ProbeError(
                SILENT,
                f"{self.address} gave no whole answer within {self._patience:g} s; "
                "is it an API? See --timeout.",
            ) from None
        return Answer(status, received, data, time.monotonic() - begun)

    async def _received(self, asking: Asking) -> tuple[int, dict[str, str], bytes]:
        try:
            async with self._upstream.asked(asking) as reply:
                data = bytearray()
                async for piece in reply.pieces():
                    data += piece
                    if len(data) > MOST_BYTES:
                        raise ProbeError(
                            ENDLESS,
                            f"{self.address} sent more than {MOST_BYTES:,} bytes in one reply; "
                            "the rest was not read",
                        )
                headers = {_text(name).lower(): _text(value) for name, value in reply.headers}
                return reply.status, headers, bytes(data)
        except UpstreamFailureError as error:
            violation = error.violation
            raise ProbeError(_CODES.get(violation.rule, UNREACHABLE), violation.message) from None
        except BrokenOffError:
            raise ProbeError(
                UNREACHABLE, f"{self.address} broke off in the middle of a reply"
            ) from None

    def _headers(self, headers: Mapping[str, str], body: bytes) -> list[tuple[bytes, bytes]]:
        own = [(b"Host", self.address.netloc), (b"User-Agent", _AGENT), (b"Accept", b"*/*")]
        if body:
            own += [(b"Content-Type", b"application/json")]
            own += [(b"Content-Length", str(len(body)).encode("ascii"))]
        given = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
        return own + given


def _text(data: bytes) -> str:
    return data.decode("latin-1")
