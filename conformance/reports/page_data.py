"""The data of the page: every case, and each payload once, for the page's script to draw.

Payloads of one scenario are nearly the same, so they are kept as a forest of shared nodes: a node
is the JSON text of a scalar, or ``["[", node, …]`` or ``["{", key, node, …]`` with numbers of
nodes. The script only puts texts together and reads no number, so that nothing is rounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from conformance.ledger_table import short_name
from conformance.matrix import APIS, METHODS, word
from conformance.reports.commands import repeat_command
from conformance.reports.departures import Departures
from conformance.reports.visible import visible, visible_json

if TYPE_CHECKING:
    from collections.abc import Hashable

    from conformance.reports.lines import CaseLine, SentLine
    from conformance.reports.result import Result

_NO_FLAG: Final = "no flag"


class Table:
    """Values told apart and numbered in the order in which they first came."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def number(self, value: Hashable) -> int:
        """Return the number of ``value``, a new one if it is new."""
        return self._numbers.setdefault(value, len(self._numbers))

    def values(self) -> list[Any]:
        """Return every value, the one with number 0 first."""
        return list(self._numbers)


class PageData:
    """Collects what the page's script needs of ``result``."""

    def __init__(self, result: Result) -> None:
        self._result = result
        self._departures = Departures(result)
        self._nodes, self._edits, self._setups = Table(), Table(), Table()
        self._requests, self._answers = Table(), Table()
        self._broken: dict[str, list[tuple[str, str, str]]] = {}
        for ruling in result.rulings:
            for breach in result.breaches.get(ruling.claim, ()):
                told = (ruling.claim, visible(breach.expected), visible(breach.seen))
                self._broken.setdefault(breach.case, []).append(told)
        self._payloads = {sha256: number for number, sha256 in enumerate(result.payloads)}

    def as_json(self) -> str:
        """Return the data as JSON that can stand in a page's script element."""
        payloads = [self._payload(sha256) for sha256 in self._payloads]
        cases = [self._case(case) for case in self._result.cases]
        data = {
            "scenarios": list(self._result.header.scenarios),
            "apis": APIS,
            "methods": METHODS,
            "payloads": payloads,
            "cases": cases,
            "nodes": self._nodes.values(),
            "edits": self._edits.values(),
            "setups": self._setups.values(),
            "requests": self._requests.values(),
            "answers": self._answers.values(),
        }
        text = orjson.dumps(data).decode()
        return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")

    def _payload(self, sha256: str) -> dict[str, Any]:
        line = self._result.payloads[sha256]
        replays = [
            (replay.profile, replay.status, replay.refusal and visible(replay.refusal))
            for replay in self._result.replays.get(sha256, ())
        ]
        return {"sha256": sha256, "bytes": line.bytes, "replays": replays, **self._tree(sha256)}

    def _tree(self, sha256: str) -> dict[str, Any]:
        try:
            return {"node": self._node(self._departures.parsed(sha256))}
        except (orjson.JSONDecodeError, RecursionError):
            return {"text": visible(self._result.payloads[sha256].text, lines=True)}

    def _node(self, value: Any) -> int:
        if isinstance(value, dict):
            inner = [part for key in value for part in (_json(key), self._node(value[key]))]
            return self._nodes.number(("{", *inner))
        if isinstance(value, list):
            return self._nodes.number(("[", *map(self._node, value)))
        return self._nodes.number(_json(value))

    def _case(self, case: CaseLine) -> dict[str, Any]:
        return {
            "id": case.id,
            "scenario": case.scenario,
            "api": case.api,
            "method": case.method,
            "setup": self._setup(case),
            "verdict": self._result.verdicts[case.id],
            "sent": [self._sent(case, sent) for sent in case.sent],
            "answer": self._answers.number(_answer(case)),
            "broken": self._broken.get(case.id, []),
            "repeat": repeat_command(self._result, case),
        }

    def _setup(self, case: CaseLine) -> int:
        """Number how a case is configured: what a row of the matrix stands for."""
        delivery = case.case().delivery
        options = str(case.case().options)
        label = [case.entry, _flags(case)]
        label += [] if case.credentials == "call" else [f"credentials: {case.credentials}"]
        label += [options] if options else []
        raised = tuple(sorted(delivery.raised)) or (_NO_FLAG,)
        return self._setups.number(
            (case.entry, " and ".join(delivery.placements), raised, " · ".join(label))
        )

    def _sent(self, case: CaseLine, sent: SentLine) -> tuple[int, int, int]:
        status = "the client had gone" if sent.status is None else f"answered {sent.status}"
        words = f"{sent.method} {sent.path} to the base of {sent.base}, {sent.credential}; {status}"
        edits = tuple(map(visible, self._departures.of(case, sent.sha256)))
        return (
            self._payloads[sent.sha256],
            self._edits.number(edits),
            self._requests.number(visible(words)),
        )


def _flags(case: CaseLine) -> str:
    if case.case().delivery.is_unset:
        return f"no flag in {' and '.join(where for where, _ in case.delivery)}"
    return " and ".join(
        f"{', '.join(f'{short_name(flag)}={word(value)}' for flag, value in flags.items())} "
        f"in {placement}"
        for placement, flags in case.delivery
    )


def _answer(case: CaseLine) -> str:
    answer = case.answer
    if answer.kind == "answer":
        return visible("\n\n".join(filter(None, (answer.text, answer.beside))), lines=True)
    kind = "our own engine failed" if answer.kind == "broken" else answer.exception
    status = "" if answer.status is None else f" {answer.status}"
    return visible(f"{kind}{status}: {answer.text}", lines=True)


def _json(value: Any) -> str:
    return visible_json(orjson.dumps(value).decode())
