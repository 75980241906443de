"""A profile that refuses just what an error refuses, in the same words and the same envelope.

What another request would change (the place, the value, its length) becomes a placeholder; all else
stands as it was seen.
"""

import copy
from collections.abc import Iterator, Mapping
from typing import Any, Final

from mock_upstream.field_path import Location, render
from mock_upstream.from_error.blame import CREDENTIAL_KIND, IMPORT, LITELLM, OPAQUE, Blame
from mock_upstream.from_error.report import ErrorReport
from mock_upstream.profile_format.profile import Profile, ProfileError
from mock_upstream.profile_format.profile_file import load_text
from mock_upstream.recording.yaml_text import comments, yaml_text

_ORIGIN: Final = "a profile made of the error"
_ONE_KEY: Final = ("message", "detail", "error")


class NotReproducibleError(ValueError):
    """An error that no upstream's profile brings about: it arose before a request was sent."""


def reproduction(report: ErrorReport, blame: Blame) -> str:
    """Write the profile as YAML. Raises `NotReproducibleError`."""
    if blame.kind == IMPORT:
        raise NotReproducibleError(
            f"no upstream said {report.message!r}: Python did, before any request was sent"
        )
    if blame.kind == LITELLM:
        raise NotReproducibleError(
            f"no upstream said {report.message!r}: LiteLLM did, before any request was sent"
        )
    for data in _tries(report, blame):
        text = yaml_text(data)
        try:
            load_text(text, _ORIGIN)
        except ProfileError:
            continue
        return comments(_head(report, blame)) + text
    raise NotReproducibleError("no profile of the mock's can say this error")


def load_reproduction(text: str) -> Profile:
    """Load what `reproduction` wrote."""
    return load_text(text, _ORIGIN)


def _head(report: ErrorReport, blame: Blame) -> Iterator[str]:
    yield "Made of one error: it refuses what that error refuses, in its words, and nothing else."
    yield f"What was read: {blame.kind} {', '.join(blame.paths) or blame.name}".rstrip()
    if report.half:
        yield "The error was cut off: its words end where the text ended."


def _tries(report: ErrorReport, blame: Blame) -> Iterator[dict[str, Any]]:
    """Yield profiles, the most telling first; each is tried until one can be loaded."""
    if blame.kind == CREDENTIAL_KIND:
        yield _base(report) | {"auth": {"invalid": _of_key(report)}}
        return
    rules = blame.rules if blame.kind != OPAQUE else ()
    for words in (_words(report, blame), _plain_words(report)):
        if rules:
            yield _base(report) | _ruled(rules, words, blame)
        yield _base(report) | _ruled(({"always": True},), words, blame)


def _base(report: ErrorReport) -> dict[str, Any]:
    return {
        "name": "from-error",
        "about": "An upstream that refuses as one error says.",
        "unknown": "ignore",
        "precedence": "rules-first",
        "envelope": _envelope(report),
    }


def _ruled(
    rules: tuple[Mapping[str, Any], ...], words: Mapping[str, Any], blame: Blame
) -> dict[str, Any]:
    written = [
        {
            "id": f"refused-{number}" if number > 1 else "refused",
            "api": _api_of(rule, blame),
            **rule,
            "error": dict(words),
            "note": "Read from an error's text.",
        }
        for number, rule in enumerate(rules, start=1)
    ]
    return {"rules": written}


def _api_of(rule: Mapping[str, Any], blame: Blame) -> str:
    path = next((str(value) for value in rule.values() if isinstance(value, str)), "")
    if path.startswith("messages"):
        return "chat"
    return "responses" if path.startswith("input") else blame.api


def _status(report: ErrorReport) -> int:
    return report.status or 400


def _words(report: ErrorReport, blame: Blame) -> dict[str, Any]:
    """Write the refusal with placeholders for what another request would change."""
    message = report.message
    place = blame.places[0] if blame.places else None
    pieces: list[str] = []
    end = 0
    for span in sorted(blame.spans, key=lambda one: one.start):
        varies = span.name != "value" or blame.kind not in ("type", "whole")
        name = _placeholder(message[span.start : span.end], span.name, place) if varies else None
        if name is None or span.start < end:
            continue
        pieces += [_escaped(message[end : span.start]), "{", name, "}"]
        end = span.end
    text = "".join([*pieces, _escaped(message[end:])])
    return _said(report, text, _param(report, place))


def _placeholder(text: str, name: str, place: Location | None) -> str | None:
    if name != "path":
        return name
    return name if place is not None and text == render(place) else None


def _param(report: ErrorReport, place: Location | None) -> Any:
    if report.param is not None and place is not None and report.param == render(place):
        return "{path}"
    return None if report.param is None else _escaped(report.param)


def _plain_words(report: ErrorReport) -> dict[str, Any]:
    return _said(report, _escaped(report.message), _escaped(report.param) if report.param else None)


def _said(report: ErrorReport, message: str, param: Any) -> dict[str, Any]:
    code = report.code if report.code is None or not report.code.isdecimal() else int(report.code)
    return {
        "status": _status(report),
        "message": message or "Refused.",
        "type": None if report.type is None else _escaped(report.type),
        "param": param,
        "code": code if isinstance(code, int | None) else _escaped(code),
    }


def _of_key(report: ErrorReport) -> dict[str, Any]:
    said = _plain_words(report)
    said["status"] = report.status or 401
    return said | {"message": _escaped(report.message) or "Unauthorized"}


def _envelope(report: ErrorReport) -> Any:
    """Write the body with its message left open; OpenAI's where the text shows no body."""
    if report.body is None:
        plain = not (report.param or report.code or report.type) and not report.wrapping
        return "text" if plain else "openai"
    body = copy.deepcopy(report.body)
    listed = _with_a_list(body)
    if listed is not None:
        return listed
    return {"body": _opened(body, report.message, report.param)}


def _with_a_list(body: Any) -> dict[str, Any] | None:
    """Write a body that lists what it refuses as one that collects."""
    holder = body
    for _ in range(3):
        if not isinstance(holder, dict):
            return None
        for key in ("detail", "errors"):
            rows = holder.get(key)
            if isinstance(rows, list) and rows and isinstance(rows[0], dict) and "loc" in rows[0]:
                item = {name: _of_item(name, value) for name, value in rows[0].items()}
                holder[key] = "{errors}"
                return {"body": _kept(body), "collect": {"item": item}}
        holder = next((holder[key] for key in _ONE_KEY if isinstance(holder.get(key), dict)), None)
    return None


def _of_item(name: str, value: Any) -> Any:
    known = {"loc": "{loc}", "msg": "{message}", "input": "{input}"}
    return known.get(name) or _opened(value, "", None)


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        return value if value == "{errors}" else _escaped(value)
    if isinstance(value, dict):
        return {key: _kept(inner) for key, inner in value.items()}
    return [_kept(inner) for inner in value] if isinstance(value, list) else value


def _opened(value: Any, message: str, param: str | None) -> Any:
    if isinstance(value, str):
        if message and value == message:
            return "{message}"
        return "{param}" if param and value == param else _escaped(value)
    if isinstance(value, dict):
        return {key: _opened(inner, message, param) for key, inner in value.items()}
    return [_opened(one, message, param) for one in value] if isinstance(value, list) else value


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
