"""What carries a request and its reply, where our own server does: the connection."""

import socket
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mock_upstream.protocol import UpstreamProtocol

_NO_LINGER: Final = struct.pack("ii", 1, 0)
"""Close without waiting for what was not sent: the other side gets a reset."""


class Carrier:
    """One connection, for what writes on it past uvicorn: faults that break it, and the recorder.

    It asks its protocol for the transport, which comes later than it.
    """

    __slots__ = ("_protocol",)

    def __init__(self, protocol: "UpstreamProtocol") -> None:
        self._protocol = protocol

    @property
    def keep_alive(self) -> bool:
        """Whether the client asks for the connection to stay."""
        running = self._protocol.running
        return running is not None and running.keep_alive

    def write(self, data: bytes) -> None:
        """Write bytes as they stand."""
        self._protocol.transport.write(data)

    async def drain(self) -> None:
        """Wait until the client has read, or is gone."""
        await self._protocol.flow.drain()

    def finish(self, *, stays: bool) -> None:
        """End a reply that was written here; the connection takes the next request, or closes."""
        running = self._protocol.running
        if running is None or running.response_complete:
            return
        running.response_started = running.response_complete = True
        running.message_event.set()
        if not stays:
            self._protocol.transport.close()
        running.on_response()

    def end(self, *, reset: bool = False) -> None:
        """Close the connection behind what was written, or reset it at once."""
        transport = self._protocol.transport
        if not reset:
            transport.close()
            return
        carried = transport.get_extra_info("socket")
        if carried is not None:
            carried.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()
