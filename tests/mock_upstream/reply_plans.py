"""Plans of every kind, for the tests that render them all."""

from collections.abc import Mapping
from typing import Final

from mock_upstream import Citation, CustomCall, Failure, ReplyPlan, ToolCall, Usage, WebSearch

LONG: Final = 'A text of some length, so that it takes several deltas: äöü 🎈 \n\t"quoted" \\ .'
CALLS: Final = (
    ToolCall("Bash", '{"command": "ls -la /tmp", "description": "List files, all of them"}'),
    ToolCall("Read", "{}", call_id="call_of_my_own"),
    ToolCall("Broken", '{"unfinished": '),
)
CUSTOM: Final = CustomCall("apply_patch", "*** Begin Patch\n" + LONG, call_id="call_custom")
USAGE: Final = Usage(input=100, output=50, cached=30, reasoning=20)
SEARCH: Final = WebSearch("weather in Paris", ("https://example.com/a", "https://example.com/b"))
CITED: Final = (
    Citation("https://example.com/a", "A", 2, 6),
    Citation("https://example.com/b", "B", 7, 9),
)

PLANS: Final[Mapping[str, ReplyPlan]] = {
    "text": ReplyPlan(text=LONG),
    "empty text": ReplyPlan(text=""),
    "nothing": ReplyPlan(),
    "one call": ReplyPlan(tool_calls=CALLS[:1]),
    "calls": ReplyPlan(tool_calls=CALLS),
    "text and calls": ReplyPlan(text=LONG, tool_calls=CALLS),
    "everything": ReplyPlan(
        text=LONG,
        tool_calls=(*CALLS, CUSTOM),
        reasoning=(LONG, "second"),
        usage=USAGE,
        refusal=LONG,
        search=SEARCH,
        citations=CITED,
    ),
    "reasoning": ReplyPlan(reasoning=LONG),
    "empty reasoning": ReplyPlan(text="x", reasoning=""),
    "reasoning in parts": ReplyPlan(text="x", reasoning=("one", LONG, "three")),
    "reasoning without summary": ReplyPlan(text="x", reasoning=()),
    "empty arguments": ReplyPlan(tool_calls=(ToolCall("Bash", ""),)),
    "refusal": ReplyPlan(refusal=LONG),
    "empty refusal": ReplyPlan(refusal=""),
    "custom call": ReplyPlan(tool_calls=(CUSTOM,)),
    "empty custom call": ReplyPlan(tool_calls=(CustomCall("grep"),)),
    "interleaved": ReplyPlan(text="x", tool_calls=(*CALLS, CUSTOM), interleaved=True),
    "search": ReplyPlan(text=LONG, search=SEARCH, citations=CITED),
    "search alone": ReplyPlan(search=WebSearch("q")),
    "cut text": ReplyPlan(text=LONG, incomplete="max_output_tokens"),
    "cut call": ReplyPlan(tool_calls=CALLS[2:], incomplete="max_output_tokens"),
    "cut reasoning": ReplyPlan(reasoning=LONG, incomplete="max_output_tokens"),
    "filtered": ReplyPlan(text="So", incomplete="content_filter"),
    "failed": ReplyPlan(failure=Failure()),
    "failed midway": ReplyPlan(text=LONG, failure=Failure("Too many.", "rate_limit_exceeded")),
    "failed search": ReplyPlan(search=SEARCH, failure=Failure("No.", "invalid_prompt")),
}
