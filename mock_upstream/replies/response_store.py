"""The responses that an upstream keeps, for `previous_response_id` and to be asked for again.

Bounded by count and by bytes: the oldest go first, so that a long run keeps flat memory.
"""

from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock
from typing import Final, NamedTuple

MAX_RESPONSES: Final = 1000
MAX_BYTES: Final = 16 * 2**20
"""Bytes of all kept responses together."""
MAX_CHAIN: Final = 1000
"""Links of a conversation that are followed back."""


class StoredResponse(NamedTuple):
    """A response as it was answered, what it continued, and the ids of the calls that it made."""

    id: str
    body: bytes
    previous: str | None
    call_ids: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes that it counts for: the body, and some for what stands around it."""
        return len(self.body) + 512


class ResponseStore:
    """The kept responses of one session. May be used from any thread.

    Raises `ValueError` if a bound is not positive.
    """

    def __init__(self, max_responses: int = MAX_RESPONSES, max_bytes: int = MAX_BYTES) -> None:
        if max_responses < 1 or max_bytes < 1:
            raise ValueError(
                f"max_responses is {max_responses}, max_bytes is {max_bytes}; "
                "give whole numbers from 1"
            )
        self._bounds = max_responses, max_bytes
        self._kept: OrderedDict[str, StoredResponse] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, response_id: object) -> bool:
        return response_id in self._kept

    @property
    def size(self) -> int:
        """Bytes of all kept responses together."""
        return self._bytes

    def keep(self, response: StoredResponse) -> None:
        """Keep a response; the oldest go to make room. One that is too large is not kept."""
        count, size = self._bounds
        weight = response.size
        with self._lock:
            if response.id in self._kept:
                self._drop(response.id)
            if weight > size:
                return
            self._kept[response.id] = response
            self._bytes += weight
            while len(self._kept) > count or self._bytes > size:
                self._bytes -= self._kept.popitem(last=False)[1].size

    def get(self, response_id: str) -> StoredResponse | None:
        """Look up a kept response."""
        return self._kept.get(response_id)

    def delete(self, response_id: str) -> bool:
        """Forget a response; says whether it was kept."""
        with self._lock:
            return self._drop(response_id)

    def call_ids(self, response_id: str) -> frozenset[str]:
        """Collect the ids of the calls made in a conversation that ends with a response."""
        return frozenset(key for one in self._chain(response_id) for key in one.call_ids)

    def _chain(self, response_id: str) -> Iterator[StoredResponse]:
        link: str | None = response_id
        for _ in range(MAX_CHAIN):
            response = None if link is None else self._kept.get(link)
            if response is None:
                return
            yield response
            link = response.previous

    def _drop(self, response_id: str) -> bool:
        response = self._kept.pop(response_id, None)
        if response is None:
            return False
        self._bytes -= response.size
        return True
