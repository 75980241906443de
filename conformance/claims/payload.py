"""Claims about the payload: what must be in it, and what must never be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.claims.claim import Breach, Claim
from conformance.environment import MARKED_KEYS
from conformance.flags import FLAGS, METADATA, THINKING_BLOCKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.matrix import Case
    from conformance.records import Records

_TRACE_NAME = "trace_name"
_THE_TRACE_NAME = "claude_code_proxy"
_LITELLMS_PREFIX = "user_api_key"
_OURS = (
    *(flag.name for flag in FLAGS),
    *MARKED_KEYS,
    "use_responses_api",
    "litellm_params",
    "litellm_call_id",
    "hidden_params",
    "proxy_server_request",
)
"""Names that only settings, credentials and LiteLLM's bookkeeping have."""


def _metadata(records: Records) -> Iterator[Breach | None]:
    callers = records.scenario.caller_metadata or {}
    own = {
        key: value
        for key, value in callers.items()
        if isinstance(value, str) and not key.startswith(_LITELLMS_PREFIX)
    }
    expected = {_TRACE_NAME: _THE_TRACE_NAME, **own}
    for case, _, payload in records.sending():
        if case.api == "responses" and METADATA not in case.delivery.raised:
            sent = payload.get("metadata")
            yield None if sent == expected else Breach(case, f"{expected}", f"{sent}")


def _thinking(records: Records) -> Iterator[Breach | None]:
    arrived = (
        [block for block in message["content"] if "thinking" in block["type"]]
        for message in records.scenario.body["messages"]
        if message["role"] == "assistant" and isinstance(message["content"], list)
    )
    expected = [blocks for blocks in arrived if blocks]
    for case, _, payload in records.sending():
        if case.api == "responses" and THINKING_BLOCKS not in case.delivery.raised:
            sent = [i["thinking_blocks"] for i in payload["input"] if "thinking_blocks" in i]
            yield None if sent == expected else Breach(case, f"{expected}", f"{sent}")


def _no_reasoning_content(records: Records) -> Iterator[Breach | None]:
    yield from _without_keys(records, "responses", {"reasoning_content"})


def _chat_is_plain(records: Records) -> Iterator[Breach | None]:
    fields = {"metadata", "thinking_blocks", "reasoning_content", "cache_control"}
    yield from _without_keys(records, "chat", fields)


def _without_keys(records: Records, api: str, forbidden: set[str]) -> Iterator[Breach | None]:
    judged: dict[str, str] = {}
    for case, sent, payload in records.sending():
        if case.api == api:
            if sent.sha256 not in judged:
                judged[sent.sha256] = ", ".join(sorted(_keys(payload) & forbidden))
            found = judged[sent.sha256]
            yield Breach(case, f"no {', '.join(sorted(forbidden))}", found) if found else None


def _keys(value: Any) -> set[str]:
    """The keys of ``value`` at every depth, but for a tool's JSON Schema, which is free."""
    if isinstance(value, dict):
        inner = (_keys(item) for key, item in value.items() if key != "parameters")
        return set(value).union(*inner)
    if isinstance(value, list):
        return set[str]().union(*map(_keys, value))
    return set()


def _nothing_of_ours(records: Records) -> Iterator[Breach | None]:
    for case, sent, _ in records.sending():
        yield _leak(case, sent.body)


def _leak(case: Case, body: bytes) -> Breach | None:
    found = [name for name in _OURS if name.encode() in body]
    return Breach(case, "no setting, key or bookkeeping", ", ".join(found)) if found else None


PAYLOAD_CLAIMS = (
    Claim(
        id="metadata-unless-dropped",
        level="MUST",
        sentence="Responses carries `metadata`: a constant trace name and the caller's own "
        "strings, nothing of LiteLLM's.",
        reason="Upstreams that accept it log by it; equal requests must be equal bytes, so the "
        "name knows no clock and no method; LiteLLM's bookkeeping is nobody else's.",
        check=_metadata,
    ),
    Claim(
        id="thinking-blocks-unless-dropped",
        level="MUST",
        sentence="Responses carries the assistant's thinking blocks exactly as they arrived.",
        reason="A signature is valid for the very bytes that it signs.",
        check=_thinking,
    ),
    Claim(
        id="no-reasoning-content-on-responses",
        level="MUST",
        sentence="Responses carries no `reasoning_content`.",
        reason="It repeats the thinking without its signature; upstreams refuse it.",
        check=_no_reasoning_content,
    ),
    Claim(
        id="chat-is-plain",
        level="MUST",
        sentence="Chat carries no `metadata`, `thinking_blocks`, `reasoning_content` or "
        "`cache_control`.",
        reason="No Chat upstream that we know declares them; several refuse them.",
        check=_chat_is_plain,
    ),
    Claim(
        id="nothing-of-ours",
        level="MUST",
        sentence="No setting, key or LiteLLM bookkeeping is in the body.",
        reason="A strict upstream answers 400 to it, and a key in a body is a key in a log.",
        check=_nothing_of_ours,
    ),
)
