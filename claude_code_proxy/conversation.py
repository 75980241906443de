"""A conversation in Chat Completions form, made sound: calls answered, results called for.

OpenAI refuses a call without a result, a result without a call and an id used twice, on both APIs
(``openai-resp-call-without-output``, ``openai-resp-output-without-call``,
``openai-chat-tool-calls-unanswered``, ``openai-chat-orphan-tool`` of the catalogue, and "Duplicate
function_call_output", NousResearch/hermes-agent#102629); others want a result right after its turn
(``deepseek-resp-adjacency``). Claude Code's histories have all of that: a turn was interrupted,
compacted, or made by another model. Nothing that was said is lost.
"""

from __future__ import annotations

import logging
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy.content_parts import content_parts
from claude_code_proxy.tools import tool_calls

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

logger = logging.getLogger(__name__)

Message = Mapping[str, Any]

NO_RESULT: Final = "There is no result: the call was interrupted, and what it did is not known."
_RESULTS: Final = ("tool", "function")


def repaired(messages: Sequence[Message]) -> Sequence[Message]:
    """Return ``messages`` with each turn's results right after it, in the order of its calls.

    A call without a result gets one that says so. A result without a call, or a second one for the
    same call, becomes a user's turn that says which call it was for. A missing id is made, one used
    before gets a number; earlier turns alone decide which, so that a growing conversation keeps its
    beginning. The legacy ``function_call`` and role ``function`` become a call and its result.

    A sound conversation is returned itself; nothing of the caller's is changed. Raises
    `common.errors.UntranslatableError` for a call without a function.
    """
    if _is_sound(messages):
        return messages
    repair = _Repair.of(messages)
    logger.debug("conversation repaired: %s", repair.summary())
    return list(repair.turns())


def _is_sound(messages: Sequence[Message]) -> bool:
    known: set[str] = set()
    due: list[str] = []
    for message in messages:
        role = message.get("role")
        if role == "tool":
            if not due or message.get("tool_call_id") != due.pop():
                return False
        elif due or role == "function":
            return False
        elif role == "assistant":
            ids = _new_ids(message, known)
            if ids is None:
                return False
            due = ids[::-1]
    return not due


def _new_ids(message: Message, known: set[str]) -> list[str] | None:
    """Return the ids of a turn's calls and note them; None if one is missing or ``known``."""
    if message.get("function_call"):
        return None
    ids = []
    for call, _ in tool_calls(message):
        call_id = call.get("id")
        if not isinstance(call_id, str) or not call_id or call_id in known:
            return None
        known.add(call_id)
        ids.append(call_id)
    return ids


@dataclass(slots=True)
class _Call:
    """One call: the id as it came and as it is sent, the call, where it and its result stand."""

    given: str
    sent: str
    call: Mapping[str, Any]
    turn: int
    result: int | None = None


