"""Claims about the drop flags: they compare cases with each other and need no recorded answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.claims.claim import Breach, Claim
from conformance.edits import difference
from conformance.flags import FLAGS

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from common.field_path import FieldPath
    from conformance.matrix import Api, Case, Delivery
    from conformance.outcome import Sent
    from conformance.records import Records

_STREAM_KEYS = ("stream", "stream_options")


def _only_its_field(records: Records) -> Iterator[Breach | None]:
    for case, _, payload in records.sending():
        base = records.payload(records.unflagged(case.api, case.method))
        expected = _without_raised(base, case)
        yield _compare(
            case, payload, expected, "the unflagged payload less the raised flags' fields"
        )


def _same_in_any_placement(records: Records) -> Iterator[Breach | None]:
    def alike(case: Case) -> Hashable:
        together = len(case.delivery.values) == 1
        return (case.api, case.method, case.delivery.values[0][1]) if together else None

    yield from _identical(records, alike, "the bytes of the other placements")


def _unset_is_false(records: Records) -> Iterator[Breach | None]:
    def alike(case: Case) -> Hashable:
        return case.api, case.method, case.delivery.placements, case.delivery.raised

    yield from _identical(records, alike, "the bytes of the same flags unset")


def _any_true_wins(records: Records) -> Iterator[Breach | None]:
    def alike(case: Case) -> Hashable:
        return case.api, case.method, case.delivery.raised

    yield from _identical(records, alike, "the bytes of the flag true alone")


def _chat_left_alone(records: Records) -> Iterator[Breach | None]:
    def alike(case: Case) -> Hashable:
        return case.method if case.api == "chat" else None

    yield from _identical(records, alike, "the bytes of no flag")


def _sync_is_async(records: Records) -> Iterator[Breach | None]:
    def alike(case: Case) -> Hashable:
        return case.api, case.delivery, case.streams

    yield from _identical(records, alike, "the bytes of the synchronous method")


def _stream_keys_only(records: Records) -> Iterator[Breach | None]:
    for case, _, payload in records.sending():
        if case.streams:
            whole = replace(case, method="completion")
            expected = _without_stream_keys(records.payload(whole))
            yield _compare(
                case,
                _without_stream_keys(payload),
                expected,
                "the bytes that do not stream, but for stream keys",
            )


def _identical(
    records: Records, alike: Callable[[Case], Hashable], expected: str
) -> Iterator[Breach | None]:
    """Compare the raw bytes of the cases that are ``alike`` with those that most of them sent."""
    groups: dict[Hashable, list[tuple[Case, Sent]]] = {}
    for case, sent, _ in records.sending():
        groups.setdefault(alike(case), []).append((case, sent))
    groups.pop(None, None)
    for group in groups.values():
        [(usual, _)] = Counter(sent.sha256 for _, sent in group).most_common(1)
        model = next(case for case, sent in group if sent.sha256 == usual)
        for case, sent in group:
            same = sent.sha256 == usual
            yield None if same else _other_bytes(records, case, model, expected)


def _other_bytes(records: Records, case: Case, model: Case, expected: str) -> Breach:
    departure = _departure(records.payload(model), records.payload(case))
    words = f"{expected}, as in {model.method} with {model.delivery}"
    return Breach(case, words, departure or "the same JSON in another key order or with escapes")


def _compare(case: Case, payload: Any, expected: Any, words: str) -> Breach | None:
    departure = _departure(expected, payload)
    return Breach(case, words, departure) if departure else None


def _departure(expected: Any, payload: Any) -> str:
    return ", ".join(_short(str(edit)) for edit in difference(expected, payload))


def _short(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:120]}… ({len(text)} characters)"  # noqa: PLR2004 -- one line


def _without_raised(payload: Any, case: Case) -> Any:
    for path in _raised_paths(case.api, case.delivery):
        payload = path.remove(payload)
    return payload


def _raised_paths(api: Api, delivery: Delivery) -> list[FieldPath]:
    return [flag.path for flag in FLAGS if flag.api == api and flag.name in delivery.raised]


def _without_stream_keys(payload: Any) -> Any:
    return {key: value for key, value in (payload or {}).items() if key not in _STREAM_KEYS}


FLAG_CLAIMS = (
    Claim(
        id="flag-drops-only-its-field",
        level="MUST",
        sentence="A raised flag removes its field and nothing else, so flags commute.",
        reason="An upstream that accepts the rest gets the rest: metadata logging, signatures.",
        check=_only_its_field,
    ),
    Claim(
        id="same-in-any-placement",
        level="MUST",
        sentence="The same flags give identical bytes in whichever placement they arrive.",
        reason="Which placement LiteLLM uses depends on its version and the caller "
        "(docs/litellm-facts.md, 'What reaches the handler, and where').",
        check=_same_in_any_placement,
    ),
    Claim(
        id="unset-is-false",
        level="MUST",
        sentence="A flag that is unset and a flag that is false give identical bytes.",
        reason="Flags are opt-in: an upstream that accepts a field gets it.",
        check=_unset_is_false,
    ),
    Claim(
        id="any-true-wins",
        level="MUST",
        sentence="Where placements disagree about a flag, true wins.",
        reason="A refused request is worse than a field that was not logged.",
        check=_any_true_wins,
    ),
    Claim(
        id="responses-flags-leave-chat-alone",
        level="MUST",
        sentence="A flag of the Responses API changes no byte on Chat Completions.",
        reason="The flag's name says so: `_res_api`.",
        check=_chat_left_alone,
    ),
    Claim(
        id="sync-is-async",
        level="MUST",
        sentence="The synchronous and the asynchronous method send identical bytes.",
        reason="The proxy calls one, scripts the other; a bug report must not depend on it.",
        check=_sync_is_async,
    ),
    Claim(
        id="stream-keys-only",
        level="MUST",
        sentence="Streaming changes `stream` and `stream_options` and nothing else.",
        reason="What is accepted whole must be accepted streamed.",
        check=_stream_keys_only,
    ),
)
