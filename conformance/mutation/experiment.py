"""The experiment: whether the recorded cases, or the claims about them, show a mutation."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from conformance.claims import CLAIMS, judge
from conformance.loading import load_handler
from conformance.matrix import SOURCES, Options, conflicting, in_one_placement, one_flag
from conformance.mutants.trial import Stand
from conformance.mutation.finding import Finding
from conformance.mutation.mutations import mutant
from conformance.mutation.reloading import reloaded
from conformance.outcome import Answer, Failure
from conformance.products import Product
from conformance.recorder import Recorder
from conformance.records import Records
from conformance.scenarios import load_scenarios
from conformance.upstream_settings import upstreams

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from conformance.matrix import Api, Case
    from conformance.mutation.mutations import Mutation
    from conformance.outcome import Outcome, Record
    from conformance.scenarios import Scenario

LIMIT: Final = 5.0
"""Seconds that a case may take."""

_FEW: Final = ("plain-turn", "thinking-history")
_UNSET: Final = tuple(in_one_placement([None], ["optional_params"]))


def _of_upstreams(api: Api) -> Product:
    options = (Options(model=model, upstream=name) for name, model in upstreams(api))
    return Product(
        f"settings of upstreams, {api}",
        _UNSET,
        scenarios=("tool-results-with-image",),
        methods=("completion",),
        options=tuple(dict.fromkeys(options)),
        apis=(api,),
    )


PRODUCTS: Final = (
    Product("every scenario", _UNSET, methods=("completion",)),
    Product(
        "flags",
        (
            *in_one_placement([True, False]),
            *one_flag([True, "true", "False"], "litellm_params"),
            *conflicting(),
        ),
        scenarios=_FEW[1:],
        methods=("completion",),
    ),
    Product("credentials", _UNSET, scenarios=_FEW[:1], methods=("completion",), sources=SOURCES),
    Product(
        "options",
        _UNSET,
        scenarios=_FEW,
        methods=("completion",),
        options=(
            Options(drop_params=True),
            Options(drop_fields=("metadata",)),
            Options(drop_fields=("input[*].thinking_blocks", "messages[*].name")),
            Options(extra_headers=(("x-configured-team", "blue"),)),
        ),
    ),
    _of_upstreams("chat"),
    _of_upstreams("responses"),
    Product("streams", _UNSET, methods=("astreaming",)),
    Product("router", _UNSET, scenarios=_FEW, methods=("acompletion",), entries=("router",)),
)
"""A few hundred cases that go everywhere once; those that show most come first."""


@dataclass(slots=True)
class Experiment:
    """Records the real handler once, then mutated ones; a context manager.

    With ``claims`` every case is run and the claims are judged; otherwise the first difference from
    what the real handler sends, which is what the ledger holds, ends it.
    """

    claims: bool = False
    _stack: ExitStack = field(default_factory=ExitStack)
    _scenarios: Mapping[str, Scenario] = field(init=False)
    _cases: Sequence[Case] = field(init=False)
    _real: Mapping[Case, Any] = field(init=False)
    _stand: Stand = field(init=False)
    _recorder: Recorder = field(init=False)
    payloads: Mapping[str, set[str]] = field(init=False)

    def __enter__(self) -> Experiment:
        self._scenarios = {scenario.name: scenario for scenario in load_scenarios()}
        self._cases = cases(self._scenarios)
        self._stand = Stand(load_handler()[0])
        self._recorder = self._stack.enter_context(Recorder(self._stand, LIMIT))
        records = [self._record(case) for case in self._cases]
        broken = self._broken(records)  # so that all that judges is imported before any mutation
        if broken:
            raise RuntimeError(f"the real handler breaks {', '.join(broken)}")
        self._real = {record.case: _shown(record.outcome) for record in records}
        self.payloads = _payloads(records)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def size(self) -> int:
        """The number of cases."""
        return len(self._cases)

    def find(self, mutation: Mutation) -> Finding:
        """Return what becomes of ``mutation``."""
        try:
            with reloaded(mutation.module, mutant(mutation)) as handler:
                self._stand.handler = handler
                return self._finding()
        except Exception as error:  # noqa: BLE001 -- whatever a mutated module does on import
            return Finding(f"does not import: {type(error).__name__}: {error}"[:200])

    def _finding(self) -> Finding:
        seen, number, records = "", 0, []
        for place, case in enumerate(self._cases, start=1):
            record = self._record(case)
            records.append(record)
            if record.unanswered:
                return Finding(seen or f"hangs in {case}", case=number or place, hangs=True)
            if not seen and _shown(record.outcome) != self._real[case]:
                seen, number = _difference(case, record.outcome), place
                if not self.claims:
                    return Finding(seen, case=number)
        return Finding(seen, self._broken(records) if self.claims else (), number)

    def _record(self, case: Case) -> Record:
        return self._recorder.record(case, self._scenarios[case.scenario])

    def _broken(self, records: Sequence[Record]) -> tuple[str, ...]:
        sorted_out = [
            Records.of(scenario, [one for one in records if one.case.scenario == name])
            for name, scenario in self._scenarios.items()
        ]
        return tuple(r.claim.id for r in judge(CLAIMS, sorted_out) if r.verdict == "fail")


def cases(scenarios: Mapping[str, Scenario]) -> tuple[Case, ...]:
    """Return the cases of every product, each once."""
    return tuple(dict.fromkeys(case for one in PRODUCTS for case in one.cases(scenarios)))


def _shown(outcome: Outcome) -> Any:
    """Return what is compared: all that was sent, and the answer but for the words of a refusal."""
    answer = outcome.answer
    told = (answer.kind, answer.status) if isinstance(answer, Failure) else answer
    sent = tuple(
        (one.method, one.base, one.path, one.sha256, one.credential, one.headers)
        for one in outcome.sent
    )
    return sent, told, outcome.touched


def _difference(case: Case, outcome: Outcome) -> str:
    if isinstance(outcome.answer, Answer):
        return f"other bytes or another answer in {case}"
    return f"{outcome.answer} in {case}"[:200]


def _payloads(records: Sequence[Record]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for scenario, sha256 in _sums(records):
        found.setdefault(scenario, set()).add(sha256)
    return found


def _sums(records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    for record in records:
        for sent in record.outcome.sent:
            yield record.case.scenario, sent.sha256
