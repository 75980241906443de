"""What a reply plan is made of: calls, a hosted search, citations, a failure, token counts."""

from dataclasses import dataclass
from typing import Final

from mock_upstream.nearest import nearest
from mock_upstream.replies.reply_checks import require_count, require_text

FAILURE_CODES: Final = (
    "server_error",
    "rate_limit_exceeded",
    "invalid_prompt",
    "data_residency_mismatch",
    "bio_policy",
    "vector_store_timeout",
    "invalid_image",
    "invalid_image_format",
    "invalid_base64_image",
    "invalid_image_url",
    "image_too_large",
    "image_too_small",
    "image_parse_error",
    "image_content_policy_violation",
    "invalid_image_mode",
    "image_file_too_large",
    "unsupported_image_media_type",
    "empty_image_file",
    "failed_to_download_image",
    "image_file_not_found",
)
"""The codes of a failed response, as the `openai` package 2.54.0 declares them."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of a reply. `cached` is part of `input`, `reasoning` is part of `output`."""

    input: int = 12
    output: int = 8
    cached: int = 0
    reasoning: int = 0

    def __post_init__(self) -> None:
        for name in ("input", "output", "cached", "reasoning"):
            require_count(f"Usage.{name}", getattr(self, name))

    @property
    def total(self) -> int:
        """Input and output together."""
        return self.input + self.output


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function call: `arguments` is JSON text, sent as it is (malformed, if a test wants that).

    Without `call_id` the mock makes one from the request's number.
    """

    name: str
    arguments: str = "{}"
    call_id: str | None = None

    def __post_init__(self) -> None:
        require_text("ToolCall.name", self.name)
        require_text("ToolCall.arguments", self.arguments)
        if self.call_id is not None:
            require_text("ToolCall.call_id", self.call_id)


@dataclass(frozen=True, slots=True)
class CustomCall:
    """A call of a custom tool: `input` is free text. `call_id` is as for a `ToolCall`."""

    name: str
    input: str = ""
    call_id: str | None = None

    def __post_init__(self) -> None:
        require_text("CustomCall.name", self.name)
        require_text("CustomCall.input", self.input)
        if self.call_id is not None:
            require_text("CustomCall.call_id", self.call_id)


@dataclass(frozen=True, slots=True)
class WebSearch:
    """A finished call of the hosted web search: what was searched, and the pages that it read."""

    query: str
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_text("WebSearch.query", self.query)
        if isinstance(self.sources, str):
            raise TypeError("WebSearch.sources is one str; give a sequence of URLs")
        object.__setattr__(self, "sources", tuple(self.sources))
        for source in self.sources:
            require_text("a source of WebSearch.sources", source)


@dataclass(frozen=True, slots=True)
class Citation:
    """A page cited for the characters of the text from `start` up to `end`."""

    url: str
    title: str
    start: int = 0
    end: int = 0

    def __post_init__(self) -> None:
        require_text("Citation.url", self.url)
        require_text("Citation.title", self.title)
        require_count("Citation.start", self.start)
        require_count("Citation.end", self.end)


@dataclass(frozen=True, slots=True)
class Failure:
    """The reply breaks off with an error: a code of `FAILURE_CODES` and a message."""

    message: str = "The server had an error while processing your request."
    code: str = "server_error"

    def __post_init__(self) -> None:
        require_text("Failure.message", self.message)
        require_text("Failure.code", self.code)
        if self.code not in FAILURE_CODES:
            raise ValueError(
                f"Failure.code is {self.code!r}; give one of {', '.join(FAILURE_CODES)}"
                f"{nearest(self.code, FAILURE_CODES)}; a RawReply sends any other"
            )
