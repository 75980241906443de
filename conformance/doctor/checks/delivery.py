"""What LiteLLM makes of the settings on their way, and the handler of those that arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy import chat_request, responses_request
from claude_code_proxy.drop_flags import DROP_FLAGS
from claude_code_proxy.left_out import left_out
from claude_code_proxy.placements import boolean
from claude_code_proxy.settings import ADDITIONAL_DROP_PARAMS, DROP_FIELDS
from common.field_path import FieldPath, FieldPathError
from conformance.doctor.checks.spelling import KNOWN, nearest_setting
from conformance.doctor.checks.useless import APIS
from conformance.doctor.finding import Finding, error, note, warning
from conformance.doctor.subject import NESTED, of_model, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.doctor.config_file import Model
    from conformance.doctor.subject import Subject
    from conformance.doctor.trial import Asked

_NEVER_DROPPED: Final = ("input", "instructions", "messages", "metadata", "reasoning_content")
_ALSO_READ: Final = KNOWN | {"thinking"}


def consumed_drop_params(subject: Subject) -> Iterator[Finding]:
    """Find in ``additional_drop_params`` what LiteLLM, who keeps it to itself, does not drop."""
    for model in subject.ours:
        given = model.params.get(ADDITIONAL_DROP_PARAMS)
        still_there = [
            text
            for text in (given if isinstance(given, list) else ())
            if _root(text) in (*_NEVER_DROPPED, "thinking_blocks") or _is_sent(subject, model, text)
        ]
        if still_there:
            paths = ", ".join(f'"{_as_field(subject, model, text)}"' for text in still_there)
            message = (
                f"LiteLLM consumes {ADDITIONAL_DROP_PARAMS}: it acts on the client's top-level "
                f"parameters, before the handler, and not on {', '.join(still_there)}; set "
                f"{DROP_FIELDS}: [{paths}]"
            )
            yield of_model(
                model, warning("drop-params-consumed", message), NESTED, ADDITIONAL_DROP_PARAMS
            )


def refusals(subject: Subject) -> Iterator[Finding]:
    """Find models that a small request of Claude Code's kind gets no answer from, and say why."""
    for model in subject.custom:
        asked = subject.asked(model)
        if subject.trial is not None and asked is None:
            message = "the model was not asked for: those before it took all the time there is"
            yield of_model(model, note("not-asked", message))
        if asked is not None and asked.refusal and not _is_unloaded(subject, model):
            message = (
                f"a small request of Claude Code's kind is refused before it reaches the upstream: "
                f"{asked.refusal}"
                if asked.payload is None
                else f"a small request of Claude Code's kind failed: {asked.refusal}"
            )
            yield of_model(model, error("refused", message))


def _is_unloaded(subject: Subject, model: Model) -> bool:
    """Tell whether the model's handler did not load, which is told by itself."""
    handlers = subject.trial.handlers if subject.trial else {}
    references = [each.reference for each in subject.handlers if each.provider == model.provider]
    return any(handlers[each].causes for each in references if each in handlers)


def strangers(subject: Subject) -> Iterator[Finding]:
    """Find settings that reach the handler and that neither it nor the API has a place for."""
    for model in subject.ours:
        asked = subject.asked(model)
        if asked is None or asked.api not in ("responses", "chat"):
            continue
        read = (responses_request if asked.api == "responses" else chat_request).READ
        arrived = (asked.placements or {}).get("optional_params", ())
        names = [n for n in model.params if n in arrived and not nearest_setting(n)]
        for name in sorted(left_out(names, read) - _ALSO_READ):
            message = (
                f"{name} reaches the handler, and nobody reads it: it is no setting, and no "
                f"parameter that {APIS[asked.api]} has a place for; to send it as it is, put it "
                "under extra_body"
            )
            yield of_model(model, warning("unread-setting", message), NESTED, name)


def flags_without_effect(subject: Subject) -> Iterator[Finding]:
    """Find fields that are to be dropped and are sent all the same: the handler is an old copy."""
    for model in subject.ours:
        asked = subject.asked(model)
        if asked is None or asked.payload is None or asked.api == "anthropic":
            continue
        for place, name, path in _dropped(model, asked):
            if path.find(asked.payload):
                message = (
                    f"{name} is set, and {path} is sent all the same: the copy of the handler that "
                    "LiteLLM has loaded does not know it"
                )
                yield of_model(model, error("without-effect", message), *place, name)


def _dropped(model: Model, asked: Asked) -> Iterator[tuple[tuple[str, ...], str, FieldPath]]:
    flags = {flag.name: flag.path for flag in DROP_FLAGS if flag.api == asked.api}
    for place, name, value in settings_of(model):
        if name in flags and _is_true(value):
            yield place, name, flags[name]
        elif name == DROP_FIELDS:
            for text in [value] if isinstance(value, str) else value or ():
                path = _path(text)
                if path is not None:
                    yield place, name, path


def _is_sent(subject: Subject, model: Model, text: Any) -> bool:
    asked, path = subject.asked(model), _path(text)
    payload: Mapping[str, Any] = (asked.payload if asked else None) or {}
    return path is not None and bool(path.find(payload))


def _as_field(subject: Subject, model: Model, text: str) -> str:
    """Return the path in the payload of what somebody has looked for in the client's request."""
    if subject.api(model) == "responses":
        text = text.replace("messages[", "input[", 1)
        return "input[*].thinking_blocks" if text == "thinking_blocks" else text
    return f"messages[*].{text}" if text == "thinking_blocks" else text


def _root(text: Any) -> str:
    return str(text).partition("[")[0].partition(".")[0]


def _path(text: Any) -> FieldPath | None:
    try:
        return FieldPath.parse(text)
    except (FieldPathError, TypeError, AttributeError):
        return None


def _is_true(value: object) -> bool:
    try:
        return boolean(value) is True
    except ValueError:
        return False
