"""Claims about the handler's methods and LiteLLM's entries: one request is one payload."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from conformance.claims.claim import Breach, Claim
from conformance.claims.compare import compared, same_bytes, short, twin
from conformance.edits import Order, difference
from conformance.litellm_changes import changed_by_litellm
from conformance.matrix import NO_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.claims.claim import Finding
    from conformance.matrix import Case, Method
    from conformance.records import Records

_STREAM_KEYS = ("stream", "stream_options")
_SYNCHRONOUS: Final[Mapping[Method, Method]] = {
    "acompletion": "completion",
    "astreaming": "streaming",
}
_WHOLE: Final[Mapping[Method, Method]] = {"streaming": "completion", "astreaming": "acompletion"}


def _sync_is_async(records: Records) -> Iterator[Finding]:
    for case in records.outcomes:
        if case.method in _SYNCHRONOUS:
            other = replace(case, method=_SYNCHRONOUS[case.method])
            yield from same_bytes(records, case, other, "the bytes of the synchronous method")


def _stream_keys_only(records: Records) -> Iterator[Finding]:
    for case, _, payload in records.all_sending():
        if case.method in _WHOLE:
            whole = replace(case, method=_WHOLE[case.method])
            if twin(records, whole) is not None:
                yield compared(
                    case,
                    _without_stream_keys(payload),
                    _without_stream_keys(records.payload(whole)),
                    "the payload that does not stream, but for stream keys",
                )


def _without_stream_keys(payload: Any) -> Any:
    return {key: value for key, value in payload.items() if key not in _STREAM_KEYS}


def _entry(records: Records) -> Iterator[Finding]:
    """Compare with the same flags by the SDK; in whichever placement, by another claim."""
    by_sdk = {
        _alike(case): case
        for case, _, _ in reversed(list(records.sending()))
        if case.entry == "sdk"
    }
    for case, _, payload in records.all_sending():
        plain = replace(case.options, beside=False) == NO_OPTIONS
        if case.entry not in ("sdk", "handler") and plain:
            model = by_sdk.get(_alike(case))
            if model is not None:
                yield _same_entry(records, case, payload, records.payload(model))


def _alike(case: Case) -> tuple[object, ...]:
    return case.api, case.method, case.source, case.delivery.raised


def _same_entry(records: Records, case: Case, payload: Any, expected: Any) -> Breach | None:
    edits = difference(expected, payload)
    ours = [edit for edit in edits if not changed_by_litellm(case, records.scenario, edit)]
    if len(ours) < len(edits) and all(isinstance(edit, Order) for edit in ours):
        return None  # another key stands where LiteLLM put it
    if not ours:
        return None
    words = "the payload by the SDK, but for what LiteLLM changes"
    return Breach(case, words, ", ".join(short(str(edit)) for edit in ours))


METHOD_CLAIMS = (
    Claim(
        id="sync-is-async",
        level="MUST",
        sentence="The synchronous and the asynchronous method send identical bytes.",
        reason="The proxy calls one, scripts the other; a bug report must not depend on it "
        "(docs/design.md).",
        check=_sync_is_async,
    ),
    Claim(
        id="stream-keys-only",
        level="MUST",
        sentence="Streaming changes `stream` and `stream_options` and nothing else.",
        reason="What is accepted whole must be accepted streamed (docs/design.md).",
        check=_stream_keys_only,
        needs=("streams",),
    ),
    Claim(
        id="entry-changes-nothing",
        level="MUST",
        sentence="LiteLLM's Router and its proxy's three endpoints send the SDK's payload, but for "
        "what LiteLLM itself changes on the way to the handler, named below field by field.",
        reason="What is seen with a script must be true behind the proxy (docs/litellm-facts.md, "
        "'What reaches the handler, and where').",
        check=_entry,
        needs=("entries",),
    ),
)
