"""Trials: each mutant, and the real handler, sent through the cases that show the mutant."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from litellm.llms.custom_llm import CustomLLM

from conformance.claims import CLAIMS, judge
from conformance.loading import HANDLER, dotted, load_handler
from conformance.outcome import Broken
from conformance.recorder import ProxyRecorder, Recorder
from conformance.records import Records
from conformance.replay import Payload, Replayer, add_replays, payloads
from conformance.scenarios import load_scenarios

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from conformance.claims import Claim
    from conformance.matrix import Case
    from conformance.mutants.mutant import Mutant
    from conformance.outcome import Record
    from conformance.products import Product
    from conformance.replay import Reply
    from conformance.scenarios import Scenario


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a mutant: the claims that caught it, and the real handler in its cases.

    ``accused`` are the claims that the real handler broke there: there must be none.
    """

    name: str
    sentence: str
    expected: tuple[str, ...]
    caught_by: tuple[str, ...]
    accused: tuple[str, ...]
    cases: int
    trouble: str = ""

    @property
    def escaped(self) -> tuple[str, ...]:
        """The claims that should have caught it and did not."""
        return tuple(claim for claim in self.expected if claim not in self.caught_by)

    @property
    def good(self) -> bool:
        """Whether every claim named caught it, and none caught the real handler."""
        return not (self.escaped or self.accused or self.trouble)


class Found(NamedTuple):
    """The claims that a handler broke, and what our own engine could not do."""

    claims: tuple[str, ...]
    trouble: str


class Stand(CustomLLM):
    """Stands in for whichever handler is tried just now."""

    def __init__(self, handler: CustomLLM) -> None:
        super().__init__()
        self.handler = handler

    def completion(self, *args: Any, **kwargs: Any) -> Any:
        """Pass the call on."""
        return self.handler.completion(*args, **kwargs)

    async def acompletion(self, *args: Any, **kwargs: Any) -> Any:
        """Pass the call on."""
        return await self.handler.acompletion(*args, **kwargs)

    def streaming(self, *args: Any, **kwargs: Any) -> Any:
        """Pass the call on."""
        return self.handler.streaming(*args, **kwargs)

    def astreaming(self, *args: Any, **kwargs: Any) -> Any:
        """Pass the call on."""
        return self.handler.astreaming(*args, **kwargs)


@dataclass(slots=True)
class Court:
    """Tries mutants in this process, behind real LiteLLM; a context manager.

    The environment must have been prepared. The real handler is recorded once for a product, and
    each distinct payload replayed once.
    """

    limit: float = 20.0
    claims: Sequence[Claim] = CLAIMS
    _stack: ExitStack = field(default_factory=ExitStack)
    _real: dict[Product, Found] = field(default_factory=dict)
    _replies: dict[tuple[str, str], tuple[Reply, ...]] = field(default_factory=dict)
    _handler: CustomLLM = field(init=False)
    _stand: Stand = field(init=False)
    _recorder: Recorder = field(init=False)
    _replayer: Replayer = field(init=False)
    _scenarios: Mapping[str, Scenario] = field(init=False)

    def __enter__(self) -> Court:
        self._handler, _ = load_handler()
        self._stand = Stand(self._handler)
        self._recorder = self._stack.enter_context(Recorder(self._stand, self.limit))
        self._replayer = Replayer()
        self._scenarios = {scenario.name: scenario for scenario in load_scenarios()}
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def tried(self, mutant: Mutant) -> Trial:
        """Try ``mutant``, and the real handler beside it."""
        caught, trouble = self.caught(mutant)
        accused, real_trouble = self.accused(mutant.shown_by)
        return Trial(
            name=mutant.name,
            sentence=mutant.sentence,
            expected=mutant.caught_by,
            caught_by=caught,
            accused=accused,
            cases=len(self._cases(mutant.shown_by)),
            trouble=trouble or real_trouble,
        )

    def caught(self, mutant: Mutant) -> Found:
        """Return the claims that catch ``mutant``."""
        return self._broken(mutant.shown_by, mutant, mutant.reference, mutant.reply)

    def accused(self, product: Product) -> Found:
        """Return the claims that the real handler breaks in the cases of ``product``."""
        if product not in self._real:
            self._real[product] = self._broken(product, self._handler, HANDLER, _as_it_is)
        return self._real[product]

    def _broken(
        self,
        product: Product,
        handler: CustomLLM,
        reference: str,
        answered: Callable[[Reply], Reply],
    ) -> Found:
        self._stand.handler = handler
        found = self._recorded(self._cases(product), reference)
        records = [
            Records.of(self._scenarios[name], [one for one in found if one.case.scenario == name])
            for name in dict.fromkeys(one.case.scenario for one in found)
        ]
        replies = (reply for one in payloads(records) for reply in self._replied(one))
        add_replays(records, map(answered, replies))
        rulings = judge(self.claims, records)
        return Found(tuple(r.claim.id for r in rulings if r.verdict == "fail"), _trouble(found))

    def _cases(self, product: Product) -> list[Case]:
        return list(dict.fromkeys(product.cases(self._scenarios)))

    def _recorded(self, cases: list[Case], reference: str) -> list[Record]:
        within = [case for case in cases if not case.by_proxy]
        found = [self._recorder.record(case, self._scenarios[case.scenario]) for case in within]
        behind = [case for case in cases if case.by_proxy]
        if behind:
            with ProxyRecorder(
                behind, self._scenarios, self._recorder, dotted(reference), self.limit
            ) as recorder:
                found += [recorder.record(c, self._scenarios[c.scenario]) for c in behind]
        return found

    def _replied(self, payload: Payload) -> tuple[Reply, ...]:
        key = (payload.api, payload.sha256)
        if key not in self._replies:
            self._replies[key] = self._replayer.replies(payload)
        return self._replies[key]


def _as_it_is(reply: Reply) -> Reply:
    return reply


def _trouble(found: Iterable[Record]) -> str:
    """Return what our own engine could not do in a case; empty if it could do all."""
    answers = (record.outcome.answer for record in found)
    return next((answer.reason for answer in answers if isinstance(answer, Broken)), "")
