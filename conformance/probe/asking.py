"""Asks with the key: counts requests and tokens, waits where the upstream is busy, and stops."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import orjson

from conformance.probe.exits import BUSY, ProbeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.matrix import Api
    from conformance.probe.experiment import Payload
    from conformance.probe.wire import Answer, Wire

TARGETS: Final[Mapping[Api, str]] = {
    "responses": "/responses",
    "chat": "/chat/completions",
}
BYTES_A_TOKEN: Final = 4
_BUSY: Final = (429, 502, 503, 504, 529)
_TOO_MANY: Final = 429
_SOONEST: Final = 1.0
_LONGEST: Final = 30.0
_TIMES: Final = 3


class SpentError(Exception):
    """The bound of requests is reached, or the upstream has stopped answering; says which."""


@dataclass(slots=True)
class Asking:
    """Sends requests to one upstream with one key, and keeps count.

    ``most`` requests are sent at the most, and ``patience`` seconds spent on waiting in all.
    """

    wire: Wire
    key: str = field(repr=False)
    most: int
    patience: float
    told: Callable[[int], None]
    pause: Callable[[float], None] = time.sleep
    sent: int = 0
    bytes_sent: int = 0
    waited: float = 0.0

    def ask(self, api: Api, payload: Payload, headers: Mapping[str, str]) -> Answer:
        """Send a request with the key and return what came, after waiting where that is asked.

        Raises `SpentError` where no more may be sent, and `ProbeError` where there is no answer.
        """
        given = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return self.bare(TARGETS[api], payload, {**given, **headers})

    def bare(self, target: str, payload: object, headers: Mapping[str, str]) -> Answer:
        """Send a request with these headers alone."""
        for _ in range(_TIMES):
            answer = self._once(target, payload, headers)
            if answer.status not in _BUSY:
                return answer
            wait = _asked_to_wait(answer)
            if self.waited + wait > self.patience:
                break
            self.waited += wait
            self.pause(wait)
        if answer.status == _TOO_MANY:
            raise ProbeError(
                BUSY,
                f"{self.wire.address} answers 429 (too many requests), after {self.waited:g} s of "
                "waiting too; come back later, or see --wait",
            )
        return answer

    def _once(self, target: str, payload: object, headers: Mapping[str, str]) -> Answer:
        if self.sent >= self.most:
            raise SpentError(f"--max-requests {self.most} was reached")
        self.sent += 1
        self.bytes_sent += 0 if payload is None else len(orjson.dumps(payload))
        self.told(self.sent)
        return self.wire.ask(target, payload, headers)

    @property
    def tokens_sent(self) -> int:
        """About how many tokens the requests had."""
        return self.bytes_sent // BYTES_A_TOKEN


def _asked_to_wait(answer: Answer) -> float:
    said = answer.headers.get("retry-after", "")
    try:
        seconds = float(said)
    except ValueError:
        seconds = _until(said)
    return min(max(_SOONEST, seconds), _LONGEST)  # in this order not-a-number is the soonest


def _until(said: str) -> float:
    try:
        return parsedate_to_datetime(said).timestamp() - time.time()
    except (TypeError, ValueError):
        return _SOONEST
