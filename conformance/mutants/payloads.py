"""Mutants that write the payload wrongly: fields, names, numbers, tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from conformance.mutants.mutant import Mutant, is_responses, items_of
from conformance.mutants.showing import RAISED, plainly

if TYPE_CHECKING:
    from conformance.mutants.mutant import Built, Payload

_LONG_IDS = plainly("over-long-ids")
_TOOLS = plainly("parallel-calls")


class ForwardsBookkeeping(Mutant):
    """Sends LiteLLM's own metadata upstream."""

    caught_by = ("metadata-unless-dropped",)
    shown_by = plainly("caller-metadata")

    def after(self, built: Built) -> Payload:
        """Write LiteLLM's metadata over our own."""
        if is_responses(built.payload):
            own = (built.given.get("litellm_params") or {}).get("metadata") or {}
            texts = {key: str(value)[:512] for key, value in own.items()}
            built.payload["metadata"] = {**built.payload["metadata"], **texts}
        return built.payload


class LosesSignatures(Mutant):
    """Sends the thinking without the signatures that it is worth."""

    caught_by = ("thinking-blocks-unless-dropped",)
    shown_by = plainly("thinking-history")

    def payload(self, payload: Payload) -> Payload:
        """Take the signatures out."""
        for item in items_of(payload):
            for block in item.get("thinking_blocks", ()):
                block.pop("signature", None)
        return payload


class RepeatsTheReasoning(Mutant):
    """Sends `reasoning_content` beside the thinking on Responses."""

    caught_by = ("no-reasoning-content-on-responses",)
    shown_by = plainly("thinking-history")

    def payload(self, payload: Payload) -> Payload:
        """Say the thinking twice."""
        for item in items_of(payload):
            if "thinking_blocks" in item:
                item["reasoning_content"] = "once more"
        return payload


class SendsMetadataOnChat(Mutant):
    """Sends `metadata` on Chat Completions, too."""

    caught_by = ("chat-is-plain",)
    shown_by = plainly()

    def payload(self, payload: Payload) -> Payload:
        """Add it."""
        return payload if is_responses(payload) else {**payload, "metadata": {"trace_name": "x"}}


class AddsNulls(Mutant):
    """Writes null where it has nothing to say."""

    caught_by = ("no-nulls",)
    shown_by = plainly()

    def payload(self, payload: Payload) -> Payload:
        """Give every turn a name that is null."""
        for item in items_of(payload):
            item["name"] = None
        return payload


class KeepsTheProvider(Mutant):
    """Sends the model's name with LiteLLM's prefix for the provider."""

    caught_by = ("model-as-configured",)
    shown_by = plainly()

    def payload(self, payload: Payload) -> Payload:
        """Put the prefix before it."""
        return {**payload, "model": f"openai/{payload['model']}"}


class ChangesTheKeyOrder(Mutant):
    """Sorts the keys of every turn in the asynchronous methods."""

    caught_by = ("same-json-same-bytes", "sync-is-async")
    shown_by = plainly()

    def after(self, built: Built) -> Payload:
        """Sort the keys, so that the JSON is the same and the bytes are not."""
        if built.method.startswith("a"):
            turns = items_of(built.payload)
            turns[:] = [dict(sorted(item.items())) for item in turns]
        return built.payload


class AddsAnUnknownField(Mutant):
    """Sends a field that no API declares."""

    caught_by = ("declared-by-the-api",)
    shown_by = RAISED

    def payload(self, payload: Payload) -> Payload:
        """Add it."""
        return {**payload, "agent": "claude-code"}


class SendsLongIds(Mutant):
    """Sends the ids of calls as long as they came."""

    caught_by = ("call-ids-within-limit",)
    shown_by = _LONG_IDS

    def payload(self, payload: Payload) -> Payload:
        """Make every id long, and every one another."""
        return _renamed(payload, lambda one: f"{one}{'x' * 64}")


class CapsIdsWrongly(Mutant):
    """Cuts the ids of calls at their sixth character, so that different ones become equal."""

    caught_by = ("call-ids-within-limit",)
    shown_by = _TOOLS

    def payload(self, payload: Payload) -> Payload:
        """Cut every id."""
        return _renamed(payload, lambda one: one[:6])


class SendsTheUserWhole(Mutant):
    """Sends the user's id as long as it came."""

    caught_by = ("identifiers-within-64",)
    shown_by = _LONG_IDS

    def after(self, built: Built) -> Payload:
        """Put the client's own back, or one as long."""
        user = built.given["optional_params"].get("user") or "user_" + "0" * 120
        return {**built.payload, "user": user}


class NotesTheRequest(Mutant):
    """Notes the whole request in the metadata."""

    caught_by = ("metadata-within-limits", "metadata-unless-dropped")
    shown_by = plainly("parallel-calls")

    def payload(self, payload: Payload) -> Payload:
        """Write the turns into a metadata value, whatever their length."""
        if is_responses(payload):
            payload["metadata"]["request"] = orjson.dumps(items_of(payload)).decode()
        return payload


