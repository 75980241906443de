"""An explanation for a person: what was refused, what is known of it, the cure, the proof."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Final

from conformance.explain.captured import NAME
from conformance.reports.visible import short, visible, without_keys
from mock_upstream.from_error.blame import IMPORT, LITELLM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.explain.explanation import Explanation
    from conformance.explain.matching import Likeness
    from conformance.explain.proof import Proof

_LABEL: Final = 10
_WIDTH: Final = 100
_LONGEST: Final = 300
_TO_INSTALL: Final = (
    "pip install this project into LiteLLM's Python; or copy claude_code_proxy/ and common/ beside "
    "the config file and set PYTHONPATH to it"
)
_APIS: Final = {"responses": "Responses", "chat": "Chat Completions", "both": "either API"}
_SCOPES: Final = {
    "body": "sourced, the whole body",
    "body-repr": "sourced, the body as an SDK prints it",
    "body-elided": "sourced, parts of the body left out",
    "message": "sourced, the message alone",
    "fragment": "sourced, a fragment",
    "inferred": "inferred: no source shows it",
}


def lines(explanation: Explanation) -> Iterator[str]:
    """Yield the lines."""
    yield from _error(explanation)
    yield from _known(explanation)
    yield from _cure(explanation)
    yield from _proof(explanation)
    yield from _shrunk(explanation)


def _row(label: str, text: str) -> Iterator[str]:
    """Yield a label and a text beside it, wrapped."""
    safe = visible(without_keys(" ".join(text.split())))
    first, *rest = textwrap.wrap(safe, _WIDTH - _LABEL, break_on_hyphens=False) or [""]
    yield f"{label:<{_LABEL}}{first}".rstrip()
    yield from (f"{'':<{_LABEL}}{line}" for line in rest)


def _block(text: str) -> Iterator[str]:
    yield ""
    for line in text.rstrip("\n").split("\n"):
        yield f"{'':<{_LABEL}}{visible(without_keys(line))}".rstrip()
    yield ""


def _error(explanation: Explanation) -> Iterator[str]:
    report = explanation.chosen.report
    status = f"{report.status} " if report.status else ""
    yield from _row("error", f"{status}{short(report.message, _LONGEST)}")
    if report.wrapping:
        yield from _row("within", ", ".join(dict.fromkeys(report.wrapping)))
    if explanation.chosen.judged:
        yield from _row("", "(no error stood beside the request: this is the profile openai's)")
    yield from _row("refused", explanation.refused)
    if explanation.trouble:
        yield from _row("trouble", f"one of the four classic ones: {explanation.trouble}")


def _known(explanation: Explanation) -> Iterator[str]:
    if explanation.chosen.blame.kind in (IMPORT, LITELLM):
        return
    if not explanation.near:
        yield from _row("quirk", "none in the catalogue is like it")
        return
    first, *others = explanation.near
    like = "the same words as" if first.same_words else "nearest to"
    yield from _row("quirk", f"{like} {_quirk(first)}")
    yield from _row("source", f"{', '.join(first.entry.source)} ({_SCOPES[first.entry.scope]})")
    if others:
        yield from _row(
            "also like", ", ".join(f"{one.entry.id} ({one.entry.upstream})" for one in others)
        )


def _quirk(one: Likeness) -> str:
    profiles = f", profile {one.profiles[0]}" if one.profiles else ""
    return f"{one.entry.id}: {one.entry.upstream}{profiles}"


def _cure(explanation: Explanation) -> Iterator[str]:
    proof = explanation.proof
    if explanation.cure is not None and proof is not None:
        if explanation.chosen.blame.kind == IMPORT:
            yield from _row(
                "cure",
                f"{proof.cure or _TO_INSTALL}. In the config:",
            )
        else:
            where = (
                "the config" if explanation.chosen.blame.kind == LITELLM else "the model's entry"
            )
            yield from _row("cure", f"{proof.why}. In {where}:")
        yield from _block(explanation.cure)
    elif proof is not None and proof.outcome == "not-sent":
        yield from _row("cure", _nothing_to_set(proof))
    elif proof is not None:
        yield from _row("cure", _no_cure(explanation, proof))
        if explanation.row:
            kind = (
                "this line"
                if explanation.row.startswith("drop_")
                else "this row of claude_code_proxy/adaptations.py"
            )
            yield from _row("", f"{kind} would:")
            yield from _block(explanation.row)


def _nothing_to_set(proof: Proof) -> str:
    if proof.scenario == NAME:
        return "nothing to set: what this handler makes of your request is not refused so"
    return (
        "nothing to set: this handler, as it stands, sends no request that is refused so. Update "
        "what you run, or give the request that was refused with --request"
    )


def _no_cure(explanation: Explanation, proof: Proof) -> str:
    if proof.why:
        return f"no setting cures it: {proof.why}"
    if explanation.row is None:
        return "no setting cures it: it is the upstream's own state (its model, account or flags)"
    return "no setting cures it"


def _proof(explanation: Explanation) -> Iterator[str]:
    proof = explanation.proof
    if proof is None:
        yield from _row("proof", f"none: {explanation.unproved}")
        return
    if explanation.chosen.blame.kind == IMPORT:
        ours = "the handler beside the config" if proof.cure else "nothing of ours on Python's path"
        yield from _row("proof", f"LiteLLM's own loader, {ours}:")
        yield from _row("", f"without it: {proof.without_message}")
        if proof.outcome == "cured":
            yield from _row("", f"with it: {proof.why}")
        return
    yield from _of_requests(proof)


def _of_requests(proof: Proof) -> Iterator[str]:
    how = " with the field put in by extra_body (it sends none of itself)" if proof.planted else ""
    yield from _row(
        "proof",
        f"a mock that refuses so; this handler, the request {proof.scenario}, "
        f"{_APIS.get(proof.api, proof.api)}{how}:",
    )
    yield from _row(
        "", f"without it: {proof.without_status} {short(proof.without_message, _LONGEST)}"
    )
    if proof.with_status is not None:
        yield from _row("", f"with it: {proof.with_status}")
    if proof.changes:
        yield from _row("payload", proof.changes[0])
        for change in proof.changes[1:5]:
            yield from _row("", change)
        if len(proof.changes) > 5:  # noqa: PLR2004 -- as many as were shown
            yield from _row("", f"… and {len(proof.changes) - 5} more")
    if proof.tried:
        tried = "; ".join(json.dumps(dict(one), ensure_ascii=False) for one in proof.tried)
        yield from _row("tried", tried)


def _shrunk(explanation: Explanation) -> Iterator[str]:
    shrunk = explanation.shrunk
    if shrunk is None:
        return
    least = (
        "the smallest that is still refused"
        if shrunk.complete
        else "not the smallest yet: time is up"
    )
    yield from _row(
        "request",
        f"{shrunk.before} bytes became {shrunk.after} in {shrunk.trials} trials, {least}:",
    )
    yield from _block(json.dumps(shrunk.request, ensure_ascii=False))
