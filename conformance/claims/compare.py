"""Comparing cases: a case with its twin, which differs in one thing, or with all that are alike."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from conformance.claims.claim import Breach
from conformance.edits import difference

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from conformance.claims.claim import Finding
    from conformance.matrix import Api, Case
    from conformance.outcome import Sent
    from conformance.records import Records

_SHOWN = 120


def twin(records: Records, case: Case) -> Sent | None:
    """Return the one request of ``case`` if it was run and sent one."""
    return records.sent(case) if case in records.outcomes else None


def unflagged(records: Records, case: Case) -> Any:
    """Return what the plain case of the same API and method sent without flags, None if nothing."""
    try:
        return records.payload(records.unflagged(case.api, case.method))
    except KeyError:
        return None


def same_bytes(records: Records, case: Case, other: Case | None, words: str) -> Iterator[Finding]:
    """Compare the bytes of ``case`` with those of ``other``; nothing where one sent no request."""
    if other is None:
        return
    sent, expected = twin(records, case), twin(records, other)
    if sent is not None and expected is not None:
        same = sent.sha256 == expected.sha256
        yield None if same else other_bytes(records, case, other, words)


def identical(
    records: Records, alike: Callable[[Case], Hashable], expected: str
) -> Iterator[Finding]:
    """Compare the bytes of the plain cases that are ``alike`` with those that most of them sent.

    ``alike`` gives what they have in common; a case of which it gives None is left out.
    """
    groups: dict[Hashable, list[tuple[Case, Sent]]] = {}
    for case, sent, _ in records.sending():
        groups.setdefault(alike(case), []).append((case, sent))
    groups.pop(None, None)
    for group in groups.values():
        [(usual, _)] = Counter(sent.sha256 for _, sent in group).most_common(1)
        model = next(case for case, sent in group if sent.sha256 == usual)
        for case, sent in group:
            same = sent.sha256 == usual
            yield None if same else other_bytes(records, case, model, expected)


def other_bytes(records: Records, case: Case, model: Case, words: str) -> Breach:
    """Return the breach of a case that sent other bytes than ``model`` did."""
    said = departure(records.payload(model), records.payload(case))
    as_in = f"{words}, as in {model.method} by {model.entry} with {model.delivery}"
    return Breach(case, as_in, said or "the same JSON in another key order or with escapes")


def compared(case: Case, payload: Any, expected: Any, words: str) -> Breach | None:
    """Return the breach of a case whose payload is not the expected one."""
    said = departure(expected, payload)
    return Breach(case, words, said) if said else None


def departure(expected: Any, payload: Any) -> str:
    """Say how ``payload`` departs from ``expected``; empty if it does not."""
    return ", ".join(short(str(edit)) for edit in difference(expected, payload))


def short(text: str) -> str:
    """Return ``text``, or its beginning where it is too long for a line."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"


def each_payload(
    records: Records,
    look: Callable[[Api, Any], tuple[str, str] | None],
    *,
    api: Api | None = None,
    plain: bool = False,
) -> Iterator[Finding]:
    """Look at the payload of every case: ``look`` returns what was expected and seen, or None.

    It is asked once for equal bytes. ``api`` and ``plain`` leave out the other cases.
    """
    looked: dict[tuple[Api, str], tuple[str, str] | None] = {}
    for case, sent, payload in records.sending() if plain else records.all_sending():
        if api in (None, case.api):
            key = (case.api, sent.sha256)
            if key not in looked:
                looked[key] = _looked(look, case.api, payload)
            found = looked[key]
            yield Breach(case, *map(short, found)) if found else None


def _looked(
    look: Callable[[Api, Any], tuple[str, str] | None], api: Api, payload: Any
) -> tuple[str, str] | None:
    """Look at ``payload``; one that cannot be read as the API has it keeps no promise."""
    try:
        return look(api, payload)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        return f"a payload of the {api} API", f"{type(error).__name__}: {error}"
