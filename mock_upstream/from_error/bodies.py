"""Reads an error's body: the message, and what stands beside it, in whichever envelope."""

import re
from collections.abc import Mapping
from typing import Any, Final

from mock_upstream.from_error.json_spans import spans
from mock_upstream.from_error.report import Detail, ErrorReport

_WORDS: Final = ("error", "errors", "detail", "message", "error_message")
_BESIDE_A_MESSAGE: Final = (
    "type",
    "code",
    "param",
    "status",
    "status_code",
    "object",
    "error_code",
    "type_",
    "title",
)
_PRINTED: Final = re.compile(
    r"'type': '(?P<type>\w+)', 'loc': [(\[](?P<loc>[^)\]]*)[)\]], 'msg': ['\"](?P<msg>[^'\"]*)"
)


def read_body(value: Mapping[str, Any]) -> ErrorReport | None:
    """Read an error's body, in whichever envelope; None for another object."""
    error, said = value.get("error"), value.get("message")
    if isinstance(error, dict) and any(error.get(word) for word in _WORDS):
        return _read(error, value)
    if isinstance(error, str) and error:
        return _read({**value, "message": error}, value)
    for rows in (value.get("errors"), value.get("detail"), read(said, "detail")):
        if isinstance(rows, list) and details_of(rows):
            return listed(rows, value)
    detail = value.get("detail")
    if isinstance(detail, str | dict) and detail:
        told = detail if isinstance(detail, dict) else {**value, "message": detail}
        return _read(told, value)
    beside = any(word in value for word in _BESIDE_A_MESSAGE) or len(value) == 1
    talk = _is_talk(value) or not isinstance(said, str) or not said
    return None if talk or not beside else _read(value, value)


def read(value: Any, key: str) -> Any:
    """Return what an object has under a key, None for anything else."""
    return value.get(key) if isinstance(value, dict) else None


def _is_talk(value: Mapping[str, Any]) -> bool:
    """Say whether an object with a message is a log's line or a message of a conversation."""
    return "role" in value or "level" in value or "levelname" in value


def _read(error: Mapping[str, Any], body: Mapping[str, Any]) -> ErrorReport:
    message = next(
        (error[word] for word in ("message", "detail", "error", "msg") if error.get(word)), ""
    )
    if isinstance(message, dict | list):
        rows = message.get("detail") if isinstance(message, dict) else message
        if isinstance(rows, list) and details_of(rows):
            return listed(rows, body)
        message = str(message)
    status = next(
        (int(error[w]) for w in ("status", "status_code", "code") if _is_status(error.get(w))), None
    )
    param = error.get("param")
    return ErrorReport(
        message,
        status=status,
        param=param.strip("'") if isinstance(param, str) and param else None,
        code=_word(error.get("code")),
        type=_word(error.get("type")),
        details=_printed(message),
        body=dict(body),
    )


def _printed(message: str) -> tuple[Detail, ...]:
    """Read pydantic's list as Python prints it within a message."""
    if "'loc':" not in message:
        return ()
    rows = [span.value for span in spans(message)]
    flat = [one for row in rows for one in (row if isinstance(row, list) else [row])]
    return details_of(flat) or tuple(map(_elided, _PRINTED.finditer(message)))


def _elided(found: re.Match[str]) -> Detail:
    """Read one of a printed list that cannot be read as Python, for parts are left out."""
    steps = [step.strip(" '\"") for step in found["loc"].split(",") if step.strip()]
    return Detail(found["msg"], tuple(int(s) if s.isdecimal() else s for s in steps), found["type"])


def listed(rows: list[Any], body: Any) -> ErrorReport:
    """Read an error that lists what it refuses."""
    details = details_of(rows)
    return ErrorReport(
        "; ".join(one.message for one in details),
        type=details[0].type,
        details=details,
        body=body if isinstance(body, dict) else list(body),
    )


def _is_status(value: object) -> bool:
    return str(value).isdecimal() and 400 <= int(str(value)) < 600  # noqa: PLR2004 - HTTP's refusals


def _word(value: object) -> str | None:
    return str(value)[:200] if isinstance(value, str | int) and value != "" else None


def wrapped_body(value: Mapping[str, Any]) -> str | None:
    """Return the provider's own body, as a gateway passes it on."""
    error = value.get("error") if isinstance(value.get("error"), dict) else value
    for holder in (error, value):
        metadata = holder.get("metadata") if isinstance(holder, dict) else None
        if isinstance(metadata, dict) and isinstance(metadata.get("raw"), str):
            return str(metadata["raw"])
    return None


def details_of(rows: object) -> tuple[Detail, ...]:
    """Read pydantic's list of what it refused; empty for anything else."""
    found = []
    for row in rows if isinstance(rows, list) else ():
        message = read(row, "msg") or read(row, "message")
        if isinstance(message, str):
            loc = read(row, "loc") or read(row, "path")
            several = loc if isinstance(loc, list | tuple) else ()
            steps = tuple(step for step in several if isinstance(step, str | int))
            found.append(Detail(message, steps, _word(read(row, "type"))))
    return tuple(found)
