"""The connection under a request, on the mock's own server, for the faults that break it."""

import socket
import struct
from asyncio import Transport
from typing import Final, Protocol

_NO_LINGER: Final = struct.pack("ii", 1, 0)
"""Close without waiting for what was not sent: the other side gets a reset."""


class Carrying(Protocol):
    """A server's protocol, once a connection was made."""

    transport: Transport


class Carrier:
    """One connection. It asks its protocol for the transport, which comes later than it."""

    __slots__ = ("_protocol",)

    def __init__(self, protocol: Carrying) -> None:
        self._protocol = protocol

    def write(self, data: bytes) -> None:
        """Write bytes as they stand."""
        self._protocol.transport.write(data)

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
