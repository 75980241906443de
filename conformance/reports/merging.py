"""Merging: the saved runs of all shards, put together into the result of the whole run."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from conformance.claims.ruling import LOOKED_AT_NOTHING
from conformance.excuses import added, told, unexpected
from conformance.product_counts import product_counts
from conformance.products import TIERS, products
from conformance.reports.lines import (
    BreachLine,
    CaseLine,
    CureLine,
    Footer,
    Header,
    ProductLine,
    ReplayLine,
    RulingLine,
)
from conformance.reports.result import Result, ResultFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.reports.lines import Line, ShardLine, Verdict

_ALIKE: Final = ("tier", "handler", "litellm", "conformance", "python")
"""What a header must have in common with those of the other shards."""

_AS_THEY_ARE: Final = (CaseLine, ReplayLine, CureLine)
"""What a whole run has of every shard, as it is there."""


def merged(shards: Sequence[tuple[str, Result]]) -> Result:
    """Return the whole run that ``shards``, by their files' names, are.

    Raises `ResultFileError` for a shard that is missing, doubled, damaged or of another run.
    """
    parts = _in_order(shards)
    header = _header(parts)
    order = {name: number for number, name in enumerate(header.scenarios)}
    payloads = {sha256: line for part in parts for sha256, line in part.payloads.items()}
    ledgers = [ledger for part in parts for ledger in part.ledgers]
    lines: list[Line] = [header, *payloads.values()]
    lines += [line for part in parts for line in part.lines if isinstance(line, _AS_THEY_ARE)]
    lines += [line for ruling in _rulings(parts) for line in ruling]
    ledgers.sort(key=lambda ledger: order.get(ledger.scenario, len(order)))
    lines += [*ledgers, *_products(parts, header, lines)]
    lines += [part.score for part in parts[:1] if part.score]
    return Result.of((*lines, _footer(parts, lines)))


def _in_order(shards: Sequence[tuple[str, Result]]) -> list[Result]:
    """Return the results by their shards' numbers, when there is each of them once."""
    first_file, first = shards[0]
    expected = _part(first_file, first)
    found: dict[int, tuple[str, Result]] = {}
    for file, result in shards:
        part = _part(file, result)
        _refuse_another(file, result, first_file, first)
        if part.number in found:
            twice = f"{found[part.number][0]} and {file}"
            raise ResultFileError(f"shard {part.number}/{part.count} is there twice: {twice}")
        found[part.number] = (file, result)
    missing = [str(number) for number in range(1, expected.count + 1) if number not in found]
    if missing:
        raise ResultFileError(
            f"of {expected.count} shards {', '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing; "
            f"run them with `--shard i/{expected.count} --save FILE` and name every FILE"
        )
    results = [found[number][1] for number in sorted(found)]
    _refuse_gaps(expected, results)
    return results


def _part(file: str, result: Result) -> ShardLine:
    if result.cut:
        raise ResultFileError(f"{file} is no whole shard: {result.cut}")
    if result.header.shard is None:
        raise ResultFileError(
            f"{file} is no shard; expected files that `conformance run --shard i/n --save FILE` "
            "wrote. A whole run is reported alone."
        )
    return result.header.shard


def _refuse_another(file: str, result: Result, first_file: str, first: Result) -> None:
    """Refuse a shard of another run than the first one's."""
    one, other = result.header, first.header
    assert one.shard is not None  # noqa: S101 -- _part has seen it
    assert other.shard is not None  # noqa: S101 -- likewise
    for name, mine, theirs in (
        ("number of shards", one.shard.count, other.shard.count),
        ("scenarios", one.shard.scenarios, other.shard.scenarios),
        *((name, getattr(one, name), getattr(other, name)) for name in _ALIKE),
    ):
        if mine != theirs:
            raise ResultFileError(
                f"{file} and {first_file} are of two runs: their {name} are {mine} and {theirs}"
            )


