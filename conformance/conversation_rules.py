"""Rules about a conversation as a whole, read a second time: order of roles, pairs of calls.

After the table of `sequence` in docs/profiles.md. On Responses a pair that is not one is told of
the ``input`` as a whole, on Chat of a message.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from conformance.unpredicted import CannotTellError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from common.field_path import Location
    from conformance.matrix import Api
    from conformance.profile_reading import Rule

_INPUT = ("input",)


def out_of_order(rule: Rule, api: Api, payload: Any) -> Iterator[Location]:
    """Yield the places at which ``payload`` meets the sequence rule ``rule``."""
    name = rule["sequence"]
    key = "input" if api == "responses" else "messages"
    turns = payload.get(key)
    if not isinstance(turns, list):
        return
    if name in ("system_first", "last_role", "role_after"):
        yield from ((key, index, "role") for index in _by_role(rule, turns))
    elif api == "responses" and name in _OF_ITEMS:
        if _OF_ITEMS[name](payload, turns):
            yield _INPUT
    elif api == "chat" and name in _OF_MESSAGES:
        yield from ((key, index) for index in _OF_MESSAGES[name](turns))
    else:
        raise CannotTellError(f"sequence {name} on {api}")


def _by_role(rule: Rule, turns: list[Any]) -> Iterator[int]:
    roles = [turn.get("role") for turn in turns]
    if rule["sequence"] == "system_first":
        first = rule.get("roles", ["system"])
        yield from (index for index, role in enumerate(roles) if index and role in first)
    elif rule["sequence"] == "last_role":
        if roles and roles[-1] not in rule["roles"]:
            yield len(roles) - 1
    else:
        for index, (before, role) in enumerate(pairwise(roles), 1):
            if rule.get("role", role) == role and rule.get("after", before) == before:
                yield index


def _calls_without_output(_: Any, items: list[Any]) -> bool:
    return not _ids(items, "function_call") <= _ids(items, "function_call_output")


def _outputs_without_call(payload: Any, items: list[Any]) -> bool:
    """An earlier response may hold the call."""
    if payload.get("previous_response_id") or payload.get("conversation"):
        return False
    return any(
        item["call_id"] not in _ids(items[:index], "function_call")
        for index, item in enumerate(items)
        if item.get("type") == "function_call_output"
    )


def _between_call_and_output(_: Any, items: list[Any]) -> bool:
    waiting: set[str] = set()
    for item in items:
        if item.get("type") == "function_call":
            waiting.add(item["call_id"])
        elif item.get("type") == "function_call_output":
            waiting.discard(item["call_id"])
        elif waiting:
            return True
    return bool(waiting)


def _reasoning_alone(_: Any, items: list[Any]) -> bool:
    """Reasoning with an id of the server's leads to an item of the model's."""
    for item, after in pairwise([*items, {"role": "user"}]):
        led_nowhere = after.get("role") in ("user", "system", "developer") or (
            after.get("type") == "function_call_output"
        )
        if item.get("type") == "reasoning" and item.get("id") and led_nowhere:
            return True
    return False


def _ids(items: list[Any], kind: str) -> set[str]:
    return {item["call_id"] for item in items if item.get("type") == kind}


_OF_ITEMS: Final[Mapping[str, Callable[[Any, list[Any]], bool]]] = {
    "calls_unanswered": _calls_without_output,
    "outputs_orphaned": _outputs_without_call,
    "calls_not_adjacent": _between_call_and_output,
    "reasoning_not_followed": _reasoning_alone,
}


def _answers(messages: list[Any], index: int) -> list[str]:
    """Return the ids that the tool messages right after message ``index`` answer."""
    found: list[str] = []
    for message in messages[index + 1 :]:
        if message["role"] != "tool":
            break
        found.append(message["tool_call_id"])
    return found


def _calls(message: Any) -> list[str]:
    return [call["id"] for call in message.get("tool_calls") or ()]


def _unanswered(messages: list[Any]) -> Iterator[int]:
    for index, message in enumerate(messages):
        answers = _answers(messages, index)
        if set(_calls(message)) - set(answers):
            yield min(index + 1 + len(answers), len(messages) - 1)


def _miscounted(messages: list[Any]) -> Iterator[int]:
    for index, message in enumerate(messages):
        calls = _calls(message)
        if calls and len(calls) != len(_answers(messages, index)):
            yield index


def _orphaned(messages: list[Any]) -> Iterator[int]:
    calls: list[str] = []
    for index, message in enumerate(messages):
        if message["role"] != "tool":
            calls = _calls(message)
        elif message["tool_call_id"] not in calls:
            yield index


def _not_adjacent(messages: list[Any]) -> Iterator[int]:
    """Every tool message right after the message with its call: parallel ones cannot."""
    for index, message in enumerate(messages):
        before = messages[index - 1] if index else {}
        if message["role"] == "tool" and message["tool_call_id"] not in _calls(before):
            yield index


_OF_MESSAGES: Final[Mapping[str, Callable[[list[Any]], Iterator[int]]]] = {
    "calls_unanswered": _unanswered,
    "outputs_orphaned": _orphaned,
    "calls_not_adjacent": _not_adjacent,
    "call_count": _miscounted,
}
