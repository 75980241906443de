"""Who may drive the mock: this machine alone, or whoever has the token.

The control API hands out the texts of requests and changes answers, so that it is not for every
caller of the upstream. Its token has a header of its own: a key for the upstream is never one.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from mock_upstream.control.control_error import ControlError

TOKEN_HEADER: Final = "x-mock-token"  # noqa: S105 -- a header's name

_HEADER: Final = TOKEN_HEADER.encode("ascii")
_LONGEST_TOKEN: Final = 1024


@dataclass(frozen=True, slots=True)
class ControlAccess:
    """What is asked of a caller: nothing on loopback, or the `token` wherever it comes from.

    With `off` nobody may call. Raises `ValueError` for a token that no header can carry.
    """

    token: str | None = field(default=None, repr=False)
    off: bool = False

    def __post_init__(self) -> None:
        token = self.token
        if token is not None and not (
            token.isascii() and token.isprintable() and token == token.strip() and token
        ):
            raise ValueError("the control token is empty, or has characters that no header carries")
        if token is not None and len(token) > _LONGEST_TOKEN:
            raise ValueError(f"the control token is longer than {_LONGEST_TOKEN} characters")

    def check(self, scope: Any) -> None:
        """Raise `ControlError` if this request may not call."""
        if self.off:
            raise _forbidden(
                "The control API is off: start the mock on 127.0.0.1, or with "
                "--control-token-env NAME."
            )
        headers = scope["headers"]
        if self.token is not None:
            self._check_token(headers, self.token)
            return
        if not (_is_local(scope.get("client")) and _is_local(scope.get("server"))):
            raise _forbidden(
                "The control API answers on loopback only: call it from the mock's own machine, or "
                "start the mock with --control-token-env NAME."
            )
        if _first(headers, b"origin") is not None or not _is_plain(_first(headers, b"host")):
            raise _forbidden(
                "The control API answers no web page: leave out the header Origin, and call it by "
                "an address such as 127.0.0.1 or by localhost."
            )

    def _check_token(self, headers: Iterable[tuple[bytes, bytes]], token: str) -> None:
        given = _first(headers, _HEADER)
        if given is None or not hmac.compare_digest(given, token.encode("ascii")):
            said = "is missing" if given is None else "is another one"
            raise ControlError(
                HTTPStatus.UNAUTHORIZED,
                "token",
                f"The control API asks for its token in the header {TOKEN_HEADER}; it {said}.",
            )


def _forbidden(message: str) -> ControlError:
    return ControlError(HTTPStatus.FORBIDDEN, "forbidden", message)


def _first(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> bytes | None:
    return next((value for name, value in headers if name == wanted), None)


def _is_local(address: Any) -> bool:
    """Say whether an address is this machine's own; one that is no IP is in the process."""
    import ipaddress

    try:
        ip = ipaddress.ip_address(address[0].partition("%")[0])
    except (TypeError, ValueError, AttributeError):
        return True
    return (getattr(ip, "ipv4_mapped", None) or ip).is_loopback


def _is_plain(host: bytes | None) -> bool:
    """Say whether a Host cannot be a name that a web page's owner lets point here."""
    import ipaddress

    if not host:
        return True
    name = host.decode("latin-1").rpartition("]")[0].lstrip("[") or host.decode("latin-1")
    name = name.partition(":")[0] if name.count(":") == 1 else name
    if "." not in name or name.endswith((".localhost", ".localhost.")):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
