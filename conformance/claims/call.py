"""Claims about the call: how many requests leave, where to, with which key, what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.claims.claim import Breach, Claim
from conformance.environment import KEY_FROM_CALL
from conformance.outcome import UPSTREAM_TEXT, Failure
from conformance.replay import PATHS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.records import Records


def _one_request(records: Records) -> Iterator[Breach | None]:
    for case, outcome in records.outcomes.items():
        count = len(outcome.sent)
        yield None if count == 1 else Breach(case, "one request", f"{count} requests")


def _answered(records: Records) -> Iterator[Breach | None]:
    for case, outcome in records.outcomes.items():
        answer = outcome.answer
        if isinstance(answer, Failure):
            yield Breach(case, "an answer", f"{answer.kind}: {answer.message}")
        else:
            same = answer.text == UPSTREAM_TEXT
            yield None if same else Breach(case, repr(UPSTREAM_TEXT), repr(answer.text))


def _configured_upstream(records: Records) -> Iterator[Breach | None]:
    for case, sent, _ in records.sending():
        seen = f"{sent.method} {sent.path} with {sent.credential}"
        expected = f"POST {PATHS[case.api]} with {KEY_FROM_CALL}"
        yield None if seen == expected else Breach(case, expected, seen)


def _arguments_untouched(records: Records) -> Iterator[Breach | None]:
    for case, outcome in records.outcomes.items():
        changed = ", ".join(outcome.touched)
        yield Breach(case, "arguments as they came", f"changed {changed}") if changed else None


CALL_CLAIMS = (
    Claim(
        id="one-request",
        level="MUST",
        sentence="Exactly one request leaves for one call.",
        reason="A retried refusal reached an upstream three times (docs/litellm-facts.md, 'Calling "
        "downstream').",
        check=_one_request,
    ),
    Claim(
        id="answered",
        level="MUST",
        sentence="The text that the upstream answers comes back to the letter, whole or streamed.",
        reason="A payload is worth nothing if the answer to it is lost.",
        check=_answered,
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
        reason="LiteLLM reuses them for retries and fallbacks.",
        check=_arguments_untouched,
    ),
)
