"""Claims about the call: how many requests leave, where to, with which key, what comes back."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from conformance.claims.claim import Breach, Claim, Unsaid
from conformance.entries.access import EXPECTED
from conformance.litellm_changes import refused_by_litellm
from conformance.outcome import BESIDE_TEXT, UPSTREAM_TEXT, Answer, Failure
from conformance.replay import PATHS
from conformance.variants import variant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.claims.claim import Finding
    from conformance.matrix import Case
    from conformance.records import Records


def _one_request(records: Records) -> Iterator[Finding]:
    for case, outcome in records.outcomes.items():
        count = len(outcome.sent)
        refused = refused_by_litellm(case)
        if refused and not count:
            yield Unsaid(case, refused)
            continue
        calls = variant(case.options.variant).requests if case.options.variant else case.calls
        due = 0 if EXPECTED[case.source] is None else calls
        yield None if count == due else Breach(case, f"{due} requests", f"{count} requests")


def _answered(records: Records) -> Iterator[Finding]:
    for case, outcome in records.outcomes.items():
        answer = outcome.answer
        if EXPECTED[case.source] is None or (not outcome.sent and refused_by_litellm(case)):
            continue
        if case.options.variant and _has_its_own_answer(case):
            continue
        if isinstance(answer, Answer):
            same = answer.text == UPSTREAM_TEXT
            yield None if same else Breach(case, repr(UPSTREAM_TEXT), repr(answer.text))
        else:
            yield Breach(case, "an answer", str(answer))


def _streams_apart(records: Records) -> Iterator[Finding]:
    for case, outcome in records.outcomes.items():
        if case.options.beside and isinstance(outcome.answer, Answer):
            answer = outcome.answer
            seen = f"{answer.text!r} and beside it {answer.beside!r}"
            due = f"{UPSTREAM_TEXT!r} and beside it {BESIDE_TEXT!r}"
            yield None if seen == due else Breach(case, due, seen)


def _has_its_own_answer(case: Case) -> bool:
    """Whether a variant's upstream says something else than the usual text, or is not asked."""
    said = variant(case.options.variant)
    return bool(said.kind or said.status)


def _refused_without_key(records: Records) -> Iterator[Finding]:
    for case, outcome in records.outcomes.items():
        if EXPECTED[case.source] is not None:
            continue
        answer = outcome.answer
        named = isinstance(answer, Failure) and answer.status == HTTPStatus.BAD_REQUEST
        told = named and "set api_key" in str(answer)
        yield None if told else Breach(case, "a 400 that says to set api_key", str(answer))


def _configured_upstream(records: Records) -> Iterator[Finding]:
    for case, sent, _ in records.all_sending():
        expected = EXPECTED[case.source]
        if expected is not None and not variant(case.options.variant).is_elsewhere:
            due = f"POST {PATHS[case.api]} of {expected.base} with {expected.key}"
            seen = f"{sent.method} {sent.path} of {sent.base} with {sent.credential}"
            yield None if seen == due else Breach(case, due, seen)


def _arguments_untouched(records: Records) -> Iterator[Finding]:
    for case, outcome in records.outcomes.items():
        changed = ", ".join(outcome.touched)
        yield Breach(case, "arguments as they came", f"changed {changed}") if changed else None


CALL_CLAIMS = (
    Claim(
        id="one-request",
        level="MUST",
        sentence="Exactly one request leaves for one call; none for a base without a key.",
        reason="A retried refusal reached an upstream three times (docs/litellm-facts.md, 'Calling "
        "downstream').",
        check=_one_request,
    ),
    Claim(
        id="answered",
        level="MUST",
        sentence="The text that the upstream answers comes back to the letter, whole or streamed.",
        reason="A payload is worth nothing if the answer to it is lost (docs/replies.md).",
        check=_answered,
    ),
    Claim(
        id="streams-apart",
        level="MUST",
        sentence="Two streams that are open at once say each what its own upstream says.",
        reason="Claude Code runs several agents at once, and LiteLLM has one handler for all of "
        "them (docs/design.md).",
        check=_streams_apart,
        needs=("two-streams",),
    ),
    Claim(
        id="refused-without-key",
        level="MUST",
        sentence="A base of the model's own without a key is refused with a 400 that says what to "
        "set.",
        reason="LiteLLM would send OPENAI_API_KEY there (docs/litellm-facts.md, 'Calling "
        "downstream').",
        check=_refused_without_key,
        needs=("no-key",),
    ),
    Claim(
        id="configured-upstream",
        level="MUST",
        sentence="The request goes to the configured base, at the path of its API, with the "
        "configured key and no other.",
        reason="LiteLLM falls back to OPENAI_API_KEY where no key is given (docs/litellm-facts.md, "
        "'Calling downstream').",
        check=_configured_upstream,
    ),
    Claim(
        id="arguments-untouched",
        level="MUST",
        sentence="The handler leaves its caller's arguments as they came.",
        reason="LiteLLM reuses them for retries and fallbacks, and writes into them itself "
        "(docs/litellm-facts.md, 'What reaches the handler, and where').",
        check=_arguments_untouched,
    ),
)
