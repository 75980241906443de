"""Claims about what comes back: refusals by their status, streams that say what a reply does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import orjson

from conformance.claims.claim import Breach, Claim
from conformance.claims.compare import short
from conformance.outcome import Answer, Failure
from conformance.variants import variant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.claims.claim import Finding
    from conformance.outcome import Outcome
    from conformance.records import Records


def _by_status(records: Records) -> Iterator[Finding]:
    for case, outcome in records.outcomes.items():
        due = variant(case.options.variant).status
        if due is not None:
            answer = outcome.answer
            same = isinstance(answer, Failure) and answer.status == due
            yield None if same else Breach(case, f"an error of status {due}", short(str(answer)))


def _streamed_as_whole(records: Records) -> Iterator[Finding]:
    for case, outcome in records.outcomes.items():
        if not case.streams or variant(case.options.variant).kind != "reply":
            continue
        whole = records.outcomes.get(replace(case, method="completion"))
        if whole is not None:
            said, due = _said(outcome), _said(whole)
            yield None if said == due else Breach(case, f"{due}, as the whole reply", f"{said}")


def _said(outcome: Outcome) -> Any:
    """Return text, reasoning, calls, finish reason and usage, put together from what was heard."""
    answer = outcome.answer
    if not isinstance(answer, Answer):
        return getattr(answer, "status", None)
    said: dict[str, Any] = {"content": "", "reasoning_content": "", "calls": {}}
    for line in answer.heard:
        if line.startswith("{"):
            _take(said, orjson.loads(line))
    return said


def _take(said: dict[str, Any], part: dict[str, Any]) -> None:
    for key in ("content", "reasoning_content"):
        said[key] += part.get(key) or ""
    for place, call in enumerate(part.get("tool_calls") or ()):
        function = call["function"]
        made = said["calls"].setdefault(call.get("index", place), ["", "", ""])
        for at, text in enumerate((call.get("id"), function.get("name"), function["arguments"])):
            made[at] += text or ""
    for key in ("finish_reason", "usage"):
        said[key] = part.get(key) or said.get(key)


REPLY_CLAIMS: Final = (
    Claim(
        id="errors-by-status",
        level="MUST",
        sentence="What cannot be sent is refused with a 400 of the handler's, and what an upstream "
        "refuses, breaks off or answers wrongly comes back as an error of its status.",
        reason="LiteLLM decides 401, 429 and 500 by the text, and repeats what it takes for a "
        "server's failure (docs/litellm-facts.md, 'Calling downstream').",
        check=_by_status,
        needs=("variants", "refusals"),
    ),
    Claim(
        id="streamed-as-whole",
        level="MUST",
        sentence="A streamed reply has the text, the reasoning, the calls, the finish reason and "
        "the usage that it has in one piece.",
        reason="Claude Code streams, and a script that reproduces its trouble does not "
        "(docs/replies.md).",
        check=_streamed_as_whole,
        needs=("variants", "plans", "streams"),
    ),
)
