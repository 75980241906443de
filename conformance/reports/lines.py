"""The lines of a result file: one JSON object each, told apart by ``kind``.

A file begins with a header and ends with a footer. Between them stand the cases as they came in,
each distinct payload before the first case that sent it, and then what was found about them.
``result.schema.json`` says all of it as a JSON Schema.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from conformance.excuses import Excuse  # noqa: TC001 -- pydantic reads it at run time
from conformance.matrix import NO_OPTIONS, Api, Case, Delivery, Entry, Method, Options, Source

FORMAT: Final = 1
"""The version of the format; another one is refused."""

Verdict = Literal["pass", "fail", "known", "unsupported", "error"]
VERDICTS: Final[tuple[Verdict, ...]] = ("fail", "error", "known", "unsupported", "pass")
"""The worst first."""

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
CaseId = Annotated[str, Field(pattern="^[a-z0-9-]+$")]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ShardLine(_Line):
    """Which part of a whole run this is: ``number`` of ``count``, and all scenarios there are."""

    number: int
    count: int
    scenarios: tuple[str, ...]


class Header(_Line):
    """What was run, and by what; ``cases`` is how many there were to run.

    ``shard`` is null for a run that is no part of another.
    """

    kind: Literal["header"] = "header"
    format: Literal[1] = FORMAT
    started: str
    conformance: str
    litellm: str
    python: str
    handler: str
    tier: str
    scenarios: dict[str, str]
    cases: int
    shard: ShardLine | None = None


class PayloadLine(_Line):
    """A distinct payload: its text as it left, but for keys, and what the wire had of it."""

    kind: Literal["payload"] = "payload"
    sha256: Sha256
    bytes: int
    text: str


class SentLine(_Line):
    """A request that left: to the mock of which source, with whose key, and the answer's status.

    ``headers`` are by allow-list; null is a value that is not kept.
    """

    method: str
    base: str
    path: str
    sha256: Sha256
    credential: str
    status: int | None
    headers: tuple[tuple[str, str | None], ...] = ()


class AnswerLine(_Line):
    """What the caller got: a text, an exception, or nothing because our own engine failed.

    ``beside`` is the text of the second stream, where two were read at once; ``heard`` is all that
    came, line by line, in a variant.
    """

    kind: Literal["answer", "failure", "broken"]
    text: str
    beside: str = ""
    exception: str = ""
    status: int | None = None
    heard: tuple[str, ...] = ()


class CaseLine(_Line):
    """A case and its outcome; ``delivery`` maps placements to flags, null where one is unset.

    ``seconds`` is what it took; zero where it was not run to its end.
    """

    kind: Literal["case"] = "case"
    id: CaseId
    scenario: str
    api: Api
    method: Method
    entry: Entry
    credentials: Source
    options: Options = NO_OPTIONS
    delivery: tuple[tuple[str, dict[str, bool | str | None]], ...]
    sent: tuple[SentLine, ...]
    answer: AnswerLine
    touched: tuple[str, ...] = ()
    seconds: float = 0.0

    def case(self) -> Case:
        """Return the case that this line was written of."""
        return Case(
            self.scenario,
            self.api,
            self.method,
            Delivery(tuple((where, tuple(flags.items())) for where, flags in self.delivery)),
            self.entry,
            self.credentials,
            self.options,
        )


class RulingLine(_Line):
    """How a claim fared on all cases together."""

    kind: Literal["ruling"] = "ruling"
    claim: str
    level: Literal["MUST", "SHOULD", "MAY"]
    sentence: str
    reason: str
    verdict: Verdict
    looked_at: int
    breaches: int
    note: str = ""
    excuses: tuple[Excuse, ...] = ()


class BreachLine(_Line):
    """One case that broke a claim, and what was expected of it."""

    kind: Literal["breach"] = "breach"
    claim: str
    case: CaseId
    expected: str
    seen: str


class ReplayLine(_Line):
    """What a profile's mock said to a payload; ``refusal`` is null where it was accepted."""

    kind: Literal["replay"] = "replay"
    profile: str
    sha256: Sha256
    status: int
    refusal: str | None


class CureLine(_Line):
    """What a profile refuses of a scenario without flags, and the fewest flags that cure it."""

    kind: Literal["cure"] = "cure"
    profile: str
    scenario: str
    api: Api
    status: int | None
    refusal: str | None
    flags: tuple[str, ...] | None
    placements: tuple[str, ...]


class LedgerLine(_Line):
    """The table of one scenario: how every case departs from its baseline."""

    kind: Literal["ledger"] = "ledger"
    scenario: str
    text: str


class ProductLine(_Line):
    """A product of the run's tier: how many values each axis has, its cases and their payloads.

    ``done`` is how many of the ``cases`` were run. Products overlap.
    """

    kind: Literal["product"] = "product"
    name: str
    axes: dict[str, int]
    cases: int
    done: int
    payloads: int


class ScoreLine(_Line):
    """How good the suite itself is: how many wrong handlers its claims catch.

    ``mutants`` are wrong on purpose, ``mutations`` are changes that a tool makes in the handler's
    code. Both were tried when this version of the suite was made, not in this run.
    """

    kind: Literal["score"] = "score"
    mutants: int
    mutants_caught: int
    mutations: int
    mutations_caught: int


class Footer(_Line):
    """The end: whether the run came to its own, and how many lines of each kind there are."""

    kind: Literal["footer"] = "footer"
    complete: bool
    held: bool
    seconds: float
    lines: dict[str, int]


Line = Annotated[
    Header
    | PayloadLine
    | CaseLine
    | RulingLine
    | BreachLine
    | ReplayLine
    | CureLine
    | LedgerLine
    | ProductLine
    | ScoreLine
    | Footer,
    Field(discriminator="kind"),
]

LINE: Final[TypeAdapter[Line]] = TypeAdapter(Line)
"""Reads and writes a line of any kind."""
