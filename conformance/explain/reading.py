"""The input of `conformance explain`: which error of a text is meant, or why none can be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from conformance.explain.captured import strange_part
from conformance.explain.exits import Exit
from mock_upstream import Session, load_profile
from mock_upstream.from_error.blame import OPAQUE, blame_of, says_a_refusal
from mock_upstream.from_error.finding import Found, find_errors, plain_error
from mock_upstream.from_error.source_text import UnreadableError, read_source
from mock_upstream.judging.judge import compile_judge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mock_upstream.from_error.blame import Blame
    from mock_upstream.from_error.report import ErrorReport
    from mock_upstream.verdict import Api

_PAGE: Final = re.compile(r"(?i)<(?:!doctype html|html|head|title)\b")
_SHOWN: Final = 160
_MANY: Final = 9
_TOO_MANY_REQUESTS: Final = 429
_SERVER_ERROR: Final = 500
_EXITS: Final = {"empty": Exit.EMPTY, "enormous": Exit.ENORMOUS, "binary": Exit.BINARY}


class UnexplainedError(Exception):
    """An input that cannot be explained; the message says what was received and what to do."""

    def __init__(self, code: Exit, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Chosen:
    """The error that is explained, what it blames, and a request that stood beside it.

    ``judged`` is set where no error stood there, and the mock's profile ``openai`` gave one.
    """

    report: ErrorReport
    blame: Blame
    request: Mapping[str, Any] | None = None
    judged: bool = False


def choose(data: bytes, number: int | None) -> Chosen:
    """Return the error in ``data``, the one of this number (from 1) where there are several.

    Raises `UnexplainedError`.
    """
    try:
        text = read_source(data)
    except UnreadableError as error:
        raise UnexplainedError(_EXITS[error.kind], str(error)) from None
    found = find_errors(text)
    request = next((one for one in found.requests if strange_part(one) is None), None)
    if not found.errors:
        return _without_a_body(text, request)
    report = _one(found, number)
    return Chosen(report, blame_of(report), request)


def refuse_what_is_none(chosen: Chosen) -> None:
    """Raise `UnexplainedError` for an error that no upstream's refusal of a request is."""
    report, blame = chosen.report, chosen.blame
    if report.half:
        raise UnexplainedError(Exit.HALF, _half(report, blame))
    if _is_anthropics(report):
        named = f" It refuses {blame.path}." if blame.path else ""
        raise UnexplainedError(
            Exit.ANOTHERS,
            "this error is in Anthropic's own envelope, of its Messages API: "
            f"{_short(report.message)!r}.{named} It does not come from an OpenAI-compatible "
            "upstream behind this handler; look at what answers /v1/messages "
            "(ANTHROPIC_BASE_URL), or give what LiteLLM logged",
        )
    if blame.kind == OPAQUE:
        failing = report.status is not None and (
            report.status >= _SERVER_ERROR or report.status == _TOO_MANY_REQUESTS
        )
        if failing:
            raise UnexplainedError(
                Exit.ANOTHERS,
                f"status {report.status} is no refusal of what was sent: "
                f"{_short(report.message)!r}. Ask again later, or look at the upstream; no "
                "setting changes it",
            )
        raise UnexplainedError(
            Exit.OPAQUE,
            f"the upstream names nothing that it refuses: {_short(report.message)!r}. Expected a "
            "field, or a rule that is known; conformance probe finds out what this upstream takes",
        )


def _without_a_body(text: str, request: Mapping[str, Any] | None) -> Chosen:
    if request is not None:
        return _judged(request)
    if _PAGE.search(text[:2000]):
        raise UnexplainedError(
            Exit.ANOTHERS,
            "received a web page; expected an upstream's error: a proxy or a web server answered, "
            "so look at api_base (does it end in /v1?)",
        )
    plain = plain_error(text)
    if plain is not None and says_a_refusal(plain.message):
        return Chosen(plain, blame_of(plain))
    raise UnexplainedError(
        Exit.NO_ERROR,
        f"received {len(text)} characters without an error in them; expected an upstream's error "
        "body, LiteLLM's exception, a log or a curl command",
    )


def _judged(request: Mapping[str, Any]) -> Chosen:
    """Let the profile `openai` say what is wrong with a request that came alone."""
    session = Session(load_profile("openai"), auth="off")
    api: Api = "responses" if "input" in request else "chat"
    verdict = session.judge(api, request, {})
    if verdict.accepted:
        raise UnexplainedError(
            Exit.NO_ERROR,
            "received a request without its answer, and the profile openai takes it; expected the "
            "upstream's error beside it",
        )
    reply = compile_judge(session.profile).refusal(verdict)
    report = find_errors(reply.body.decode("utf-8", "replace")).errors[0]
    return Chosen(report, blame_of(report), request, judged=True)


def _one(found: Found, number: int | None) -> ErrorReport:
    errors = _causes(found.errors)
    if number is not None:
        if not 1 <= number <= len(errors):
            raise UnexplainedError(
                Exit.USAGE, f"--error {number}: the text holds {len(errors)}, counted from 1"
            )
        return errors[number - 1]
    if len(errors) > 1:
        listed = "\n".join(
            f"  {place}  {one.status or '-'} {_short(one.message)}"
            for place, one in enumerate(errors[:_MANY], start=1)
        )
        more = f"\n  … and {len(errors) - _MANY} more" if len(errors) > _MANY else ""
        raise UnexplainedError(
            Exit.SEVERAL,
            f"received {len(errors)} different errors; choose one with --error N:\n{listed}{more}",
        )
    return errors[0]


def _causes(errors: tuple[ErrorReport, ...]) -> tuple[ErrorReport, ...]:
    """Leave out what only follows from a failed import: its cause says more."""
    imports = [one for one in errors if one.type == "import"]
    others = tuple(one for one in errors if one.type != "import")
    causes = [one for one in imports if "No module named" in one.message] or imports
    return (*others, *causes[:1])


def _is_anthropics(report: ErrorReport) -> bool:
    body = report.body
    through_litellm = any(
        "litellm" in name.lower() or name == "our handler" for name in report.wrapping
    )
    return isinstance(body, dict) and body.get("type") == "error" and not through_litellm


def _half(report: ErrorReport, blame: Blame) -> str:
    named = f", which begins to name {blame.path!r}" if blame.path else ""
    return (
        f"received half an error{named}: {_short(report.message)!r} ends where the text ends. "
        "Expected the whole body: copy it again, or look for it in LiteLLM's log"
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
