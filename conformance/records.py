"""Records: all cases of one scenario with their outcomes, to be looked up and compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from conformance.variants import variant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from conformance.matrix import Api, Case, Method
    from conformance.outcome import Outcome, Record, Sent
    from conformance.replay import Replay
    from conformance.scenarios import Scenario


@dataclass(slots=True)
class Records:
    """The recorded cases of ``scenario``, and the replays of their distinct payloads."""

    scenario: Scenario
    outcomes: dict[Case, Outcome]
    replays: tuple[Replay, ...] = ()
    _payloads: dict[str, Any] = field(default_factory=dict)
    _unflagged: dict[tuple[Api, Method], Case] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for case in self.outcomes:
            if case.is_plain and case.delivery.is_unset and case.entry == "sdk":
                self._unflagged.setdefault((case.api, case.method), case)

    @classmethod
    def of(cls, scenario: Scenario, records: Iterable[Record]) -> Records:
        """Collect ``records``, which are all of ``scenario``."""
        return cls(scenario, {record.case: record.outcome for record in records})

    def sent(self, case: Case) -> Sent | None:
        """Return the request of ``case`` if exactly one left for each call, all the same bytes."""
        sent = self.outcomes[case].sent
        alike = len(sent) == case.calls and len({one.sha256 for one in sent}) == 1
        return sent[0] if alike else None

    def payload(self, case: Case) -> Any:
        """Return the parsed body that ``case`` sent; parsed once for equal bytes.

        None if not one request left; an empty object for a body that is no JSON object.
        """
        sent = self.sent(case)
        return None if sent is None else self.payload_of(sent)

    def payload_of(self, sent: Sent) -> Any:
        """Return the parsed body of ``sent``; an empty object if it is no JSON object."""
        if sent.sha256 not in self._payloads:
            self._payloads[sent.sha256] = _parsed(sent.body)
        return self._payloads[sent.sha256]

    def sending(self) -> Iterator[tuple[Case, Sent, Any]]:
        """Yield the plain cases that sent exactly one request, with it and its payload."""
        return (found for found in self.all_sending() if found[0].is_plain)

    def all_sending(self) -> Iterator[tuple[Case, Sent, Any]]:
        """Yield every case that sent exactly one request, with it and its payload.

        A variant that goes to another API, Anthropic's, sends no payload that a claim is about.
        """
        for case in self.outcomes:
            sent = self.sent(case)
            if sent is not None and not _is_another_api(case):
                yield case, sent, self.payload(case)

    def unflagged(self, api: Api, method: Method) -> Case:
        """Return the plain case of ``method`` that no flag is set in."""
        return self._unflagged[api, method]

    def distinct(self) -> dict[str, tuple[Case, Sent]]:
        """Return the distinct payloads by sha256, each with the first case that sent it."""
        found: dict[str, tuple[Case, Sent]] = {}
        for case in self.outcomes:
            for sent in () if _is_another_api(case) else self.outcomes[case].sent:
                found.setdefault(sent.sha256, (case, sent))
        return found


def _is_another_api(case: Case) -> bool:
    return variant(case.options.variant).is_another_api


def _parsed(body: bytes) -> Any:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
