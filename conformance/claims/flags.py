"""Claims about the drop flags: they compare cases with each other and need no recorded answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from conformance.claims.claim import Claim
from conformance.claims.compare import compared, identical, same_bytes, unflagged
from conformance.features import agrees, strings
from conformance.flags import FLAGS

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from common.field_path import FieldPath
    from conformance.claims.claim import Finding
    from conformance.matrix import Api, Case, Delivery, FlagValue
    from conformance.records import Records

_SPELLED: Final[Mapping[str, bool]] = {"true": True, "false": False}


def _only_its_field(records: Records) -> Iterator[Finding]:
    for case, _, payload in records.sending():
        base = unflagged(records, case)
        if base is not None:
            expected = without_raised(base, case)
            yield compared(
                case, payload, expected, "the unflagged payload less the raised flags' fields"
            )


def _same_in_any_placement(records: Records) -> Iterator[Finding]:
    def alike(case: Case) -> Hashable:
        together = len(case.delivery.values) == 1
        return (case.api, case.method, case.delivery.values[0][1]) if together else None

    yield from identical(records, alike, "the bytes of the other placements")


def _unset_is_false(records: Records) -> Iterator[Finding]:
    def alike(case: Case) -> Hashable:
        return case.api, case.method, case.delivery.placements, case.delivery.raised

    yield from identical(records, alike, "the bytes of the same flags unset")


def _any_true_wins(records: Records) -> Iterator[Finding]:
    def alike(case: Case) -> Hashable:
        return case.api, case.method, case.delivery.raised

    yield from identical(records, alike, "the bytes of the flag true alone")


def _chat_left_alone(records: Records) -> Iterator[Finding]:
    chats_own = {flag.name for flag in FLAGS if flag.api == "chat"}

    def alike(case: Case) -> Hashable:
        concerned = case.api == "chat" and not case.delivery.raised & chats_own
        return case.method if concerned else None

    yield from identical(records, alike, "the bytes of no flag")


def _strings_are_booleans(records: Records) -> Iterator[Finding]:
    booleans = {
        (case.api, case.method, _said(case.delivery)): case
        for case, _, _ in records.sending()
        if not strings(case.delivery)
    }
    for case, _, _ in records.sending():
        if strings(case.delivery):
            model = booleans.get((case.api, case.method, _said(case.delivery)))
            yield from same_bytes(records, case, model, "the bytes of the boolean")


def _agreement(records: Records) -> Iterator[Finding]:
    alone = {
        (case.api, case.method, frozenset(where_said)): case
        for case, _, _ in records.sending()
        if len(where_said := _said(case.delivery)) == 1
    }
    for case, _, _ in records.sending():
        if agrees(case.delivery):
            first = sorted(_said(case.delivery))[:1]
            model = alone.get((case.api, case.method, frozenset(first)))
            yield from same_bytes(records, case, model, "the bytes of one placement alone")


def _said(delivery: Delivery) -> frozenset[tuple[str, str, bool]]:
    """Return what ``delivery`` sets: placement, flag and meaning."""
    return frozenset(
        (placement, flag, _meaning(value))
        for placement, flags in delivery.values
        for flag, value in flags
        if value is not None
    )


def _meaning(value: FlagValue) -> bool:
    return _SPELLED[value.lower()] if isinstance(value, str) else bool(value)


def without_raised(payload: Any, case: Case) -> Any:
    """Return ``payload`` without the fields of the flags that ``case`` raises."""
    for path in raised_paths(case.api, case.delivery):
        payload = path.remove(payload)
    return payload


def raised_paths(api: Api, delivery: Delivery) -> list[FieldPath]:
    """Return the paths of the flags that ``delivery`` raises and that act on ``api``."""
    return [flag.path for flag in FLAGS if flag.api == api and flag.name in delivery.raised]


FLAG_CLAIMS = (
    Claim(
        id="flag-drops-only-its-field",
        level="MUST",
        sentence="A raised flag removes its field and nothing else, so flags commute.",
        reason="An upstream that accepts the rest gets the rest: metadata for its log, signatures "
        "(docs/settings.md).",
        check=_only_its_field,
        needs=("raised-flags",),
    ),
    Claim(
        id="same-in-any-placement",
        level="MUST",
        sentence="The same flags give identical bytes in whichever placement they arrive.",
        reason="Which placement LiteLLM uses depends on its version and the caller "
        "(docs/litellm-facts.md, 'What reaches the handler, and where').",
        check=_same_in_any_placement,
        needs=("flags",),
    ),
    Claim(
        id="unset-is-false",
        level="MUST",
        sentence="A flag that is unset and a flag that is false give identical bytes.",
        reason="Flags are opt-in: an upstream that accepts a field gets it (docs/settings.md).",
        check=_unset_is_false,
        needs=("flags",),
    ),
    Claim(
        id="any-true-wins",
        level="MUST",
        sentence="Where placements disagree about a flag, true wins.",
        reason="A refused request is worse than a field that was not logged (docs/settings.md).",
        check=_any_true_wins,
        needs=("flags",),
    ),
    Claim(
        id="responses-flags-leave-chat-alone",
        level="MUST",
        sentence="A flag of the Responses API changes no byte on Chat Completions.",
        reason="The flag's name says so: `_res_api` (docs/settings.md).",
        check=_chat_left_alone,
        needs=("flags", "chat"),
    ),
    Claim(
        id="strings-are-booleans",
        level="MUST",
        sentence='A flag that is spelled as a string (`"true"`, `"False"`) means the boolean.',
        reason="`true` and `false` may be quoted: YAML's quotes and variables make strings "
        "(docs/settings.md).",
        check=_strings_are_booleans,
        needs=("flag-strings",),
    ),
    Claim(
        id="agreement-changes-nothing",
        level="MUST",
        sentence="The same flag in two or three placements gives the bytes of one placement.",
        reason="A script may say again what the configuration says; placements are read together "
        "(docs/settings.md).",
        check=_agreement,
        needs=("agreement",),
    ),
)
