"""Pairs in a conversation: calls and their outputs, reasoning and the items that it led to."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice, takewhile
from typing import Final, TypeAlias

from mock_upstream.judging.conversation import Turn, whole
from mock_upstream.judging.finding import Finding
from mock_upstream.verdict import Api, Payload

PairCheck: TypeAlias = Callable[[Payload, list[Turn]], Iterator[Finding]]

_CALLS: Final[Mapping[str, str]] = {
    "function_call": "function_call_output",
    "custom_tool_call": "custom_tool_call_output",
    "computer_call": "computer_call_output",
    "local_shell_call": "local_shell_call_output",
    "shell_call": "shell_call_output",
    "apply_patch_call": "apply_patch_call_output",
}
"""Item types that are calls, with the types of their outputs."""

_OUTPUTS: Final = frozenset(_CALLS.values())
_LINKED: Final = ("previous_response_id", "conversation")
"""Fields with which earlier items, unknown to the request, come before its input."""


def _call_id(turn: Turn) -> str:
    return turn.text("call_id") or (turn.text("id") if turn.type == "local_shell_call" else "")


def _items_unanswered(payload: Payload, found: list[Turn]) -> Iterator[Finding]:
    """Find calls without an output anywhere after them; OpenAI names the input as a whole."""
    answered = {_call_id(turn) for turn in found if turn.type in _OUTPUTS}
    for turn in found:
        call = _call_id(turn)
        if turn.type in _CALLS and call and call not in answered:
            yield whole("input", payload, id=call, ids=call, item_type=turn.type)


def _items_orphaned(payload: Payload, found: list[Turn]) -> Iterator[Finding]:
    """Find outputs without a call before them, where all earlier items are in the request."""
    if any(payload.get(name) for name in _LINKED):
        return
    called: set[str] = set()
    for turn in found:
        if turn.type in _CALLS:
            called.add(_call_id(turn))
        elif turn.type in _OUTPUTS and _call_id(turn) not in called:
            yield whole("input", payload, id=_call_id(turn), item_type=turn.type)


def _items_not_adjacent(payload: Payload, found: list[Turn]) -> Iterator[Finding]:
    """Find calls after which something else stands before their outputs."""
    open_calls: dict[str, str] = {}
    for turn in found:
        if turn.type in _OUTPUTS:
            open_calls.pop(_call_id(turn), None)
        elif turn.type in _CALLS:
            open_calls[_call_id(turn)] = turn.type
        else:
            for call, kind in open_calls.items():
                yield whole("input", payload, id=call, item_type=kind)
            open_calls = {}
    for call, kind in open_calls.items():
        yield whole("input", payload, id=call, item_type=kind)


def _reasoning_not_followed(payload: Payload, found: list[Turn]) -> Iterator[Finding]:
    """Find reasoning after which the input ends, the user speaks or an output stands.

    Without an id nobody can say what it led to: such an item is the client's own.
    """
    waiting: list[str] = []
    for turn in found:
        if turn.type == "reasoning":
            waiting += filter(None, [turn.text("id")])
            continue
        if turn.type in _OUTPUTS or turn.role in ("user", "system", "developer"):
            yield from (whole("input", payload, id=one, item_type="reasoning") for one in waiting)
        waiting = []
    yield from (whole("input", payload, id=one, item_type="reasoning") for one in waiting)


def _call_without_reasoning(payload: Payload, found: list[Turn]) -> Iterator[Finding]:
    """Find calls with an id of the server's, `fc_…`, before which no reasoning item stands.

    The real server knows which item belongs to which: it minted both. In a request it shows only
    where reasoning is missing altogether, so the missing id is made from the call's.
    """
    reasoned = False
    for turn in found:
        if turn.type == "reasoning":
            reasoned = True
        elif turn.role == "user":
            reasoned = False
        elif turn.type in _CALLS and turn.text("id").startswith("fc_") and not reasoned:
            needed = f"rs_{turn.text('id')[3:]}"
            yield whole("input", payload, id=turn.text("id"), item_type=turn.type, needed=needed)


def _answers(found: list[Turn], at: int) -> list[str]:
    """List the ids of the tool messages that follow at once."""
    following = takewhile(lambda turn: turn.role == "tool", islice(found, at + 1, None))
    return [turn.text("tool_call_id") for turn in following]


def _messages_unanswered(_: Payload, found: list[Turn]) -> Iterator[Finding]:
    """Find tool calls that no tool message right after them answers.

    OpenAI names the message that stands where the answer should.
    """
    for at, turn in _calling(found):
        answered = _answers(found, at)
        answers = frozenset(answered)
        open_calls = [call for call in turn.calls() if call not in answers]
        if open_calls:
            after = at + 1 + len(answered)
            culprit = found[after] if after < len(found) else turn
            yield culprit.finding("role", id=open_calls[0], ids=", ".join(open_calls))


def _calling(found: list[Turn]) -> Iterator[tuple[int, Turn]]:
    return (
        (at, turn)
        for at, turn in enumerate(found)
        if "tool_calls" in turn.value and turn.role == "assistant"
    )


def _messages_orphaned(_: Payload, found: list[Turn]) -> Iterator[Finding]:
    """Find tool messages that do not answer a call of the assistant message before them."""
    calls: frozenset[str] = frozenset()
    for turn in found:
        if turn.role != "tool":
            calls = frozenset(turn.calls() if turn.role == "assistant" else ())
        elif turn.text("tool_call_id") not in calls:
            yield turn.finding("role", id=turn.text("tool_call_id"))


def _messages_not_adjacent(_: Payload, found: list[Turn]) -> Iterator[Finding]:
    """Find tool messages that do not stand right after the message with their call."""
    for before, turn in zip([None, *found], found, strict=False):
        called = before is not None and turn.text("tool_call_id") in before.calls()
        if turn.role == "tool" and not called:
            yield turn.finding("role", id=turn.text("tool_call_id"))


def _call_count(_: Payload, found: list[Turn]) -> Iterator[Finding]:
    """Find assistant messages that another number of tool messages follows than they have calls."""
    for at, turn in _calling(found):
        if len(turn.calls()) != len(_answers(found, at)):
            yield turn.finding("tool_calls")


PAIR_CHECKS: Final[Mapping[str, Mapping[Api, PairCheck]]] = {
    "calls_unanswered": {"responses": _items_unanswered, "chat": _messages_unanswered},
    "outputs_orphaned": {"responses": _items_orphaned, "chat": _messages_orphaned},
    "calls_not_adjacent": {"responses": _items_not_adjacent, "chat": _messages_not_adjacent},
    "call_count": {"chat": _call_count},
    "reasoning_not_followed": {"responses": _reasoning_not_followed},
    "call_without_reasoning": {"responses": _call_without_reasoning},
}
"""The checks of pairs, by the rule's name and the API."""
