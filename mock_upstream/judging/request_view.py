"""A request as rules look at it: its body, and what several rules need of it, made once."""

from collections.abc import Callable
from typing import TypeVar, cast

from mock_upstream.verdict import Payload

T = TypeVar("T")


class RequestView:
    """One request's body. `shared` keeps what rules make of it for the rules after them."""

    __slots__ = ("_made", "payload")

    def __init__(self, payload: Payload) -> None:
        self.payload = payload
        self._made: dict[object, object] = {}

    def shared(self, key: object, make: Callable[[Payload], T]) -> T:
        """Give what `make` makes of the body; it is made once under a key."""
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = make(self.payload)
        return cast("T", made)