class AsksForOneToken(Mutant):
    """Sends `max_output_tokens` 1, as Claude Code's probes ask."""

    caught_by = ("output-tokens-at-least-16",)
    shown_by = plainly("probe-quota")

    def after(self, built: Built) -> Payload:
        """Send what the client said."""
        if "max_output_tokens" in built.payload:
            built.payload["max_output_tokens"] = built.given["optional_params"]["max_tokens"]
        return built.payload


class LosesATool(Mutant):
    """Leaves the last tool out."""

    caught_by = ("tools-arrive",)
    shown_by = _TOOLS

    def payload(self, payload: Payload) -> Payload:
        """Leave it out."""
        return {**payload, "tools": payload["tools"][:-1]}


class TidiesSchemas(Mutant):
    """Leaves `additionalProperties` out of the tools' schemas."""

    caught_by = ("tools-arrive",)
    shown_by = _TOOLS

    def payload(self, payload: Payload) -> Payload:
        """Leave it out."""
        for tool in payload["tools"]:
            tool.get("function", tool)["parameters"].pop("additionalProperties", None)
        return payload


class ForgetsStrict(Mutant):
    """Says nothing of `strict` on Responses, where that means true."""

    caught_by = ("tools-carry-strict",)
    shown_by = _TOOLS

    def payload(self, payload: Payload) -> Payload:
        """Take it out."""
        for tool in payload["tools"]:
            tool.pop("strict", None)
        return payload


class SaysAny(Mutant):
    """Sends Anthropic's word for a call that must be made."""

    caught_by = ("tool-choice-form",)
    shown_by = plainly("tool-choice-any")

    def payload(self, payload: Payload) -> Payload:
        """Say any."""
        return {**payload, "tool_choice": "any"}


class NestsTheToolsName(Mutant):
    """Names the tool to call as Chat Completions does, on either API."""

    caught_by = ("tool-choice-form",)
    shown_by = plainly("tool-choice-tool")

    def payload(self, payload: Payload) -> Payload:
        """Nest the name."""
        choice = payload["tool_choice"]
        name = choice.get("name") or choice["function"]["name"]
        return {**payload, "tool_choice": {"type": "function", "function": {"name": name}}}


class MakesSearchAFunction(Mutant):
    """Offers the hosted search as a function that nobody would answer."""

    caught_by = ("hosted-search-is-hosted",)
    shown_by = plainly("hosted-search")

    def payload(self, payload: Payload) -> Payload:
        """Put a function in the place of what is hosted."""
        name = {"name": "web_search"}
        function: dict[str, Any] = {"type": "function", "strict": False, **name}
        if not is_responses(payload):
            function = {"type": "function", "function": name}
        kept = [tool for tool in payload.get("tools", ()) if tool["type"] == "function"]
        payload.pop("web_search_options", None)
        return {**payload, "tools": [*kept, function]}


class LosesTheEffort(Mutant):
    """Sends no reasoning effort."""

    caught_by = ("effort-arrives",)
    shown_by = plainly("effort-in-name", "effort-in-request")

    def payload(self, payload: Payload) -> Payload:
        """Leave it out."""
        for key in ("reasoning", "reasoning_effort"):
            payload.pop(key, None)
        return payload


class LosesTheAnswerFormat(Mutant):
    """Sends no schema for the answer."""

    caught_by = ("answer-format-arrives",)
    shown_by = plainly("structured-output")

    def payload(self, payload: Payload) -> Payload:
        """Leave it out."""
        for key in ("text", "response_format"):
            payload.pop(key, None)
        return payload


def _renamed(payload: Payload, new: Any) -> Payload:
    """Give calls and their results the ids that ``new`` makes of them."""
    for item in items_of(payload):
        for key in ("call_id", "tool_call_id"):
            if key in item:
                item[key] = new(item[key])
        for call in item.get("tool_calls", ()):
            call["id"] = new(call["id"])
    return payload


PAYLOAD_MUTANTS = (
    ForwardsBookkeeping(),
    LosesSignatures(),
    RepeatsTheReasoning(),
    SendsMetadataOnChat(),
    AddsNulls(),
    KeepsTheProvider(),
    ChangesTheKeyOrder(),
    AddsAnUnknownField(),
    SendsLongIds(),
    CapsIdsWrongly(),
    SendsTheUserWhole(),
    NotesTheRequest(),
    AsksForOneToken(),
    LosesATool(),
    TidiesSchemas(),
    ForgetsStrict(),
    SaysAny(),
    NestsTheToolsName(),
    MakesSearchAFunction(),
    LosesTheEffort(),
    LosesTheAnswerFormat(),
)
