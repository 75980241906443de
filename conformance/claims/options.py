"""Claims about settings beside the flags: LiteLLM's `drop_params`, our `drop_fields`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from common.field_path import FieldPath
from conformance.claims.claim import Claim
from conformance.claims.compare import compared, same_bytes, twin
from conformance.claims.flags import without_raised
from conformance.flags import FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.claims.claim import Finding
    from conformance.matrix import Case
    from conformance.records import Records


def _drop_params(records: Records) -> Iterator[Finding]:
    for case in records.outcomes:
        if case.options.drop_params is not None:
            other = replace(case, options=replace(case.options, drop_params=None))
            yield from same_bytes(records, case, other, "the bytes without drop_params")


def _drop_fields(records: Records) -> Iterator[Finding]:
    for case, _, payload in records.all_sending():
        whole = replace(case, options=replace(case.options, drop_fields=()))
        if case.options.drop_fields and twin(records, whole) is not None:
            expected = _without_fields(records.payload(whole), case)
            yield compared(case, payload, expected, "the payload less what drop_fields names")


def _commute(records: Records) -> Iterator[Finding]:
    """Take the flags' fields out after those of `drop_fields`, where the handler did both."""
    bare = {
        _but_for_flags(case): payload
        for case, _, payload in records.all_sending()
        if case.options.drop_fields and not case.delivery.raised
    }
    for case, _, payload in records.all_sending():
        if case.delivery.raised and _but_for_flags(case) in bare:
            expected = without_raised(bare[_but_for_flags(case)], case)
            yield compared(case, payload, expected, "the fields less the flags', either first")


def _but_for_flags(case: Case) -> tuple[object, ...]:
    return case.options, case.api, case.method, case.source


def _flag_is_field(records: Records) -> Iterator[Finding]:
    """Compare `drop_fields` of a flag's path with the flag; its other paths must find nothing."""
    flagged = {(case.api, case.method, case.delivery.raised): case for case in _plain(records)}
    for case, _, _ in records.all_sending():
        if not case.options.drop_fields or case.delivery.raised:
            continue
        whole = replace(case, options=replace(case.options, drop_fields=()))
        if twin(records, whole) is None:
            continue
        found = {path for path in case.options.drop_fields if _finds(records, whole, path)}
        for flag in FLAGS:
            if flag.api == case.api and found == {str(flag.path)}:
                model = flagged.get((case.api, case.method, frozenset({flag.name})))
                yield from same_bytes(records, case, model, f"the bytes of {flag.name}")


def _plain(records: Records) -> Iterator[Case]:
    return (case for case, _, _ in records.sending())


def _finds(records: Records, case: Case, path: str) -> bool:
    return bool(FieldPath.parse(path).find(records.payload(case)))


def _without_fields(payload: Any, case: Case) -> Any:
    for path in case.options.drop_fields:
        payload = FieldPath.parse(path).remove(payload)
    return payload


OPTION_CLAIMS = (
    Claim(
        id="drop-params-change-nothing",
        level="MUST",
        sentence="LiteLLM's `drop_params` changes no byte of what the handler sends.",
        reason="LiteLLM applies it to what a client asks of a provider that does not know it, and "
        "must not apply it to our payload (docs/litellm-facts.md, 'Calling downstream').",
        check=_drop_params,
        needs=("drop-params",),
    ),
    Claim(
        id="drop-fields-drop-their-paths",
        level="MUST",
        sentence="`drop_fields` removes what its field paths point at, on either API, and nothing "
        "else.",
        reason="It is the cure for a refusal that no flag knows (docs/settings.md).",
        check=_drop_fields,
        needs=("drop-fields",),
    ),
    Claim(
        id="drop-fields-commute-with-flags",
        level="MUST",
        sentence="Flags and `drop_fields` together remove what each removes alone.",
        reason="Which of them is applied first is nobody's to know (docs/settings.md).",
        check=_commute,
        needs=("drop-fields", "raised-flags", "drop-fields-with-flags"),
    ),
    Claim(
        id="flag-is-its-drop-field",
        level="MUST",
        sentence="A flag gives the bytes of a `drop_fields` with the flag's own path.",
        reason="A flag is a name for a field path and nothing more (docs/settings.md).",
        check=_flag_is_field,
        needs=("drop-fields", "flags"),
    ),
)
