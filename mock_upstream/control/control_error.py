"""A control call that is refused; nothing has changed then."""

from http import HTTPStatus
from typing import Final

CONTROL_TYPE: Final = "mock_upstream_control"
"""The type that every error body of the control API names."""


class ControlError(Exception):
    """A refusal: its status, a short code, a sentence for people, headers."""

    def __init__(
        self, status: HTTPStatus, code: str, message: str, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers

    def body(self, message: str) -> dict[str, object]:
        """Give the body, shaped like an upstream's error; `message` has no credentials in it."""
        return {"error": {"type": CONTROL_TYPE, "code": self.code, "message": message}}


def bad_request(message: str) -> ControlError:
    """Refuse what cannot be understood."""
    return ControlError(HTTPStatus.BAD_REQUEST, "bad_request", message)


def not_found(message: str) -> ControlError:
    """Refuse what is not there."""
    return ControlError(HTTPStatus.NOT_FOUND, "not_found", message)
