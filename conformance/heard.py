"""What a caller heard, in lines that are the same in every run: a reply's parts, an error's, logs.

Nothing is left out that the handler decides. What differs from run to run is named instead: the
port of an upstream, the number of a request in its mock, an id or a time that was made up.
"""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import orjson

from conformance.variants.placeholders import unsealed

if TYPE_CHECKING:
    from collections.abc import Iterator

LOGGERS: Final = "claude_code_proxy"
"""Whose log is heard, too: the handler's modules'."""

_ABOUT: Final = ("id", "model", "object")
_TOLD_OF_AN_ERROR: Final = ("param", "code", "type", "body", "headers", "litellm_response_headers")
_VOLATILE: Final = (
    (re.compile(r"127\.0\.0\.1:\d+"), "UPSTREAM"),
    (re.compile(r"mock\d{6,}"), "mock"),
    (re.compile(r"resp_[A-Za-z0-9+/=]{40,}"), "resp_LITELLM"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"\bcall_[0-9a-f]{16}_(\d+)\b"), r"call_made_up_\1"),
)


class Heard:
    """Collects the lines of one call, whose upstream's URL is ``base``."""

    def __init__(self, base: str = "") -> None:
        self.lines: list[str] = []
        self._base = base
        self._about: dict[str, Any] = {}

    def reply(self, reply: Any) -> None:
        """Take a whole reply or a stream's chunk; what they say of themselves is told once."""
        dumped = (
            reply.model_dump(exclude_none=True) if hasattr(reply, "model_dump") else {"": reply}
        )
        about = {key: dumped.pop(key) for key in _ABOUT if key in dumped}
        if about != self._about:
            self._about = about
            self._add(about)
        dumped.pop("created", None)
        for choice in dumped.pop("choices", ()):
            part = {**choice.pop("message", {}), **choice.pop("delta", {})}
            self._add({**part, **{key: choice[key] for key in choice if choice[key] != 0}})
        if dumped:
            self._add(dumped)

    def error(self, error: BaseException) -> None:
        """Take an exception: its words, and what stands beside them."""
        status = getattr(error, "status_code", None)
        self.lines.append(_stable(f"{type(error).__name__} {status}: {error}"))
        beside = {name: getattr(error, name, None) for name in _TOLD_OF_AN_ERROR}
        self._add({name: value for name, value in beside.items() if value})

    @contextmanager
    def log(self) -> Iterator[None]:
        """Take what the handler logs meanwhile, at any level, so that it shows nowhere else."""
        listener = _Listener(self.lines)
        logger = logging.getLogger(LOGGERS)
        before = logger.level, logger.propagate
        logger.addHandler(listener)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        try:
            yield
        finally:
            logger.setLevel(before[0])
            logger.propagate = before[1]
            logger.removeHandler(listener)

    def _add(self, value: Any) -> None:
        line = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
        self.lines.append(_stable(unsealed(line, self._base)))


class _Listener(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(_stable(f"{record.levelname}: {record.getMessage()}"))


def _stable(text: str) -> str:
    for pattern, name in _VOLATILE:
        text = pattern.sub(name, text)
    return text.replace("\n", "\\n").replace("\r", "\\r")