@dataclass(slots=True)
class _Repair:
    """Who answers whom in one conversation."""

    messages: Sequence[Message]
    calls: dict[int, list[_Call]] = field(default_factory=dict)
    without_call: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, messages: Sequence[Message]) -> _Repair:
        """Give every call its id, and every result its call where there is one."""
        repair = cls(messages)
        ids = _Ids()
        for turn, message in enumerate(messages):
            if message.get("role") == "assistant":
                made = [_Call(_text(c.get("id")), ids.take(c), c, turn) for c in _calls(message)]
                repair.calls.update({turn: made} if made else {})
        repair._answer()
        return repair

    def turns(self) -> Iterator[Message]:
        """Yield the turns: each one's results follow it, and leave the places where they stood."""
        answers = {call.result for calls in self.calls.values() for call in calls}
        for place, message in enumerate(self.messages):
            if place in self.calls:
                calls = self.calls[place]
                yield _calling(message, calls)
                yield from map(self._result, calls)
            elif message.get("role") not in _RESULTS:
                yield message
            elif place not in answers:
                yield _told_by_the_user(message)

    def summary(self) -> str:
        """Count what was out of order; no word of the conversation itself."""
        calls = [call for made in self.calls.values() for call in made]
        unanswered = sum(call.result is None for call in calls)
        renamed = sum(call.sent != call.given for call in calls)
        return (
            f"{unanswered} calls had no result, {len(self.without_call)} results no call, "
            f"{renamed} calls got another id"
        )

    def _answer(self) -> None:
        """Pair the results: with the nearest call before, else the first after, else by order.

        By order means a result that names no call: it is taken for the first one that is still
        open in the nearest turn before.
        """
        results = [at for at, m in enumerate(self.messages) if m.get("role") in _RESULTS]
        left = self._answer_after(self._answer_before(results))
        nameless = [place for place in left if not self._named(place)]
        unpaired = self._answer_before(nameless, by_id=False)
        self.without_call = sorted({*left} - {*nameless} | {*unpaired})

    def _answer_before(self, results: list[int], *, by_id: bool = True) -> list[int]:
        """Give each result the first open call of the nearest turn before it; return the rest.

        The open calls stand by id, and under it by turn, the nearest last.
        """
        waiting, left = {*results}, []
        open_turns: defaultdict[str, list[deque[_Call]]] = defaultdict(list)
        for place in range(len(self.messages)) if results else ():
            for call in self.calls.get(place, ()):
                if call.result is None:
                    turns = open_turns[call.given if by_id else ""]
                    if not turns or not turns[-1] or turns[-1][0].turn != place:
                        turns.append(deque())
                    turns[-1].append(call)
            if place in waiting:
                turns = open_turns[self._named(place)]
                while turns and not turns[-1]:
                    turns.pop()
                if turns:
                    turns[-1].popleft().result = place
                else:
                    left.append(place)
        return left

    def _answer_after(self, results: list[int]) -> list[int]:
        """Give each result, in order, the first open call with its id; return the rest."""
        open_calls: defaultdict[str, deque[_Call]] = defaultdict(deque)
        for call in self._all() if results else ():
            if call.result is None:
                open_calls[call.given].append(call)
        left = []
        for place in results:
            calls = open_calls[self._named(place)]
            if calls:
                calls.popleft().result = place
            else:
                left.append(place)
        return left

    def _all(self) -> Iterator[_Call]:
        return (call for calls in self.calls.values() for call in calls)

    def _named(self, place: int) -> str:
        return _text(self.messages[place].get("tool_call_id"))

    def _result(self, call: _Call) -> Message:
        if call.result is None:
            return {"role": "tool", "tool_call_id": call.sent, "content": NO_RESULT}
        result = self.messages[call.result]
        return {**result, "role": "tool", "tool_call_id": call.sent}


class _Ids:
    """The ids of one conversation, each given out once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._uses: defaultdict[str, int] = defaultdict(int)

    def take(self, call: Mapping[str, Any]) -> str:
        """Return the call's own id, with a number where it is missing or taken."""
        given = _text(call.get("id"))
        sent = given
        while not sent or sent in self._taken:
            self._uses[given] += 1
            number = self._uses[given] + bool(given)
            sent = f"{given or 'call'}_{number}"
        self._taken.add(sent)
        return sent


def _calls(message: Message) -> list[Mapping[str, Any]]:
    calls = [call for call, _ in tool_calls(message)]
    legacy = message.get("function_call")
    if isinstance(legacy, Mapping) and not calls:
        return [{"type": "function", "function": legacy}]
    return calls


def _calling(message: Message, calls: list[_Call]) -> Message:
    sent = [{**call.call, "id": call.sent} for call in calls]
    return {**_without_legacy_call(message), "tool_calls": sent}


def _without_legacy_call(message: Message) -> dict[str, Any]:
    return {key: value for key, value in message.items() if key != "function_call"}


def _told_by_the_user(result: Message) -> Message:
    named = _text(result.get("tool_call_id")) or _text(result.get("name")) or "of an unknown name"
    note = f"Result of the tool call {named}, which is not in this conversation or has another one:"
    return {
        "role": "user",
        "content": [{"type": "text", "text": note}, *content_parts(result.get("content"))],
    }


def _text(value: object) -> str:
    """Return an id or name as a text; none is an empty one."""
    return "" if value is None else str(value)
