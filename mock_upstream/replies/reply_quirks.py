"""How replies may differ from OpenAI's own: two dialects, and quirks that go by name.

Profiles, sessions and the command line choose from these names; the renderers do what they say.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, Protocol, TypeAlias, get_args

from mock_upstream.nearest import nearest

Dialect: TypeAlias = Literal["full", "sparse"]
"""`full`: every field that OpenAI sends. `sparse`: those that the types require or the plan fills,
as small servers answer."""

Quirk: TypeAlias = Literal[
    "no-usage",
    "no-done",
    "no-terminal-event",
    "arguments-object",
    "null-fields",
    "reasoning-content",
    "crlf",
    "comments",
    "keep-alives",
    "one-byte-chunks",
    "malformed-json",
]

DIALECTS: Final[tuple[Dialect, ...]] = get_args(Dialect)

QUIRKS: Final[Mapping[Quirk, str]] = MappingProxyType(
    {
        "no-usage": "No token counts, in no object and no event, even when they are asked for.",
        "no-done": "A Chat Completions stream ends without `data: [DONE]`.",
        "no-terminal-event": "A stream ends without its last event: the one that completes the "
        "response, or the chunk with the finish reason.",
        "arguments-object": "The arguments of a function call are a JSON object, not a string of "
        "JSON; arguments that are not JSON stay a string.",
        "null-fields": "Optional fields that are usually absent are there, as null.",
        "reasoning-content": "Chat Completions carries the reasoning under `reasoning_content`.",
        "crlf": "The lines of a stream end in carriage return and line feed.",
        "comments": "Each event of a stream begins with a comment line.",
        "keep-alives": "Between the events of a stream stand keep-alives: comments on their own.",
        "one-byte-chunks": "Each byte of the body is sent by itself.",
        "malformed-json": "The JSON of the body, or of the event in the middle of a stream, lacks "
        "its last character.",
    }
)
"""What each quirk does, a sentence each."""


@dataclass(frozen=True, slots=True)
class ReplyStyle:
    """The dialect and the quirks that replies are rendered in."""

    dialect: Dialect = "full"
    quirks: frozenset[Quirk] = frozenset()

    @property
    def full(self) -> bool:
        """Whether fields that the types do not require are sent too."""
        return self.dialect == "full"


class Declared(Protocol):
    """How a profile declares its replies."""

    @property
    def dialect(self) -> str:
        """The name of a dialect."""

    @property
    def quirks(self) -> Sequence[str]:
        """Names of quirks."""


def reply_style(
    declared: Declared, dialect: str | None = None, quirks: Sequence[str] | None = None
) -> ReplyStyle:
    """Take the style that a profile declares, with what overrides it. Raises `ValueError`."""
    return ReplyStyle(
        check_dialect(declared.dialect if dialect is None else dialect),
        check_quirks(declared.quirks if quirks is None else quirks),
    )


def check_dialect(name: str) -> Dialect:
    """Accept the name of a dialect. Raises `ValueError` that names the nearest one."""
    for dialect in DIALECTS:
        if name == dialect:
            return dialect
    raise ValueError(_unknown("reply dialect", name, DIALECTS))


def check_quirks(names: Iterable[str]) -> frozenset[Quirk]:
    """Accept the names of quirks. Raises `ValueError` for one that is not, with the nearest."""
    if isinstance(names, str):
        raise TypeError("quirks is one string; give a sequence, such as a tuple of one")
    chosen = set(names)
    for name in sorted(chosen):
        if name not in QUIRKS:
            raise ValueError(_unknown("reply quirk", name, QUIRKS))
    return frozenset(quirk for quirk in QUIRKS if quirk in chosen)


def _unknown(kind: str, name: str, names: Iterable[str]) -> str:
    known = tuple(names)
    return f"no {kind} {name!r}; expected one of {', '.join(known)}{nearest(name, known)}"