def _refuse_gaps(expected: ShardLine, results: Sequence[Result]) -> None:
    """Refuse shards that were divided differently: each scenario must be in one."""
    counts = Counter(name for result in results for name in result.header.scenarios)
    wrong = [name for name in expected.scenarios if counts[name] != 1]
    if wrong:
        told_of = ", ".join(f"{name} in {counts[name]}" for name in wrong)
        raise ResultFileError(
            f"the shards were divided differently: {told_of}; expected each scenario in one. "
            "Run all of them from one commit."
        )


def _header(parts: Sequence[Result]) -> Header:
    first = parts[0].header
    assert first.shard is not None  # noqa: S101 -- _part has seen it
    reasons = {name: why for part in parts for name, why in part.header.scenarios.items()}
    return first.model_copy(
        update={
            "started": min(part.header.started for part in parts),
            "scenarios": {name: reasons[name] for name in first.shard.scenarios},
            "cases": sum(part.header.cases for part in parts),
            "shard": None,
        }
    )


def _rulings(parts: Sequence[Result]) -> Iterator[list[Line]]:
    """Yield each claim's ruling on the whole, and its breaches."""
    for claim in dict.fromkeys(line.claim for part in parts for line in part.rulings):
        of_claim = [(part, line) for part in parts for line in part.rulings if line.claim == claim]
        ruling = _ruling([line for _, line in of_claim])
        breaches: list[BreachLine] = [
            breach
            for part, line in of_claim
            if ruling.verdict == "known" or line.verdict != "known"
            for breach in part.breaches.get(claim, ())
        ]
        yield [ruling.model_copy(update={"breaches": len(breaches)}), *breaches]


def _ruling(lines: Sequence[RulingLine]) -> RulingLine:
    """Return how a claim fared on all shards: as the worst of them, or where it was judged."""
    verdicts: list[Verdict] = [
        "unsupported" if line.note == LOOKED_AT_NOTHING else line.verdict for line in lines
    ]
    excuses = added(excuse for line in lines for excuse in line.excuses)
    worst = next((v for v in ("fail", "error", "known", "pass") if v in verdicts), None)
    verdict: Verdict = worst or ("error" if LOOKED_AT_NOTHING in _notes(lines) else "unsupported")
    note = "; ".join(_notes(line for line in lines if line.verdict == verdict))
    if mended := verdict != "error" and unexpected(excuses):
        verdict, note = "fail", mended
    elif excuses and verdict in ("fail", "known"):
        note = told(excuses)
    looked_at = sum(line.looked_at for line in lines)
    update = {"verdict": verdict, "note": note, "looked_at": looked_at, "excuses": excuses}
    return lines[0].model_copy(update=update)


def _products(
    parts: Sequence[Result], header: Header, lines: Sequence[Line]
) -> Iterator[ProductLine]:
    """Yield the products anew: one payload may be sent in several shards."""
    for tier in TIERS if any(part.products for part in parts) else ():
        if tier != header.tier:
            continue
        sent = {
            line.case(): {sent.sha256 for sent in line.sent}
            for line in lines
            if isinstance(line, CaseLine)
        }
        for count in product_counts(products(tier), list(header.scenarios), sent):
            yield ProductLine(**asdict(count))


def _notes(lines: Iterator[RulingLine] | Sequence[RulingLine]) -> list[str]:
    return list(dict.fromkeys(line.note for line in lines if line.note))


def _footer(parts: Sequence[Result], lines: Sequence[Line]) -> Footer:
    """Return the footer; the seconds are those of all machines together."""
    counts = Counter[str](line.kind for line in lines)
    rulings = [line for line in lines if isinstance(line, RulingLine)]
    return Footer(
        complete=True,
        held=all(line.verdict in ("pass", "known", "unsupported") for line in rulings),
        seconds=round(sum(part.footer.seconds for part in parts if part.footer), 2),
        lines={**counts, "footer": 1},
    )
