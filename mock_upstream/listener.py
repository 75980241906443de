"""The socket that a server listens on, and the URL that leads to it."""

import errno
import socket
from collections.abc import Mapping
from typing import Final

_WILDCARDS: Final[Mapping[str, str]] = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- read from a socket, not bound
_PORTS: Final = range(65536)  # a larger one would be cut to 16 bits by the resolver
_REASONS: Final[Mapping[int, str]] = {
    errno.EADDRINUSE: "the port is in use; choose another one, or 0 for a free one",
    errno.EACCES: "this user may not listen on that port; choose one from 1024, or 0",
    errno.EADDRNOTAVAIL: "this machine does not have that address; use 127.0.0.1",
}


class ServerStartError(RuntimeError):
    """The mock cannot listen where it was told to; the message says why and what to do."""


def listen(host: str, port: int) -> socket.socket:
    """Bind a listening socket; port 0 takes a free one. Raises `ServerStartError`."""
    if port not in _PORTS:
        raise ServerStartError(_refusal(host, port, "there is no such port; use 0 to 65535"))
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError, OverflowError) as error:
        raise ServerStartError(_refusal(host, port, "no such address; use 127.0.0.1")) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        reason = _REASONS.get(error.errno or 0, str(error.strerror))
        raise ServerStartError(_refusal(host, port, reason)) from error
    return listener


def url_of(listener: socket.socket) -> str:
    """Write the URL that reaches a listening socket from this machine."""
    host, port = listener.getsockname()[:2]
    host = _WILDCARDS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_loopback(listener: socket.socket) -> bool:
    """Say whether only this machine can reach a listening socket."""
    host: str = listener.getsockname()[0]
    return host == "::1" or host.startswith("127.")


def _refusal(host: str, port: int, reason: str) -> str:
    return f"Cannot listen on {host} port {port}: {reason}."
