"""Commands to copy: one that repeats a case alone, one that posts its payload to an upstream.

A key is never in them, only the variable that holds it.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from conformance.loading import HANDLER

if TYPE_CHECKING:
    from conformance.reports.lines import CaseLine, SentLine
    from conformance.reports.result import Result

_INLINE: Final = 1_500
"""Characters of a payload that a command line is still readable with."""

_CURL: Final = (
    'curl -sS "$OPENAI_BASE_URL"{path} -H "Authorization: Bearer $OPENAI_API_KEY" '
    "-H 'Content-Type: application/json' --data-binary {data}"
)


def repeat_command(result: Result, case: CaseLine) -> str:
    """Return the command that runs ``case`` again, alone."""
    handler = result.header.handler
    named = "" if handler == HANDLER else f" --handler {shlex.quote(handler)}"
    return f"conformance run --case {case.id}{named}"


def curl_command(result: Result, sent: SentLine, file: str) -> str:
    """Return the command that posts what ``sent`` carried to ``$OPENAI_BASE_URL``.

    A long payload, or one that a terminal would not show as it is, is taken out of the result
    file, which ``file`` names as a shell has it: several shards' are several words.
    """
    text = result.payloads[sent.sha256].text
    path = shlex.quote(sent.path.removeprefix("/v1"))
    if len(text) <= _INLINE and text.isprintable():
        return _CURL.format(path=path, data=shlex.quote(text))
    taken = f"conformance report {file} --payload {sent.sha256[:12]}"
    return f"{taken} | {_CURL.format(path=path, data='@-')}"
