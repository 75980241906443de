"""Known failures: a file that says which claims are broken where, and why that is let pass.

A failure that it covers is ``known`` and fails no run. One that has gone is an unexpected pass: it
fails the run until its lines are deleted, so that the file can't outlive what it excuses.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from conformance.claims.ruling import concerned, not_run
from conformance.excuses import Excuse, told, unexpected
from conformance.flags import FLAGS
from conformance.matrix import APIS, ENTRIES, METHODS, PLACEMENTS, SOURCES
from conformance.outcome import Broken

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from conformance.claims import Ruling
    from conformance.matrix import Case
    from conformance.records import Records

SHIPPED: Final = Path(__file__).with_name("known.toml")

_TABLE: Final = "known"
_KEYS: Final = ("claim", "where", "issue", "reason")
_HEADING: Final = re.compile(r"\s*\[\[\s*known\s*\]\]")


class KnownError(ValueError):
    """A file of known failures that cannot be used; the message has file, line and what fits."""


@dataclass(frozen=True, slots=True)
class Axis:
    """What ``where`` may name: how a case answers to it, and the values there are, if few."""

    of: Callable[[Case], Collection[str]]
    values: tuple[str, ...] = ()


def _litellm(_: Case) -> tuple[str, str]:
    """The version of LiteLLM that runs, and the minor version that it is of: 1.98.0 and 1.98."""
    here = version("litellm")
    return here, here.rpartition(".")[0]


_AXES: Final[Mapping[str, Axis]] = {
    "scenario": Axis(lambda case: (case.scenario,)),
    "api": Axis(lambda case: (case.api,), APIS),
    "method": Axis(lambda case: (case.method,), METHODS),
    "entry": Axis(lambda case: (case.entry,), ENTRIES),
    "credentials": Axis(lambda case: (case.source,), SOURCES),
    "options": Axis(lambda case: (str(case.options),)),
    "placement": Axis(lambda case: case.delivery.placements, PLACEMENTS),
    "flag": Axis(lambda case: case.delivery.raised, tuple(flag.name for flag in FLAGS)),
    "litellm": Axis(_litellm),
}


@dataclass(frozen=True, slots=True)
class Known:
    """One known failure; ``lines`` are the first and last of its lines in ``file``."""

    file: Path
    lines: tuple[int, int]
    claim: str
    where: tuple[tuple[str, tuple[str, ...]], ...]
    issue: str
    reason: str

    def covers(self, case: Case) -> bool:
        """Whether ``case`` is where the failure is known."""
        return all(set(values) & set(_AXES[axis].of(case)) for axis, values in self.where)

    @property
    def mended(self) -> str:
        """What to do when it is broken there no more."""
        first, last = self.lines
        return f"passes unexpectedly: delete lines {first} to {last} of {self.file} ({self.issue})"

    def __str__(self) -> str:
        return f"{self.issue}: {self.reason} ({self.file.name}:{self.lines[0]})"


def read_known(
    file: Path, claims: Collection[str], scenarios: Collection[str] = ()
) -> tuple[Known, ...]:
    """Read ``file``; ``claims`` and ``scenarios`` are the names that there are.

    Raises `KnownError` for a file that is not there, is no TOML, or names what there is not.
    """
    try:
        text = file.read_text("utf-8")
        content = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KnownError(f"{file}: {error}; expected TOML with [[{_TABLE}]] tables") from error
    _refuse_unknown(f"{file}", "key", content, (_TABLE,))
    entries = content.get(_TABLE, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise KnownError(f"{file}: {_TABLE} is no list of tables; expected [[{_TABLE}]]")
    spans = _spans(text, len(entries))
    return tuple(
        _known(file, span, entry, claims, scenarios)
        for span, entry in zip(spans, entries, strict=True)
    )


def with_known(
    rulings: Iterable[Ruling],
    known: Sequence[Known],
    records: Sequence[Records],
    *,
    whole: bool = True,
) -> tuple[Ruling, ...]:
    """Return ``rulings`` with known failures told from others, and unexpected passes as failures.

    A known failure is taken for mended only where cases of ``records`` put it to the test, and they
    are the ``whole``: what one shard does not break another may.
    """
    return tuple(
        _with_known(
            ruling, [one for one in known if one.claim == ruling.claim.id], records, whole=whole
        )
        for ruling in rulings
    )


def _with_known(
    ruling: Ruling, known: Sequence[Known], records: Sequence[Records], *, whole: bool
) -> Ruling:
    if not known or ruling.verdict == "unsupported":
        return ruling
    others = tuple(b for b in ruling.breaches if not any(one.covers(b.case) for one in known))
    excuses = tuple(_excuse(one, ruling, records) for one in known)
    ruling = replace(ruling, excuses=excuses)
    if ruling.verdict == "error":
        return ruling
    if not others and (lost := not_run(ruling.claim, records)):
        return replace(ruling, verdict="error", breaches=others, reason=lost)
    if whole and (reason := unexpected(excuses)):
        return replace(ruling, verdict="fail", breaches=others, reason=reason)
    if others:
        return replace(ruling, breaches=others, reason=told(excuses))
    return replace(ruling, verdict="known", reason=told(excuses)) if ruling.breaches else ruling


def _excuse(known: Known, ruling: Ruling, records: Sequence[Records]) -> Excuse:
    """Return what ``known`` covers of the breaches, and whether a case of it was looked at."""
    concerning = (
        case
        for one in records
        for case, outcome in concerned(ruling.claim, one).items()
        if not isinstance(outcome.answer, Broken)
    )
    return Excuse(
        str(known),
        known.mended,
        breaches=sum(known.covers(breach.case) for breach in ruling.breaches),
        tested=any(map(known.covers, concerning)),
    )


def _known(
    file: Path,
    lines: tuple[int, int],
    entry: dict[str, Any],
    claims: Collection[str],
    scenarios: Collection[str],
) -> Known:
    here = f"{file}:{lines[0]}"
    _refuse_unknown(here, "key", entry, _KEYS)
    for name in ("claim", "issue", "reason"):
        if not isinstance(entry.get(name), str) or not entry[name].strip():
            raise KnownError(f"{here}: {name} is {entry.get(name)!r}; expected a text")
    _refuse_unknown(here, "claim", [entry["claim"]], claims)
    where = entry.get("where", {})
    if not isinstance(where, dict):
        raise KnownError(f"{here}: where is {where!r}; expected a table such as {{ api = 'chat' }}")
    _refuse_unknown(here, "axis", where, tuple(_AXES))
    return Known(
        file,
        lines,
        entry["claim"],
        tuple((axis, _values(here, axis, value, scenarios)) for axis, value in where.items()),
        entry["issue"],
        entry["reason"],
    )


def _values(here: str, axis: str, value: Any, scenarios: Collection[str]) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(one, str) for one in values):
        raise KnownError(f"{here}: {axis} is {value!r}; expected a text or a list of texts")
    there_are = scenarios if axis == "scenario" else _AXES[axis].values
    if there_are:
        _refuse_unknown(here, axis, values, there_are)
    return tuple(values)


def _refuse_unknown(here: str, kind: str, names: Iterable[str], there_are: Collection[str]) -> None:
    for name in names:
        if name not in there_are:
            nearest = get_close_matches(name, there_are, n=1)
            hint = f"did you mean {nearest[0]!r}?" if nearest else f"one of {', '.join(there_are)}"
            raise KnownError(f"{here}: no {kind} {name!r}; {hint}")


def _spans(text: str, count: int) -> Iterator[tuple[int, int]]:
    """Yield the first and last line of each table; a heading inside a text is not expected."""
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines, 1) if _HEADING.match(line)][:count]
    starts += [1] * (count - len(starts))
    for start, end in zip(starts, [*starts, len(lines) + 1][1:], strict=True):
        last = end - 1
        while last > start and not lines[last - 1].split("#")[0].strip():
            last -= 1
        yield start, last
