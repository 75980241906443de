"""Mutants that tell the conversation wrongly: texts, images, calls and their results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.mutants.mutant import Mutant, is_responses, items_of
from conformance.mutants.showing import plainly

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.mutants.mutant import Payload

_CALLS = plainly("parallel-calls")
_IMAGES = ("input_image", "input_file", "image_url", "file")


class CutsTexts(Mutant):
    """Loses the last character of every text."""

    caught_by = ("text-arrives",)
    shown_by = plainly("any-text")

    def payload(self, payload: Payload) -> Payload:
        """Cut every text of every turn."""
        return _each_text(payload, lambda text: text[:-1])


class EscapesTexts(Mutant):
    """Sends what is not ASCII as escapes, once too often."""

    caught_by = ("text-arrives",)
    shown_by = plainly("any-text")

    def payload(self, payload: Payload) -> Payload:
        """Escape every text."""
        return _each_text(payload, lambda text: text.encode("unicode_escape").decode())


class LosesLateSystemTurns(Mutant):
    """Sends no system turn but those at the beginning."""

    caught_by = ("text-arrives",)
    shown_by = plainly("late-system-turn")

    def payload(self, payload: Payload) -> Payload:
        """Leave out each that comes after a user's."""
        turns = items_of(payload)
        first = next(place for place, turn in enumerate(turns) if turn.get("role") == "user")
        turns[first:] = [
            turn for turn in turns[first:] if turn.get("role") not in ("system", "developer")
        ]
        return payload


class LosesHalfCharacters(Mutant):
    """Leaves out half a character, where U+FFFD should stand."""

    caught_by = ("lone-surrogates-replaced",)
    shown_by = plainly("lone-surrogates")

    def payload(self, payload: Payload) -> Payload:
        """Leave it out everywhere."""
        return _each_text(payload, lambda text: text.replace("\N{REPLACEMENT CHARACTER}", ""))


class LosesImages(Mutant):
    """Sends texts alone."""

    caught_by = ("images-arrive",)
    shown_by = plainly("image-and-file")

    def payload(self, payload: Payload) -> Payload:
        """Leave out every part that is an image or a file."""
        for item in items_of(payload):
            if isinstance(item.get("content"), list):
                item["content"] = [p for p in item["content"] if p["type"] not in _IMAGES]
        return payload


class LosesAParallelCall(Mutant):
    """Keeps one call of those that were made at once."""

    caught_by = ("calls-arrive", "calls-and-outputs-paired")
    shown_by = _CALLS

    def payload(self, payload: Payload) -> Payload:
        """Leave the other calls out."""
        turns = items_of(payload)
        for turn in turns:
            if "tool_calls" in turn:
                turn["tool_calls"] = turn["tool_calls"][:1]
        extra = [t for t in turns if t.get("type") == "function_call"][1:]
        turns[:] = [turn for turn in turns if turn not in extra]
        return payload


class LosesAResult(Mutant):
    """Leaves the last result out."""

    caught_by = ("calls-and-outputs-paired", "results-arrive")
    shown_by = _CALLS

    def payload(self, payload: Payload) -> Payload:
        """Leave it out."""
        items_of(payload).remove(_results(payload)[-1])
        return payload


class SwapsResults(Mutant):
    """Gives two calls each other's result."""

    caught_by = ("results-arrive",)
    shown_by = _CALLS

    def payload(self, payload: Payload) -> Payload:
        """Exchange the ids of the first two."""
        one, other, *_ = _results(payload)
        key = "call_id" if is_responses(payload) else "tool_call_id"
        one[key], other[key] = other[key], one[key]
        return payload


class InterruptsCalls(Mutant):
    """Puts a user's note between calls and their results."""

    caught_by = ("outputs-follow-their-calls",)
    shown_by = _CALLS

    def payload(self, payload: Payload) -> Payload:
        """Put it before the first result."""
        turns = items_of(payload)
        turns.insert(turns.index(_results(payload)[0]), {"role": "user", "content": "Go on."})
        return payload


class SpeaksAfterTheCalls(Mutant):
    """Puts the assistant's text behind the results of its calls."""

    caught_by = ("text-before-calls",)
    shown_by = _CALLS

    def payload(self, payload: Payload) -> Payload:
        """Move the first text of the assistant to the end."""
        turns = items_of(payload)
        said = next(t for t in turns if t.get("role") == "assistant" and t.get("content"))
        if said.get("tool_calls"):
            text = {"role": "assistant", "content": said.pop("content")}
        else:
            turns.remove(said)
            text = said
        turns.append(text)
        return payload


def _results(payload: Payload) -> list[dict[str, Any]]:
    return [
        turn
        for turn in items_of(payload)
        if turn.get("type") == "function_call_output" or turn.get("role") == "tool"
    ]


def _each_text(payload: Payload, change: Callable[[str], str]) -> Payload:
    """Change every text that a turn's content holds."""
    for item in items_of(payload):
        content = item.get("content")
        if isinstance(content, str):
            item["content"] = change(content)
        for part in content if isinstance(content, list) else ():
            if isinstance(part.get("text"), str):
                part["text"] = change(part["text"])
    return payload


TURN_MUTANTS = (
    CutsTexts(),
    EscapesTexts(),
    LosesLateSystemTurns(),
    LosesHalfCharacters(),
    LosesImages(),
    LosesAParallelCall(),
    LosesAResult(),
    SwapsResults(),
    InterruptsCalls(),
    SpeaksAfterTheCalls(),
)
