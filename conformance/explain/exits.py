"""The exit codes of `conformance explain`, and what each means."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """How an explanation ended."""

    PROVED = 0
    NO_CURE = 1
    USAGE = 2
    CANNOT_PROVE = 3
    NO_ERROR = 4
    HALF = 5
    SEVERAL = 6
    ANOTHERS = 7
    OPAQUE = 8
    EMPTY = 9
    ENORMOUS = 10
    BINARY = 11


MEANINGS = (
    (
        Exit.PROVED,
        "explained, and the cure proved (or shown that this handler sends no such thing)",
    ),
    (Exit.NO_CURE, "explained, and no setting cures it"),
    (Exit.USAGE, "the command line was wrong, or a file cannot be opened"),
    (Exit.CANNOT_PROVE, "explained, but nothing could be run: LiteLLM or the handler is missing"),
    (Exit.NO_ERROR, "the text holds no error"),
    (Exit.HALF, "the text holds half an error"),
    (Exit.SEVERAL, "the text holds several errors: choose one with --error N"),
    (Exit.ANOTHERS, "an error, but no refusal by an OpenAI-compatible upstream"),
    (Exit.OPAQUE, "a refusal that names nothing"),
    (Exit.EMPTY, "nothing was received"),
    (Exit.ENORMOUS, "more was received than is read"),
    (Exit.BINARY, "what was received is no text"),
)
