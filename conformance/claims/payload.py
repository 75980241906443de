"""Claims about the payload: what must be in it, and what must never be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from common.field_path import FieldPath
from conformance import asked
from conformance.claims.claim import Breach, Claim
from conformance.claims.compare import each_payload
from conformance.environment import MARKED_KEYS
from conformance.flags import FLAGS, METADATA, THINKING_BLOCKS
from conformance.matrix import MODELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.claims.claim import Finding
    from conformance.matrix import Api, Case
    from conformance.records import Records

_TRACE_NAME = "trace_name"
_THE_TRACE_NAME = "claude_code_proxy"
_LITELLMS_PREFIX = "user_api_key"
_OURS = (
    *(flag.name for flag in FLAGS),
    *MARKED_KEYS,
    "use_responses_api",
    "drop_fields",
    "drop_params",
    "litellm_params",
    "litellm_call_id",
    "hidden_params",
    "requester_metadata",
    "proxy_server_request",
)
"""Names that only settings, credentials and LiteLLM's bookkeeping have."""

_THINKING_PATH = FieldPath.parse("input[*].thinking_blocks")
_FREE = ("parameters", "schema", "arguments")
"""Keys below which is JSON of the client's own."""


def _metadata(records: Records) -> Iterator[Finding]:
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


def _thinking(records: Records) -> Iterator[Finding]:
    expected = asked.thinking(records.scenario)
    for case, _, payload in records.sending():
        if case.api == "responses" and THINKING_BLOCKS not in case.delivery.raised:
            places = _THINKING_PATH.find(payload)
            sent = [payload[key][index][name] for key, index, name in places]
            yield None if sent == expected else Breach(case, f"{expected}", f"{sent}")


def _no_reasoning_content(records: Records) -> Iterator[Finding]:
    yield from _without_keys(records, "responses", {"reasoning_content"})


def _chat_is_plain(records: Records) -> Iterator[Finding]:
    fields = {"metadata", "thinking_blocks", "reasoning_content", "cache_control"}
    yield from _without_keys(records, "chat", fields)


def _without_keys(records: Records, api: Api, forbidden: set[str]) -> Iterator[Finding]:
    def look(_: Api, payload: Any) -> tuple[str, str] | None:
        found = ", ".join(sorted(_keys(payload) & forbidden))
        return (f"no {', '.join(sorted(forbidden))}", found) if found else None

    yield from each_payload(records, look, api=api, plain=True)


def _keys(value: Any) -> set[str]:
    """The keys of ``value`` at every depth, but for what is the client's own JSON."""
    if isinstance(value, dict):
        inner = (_keys(item) for key, item in value.items() if key not in _FREE)
        return set(value).union(*inner)
    if isinstance(value, list):
        return set[str]().union(*map(_keys, value))
    return set()


def _no_nulls(records: Records) -> Iterator[Finding]:
    def look(api: Api, payload: Any) -> tuple[str, str] | None:
        found = sorted(_nulls(payload, ""))
        if api == "chat":
            found = [path for path in found if not _is_content_beside_calls(path, payload)]
        return ("no null", ", ".join(found)) if found else None

    yield from each_payload(records, look, plain=True)


def _nulls(value: Any, path: str) -> Iterator[str]:
    if value is None:
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in _FREE:
                yield from _nulls(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _nulls(inner, f"{path}[{index}]")


def _is_content_beside_calls(path: str, payload: Any) -> bool:
    return any(
        path == f"messages[{index}].content" and message.get("tool_calls")
        for index, message in enumerate(payload["messages"])
    )


def _model(records: Records) -> Iterator[Finding]:
    def look(api: Api, payload: Any) -> tuple[str, str] | None:
        sent = payload.get("model")
        return None if sent == MODELS[api] else (MODELS[api], f"{sent}")

    yield from each_payload(records, look, plain=True)


def _same_bytes(records: Records) -> Iterator[Finding]:
    first: dict[tuple[Api, bytes], tuple[Case, str]] = {}
    for case, sent, payload in records.all_sending():
        content = orjson.dumps(payload, option=orjson.OPT_SORT_KEYS)
        model, sha256 = first.setdefault((case.api, content), (case, sent.sha256))
        same = sent.sha256 == sha256
        yield None if same else Breach(case, f"the bytes of {model}", "other bytes, the same JSON")


def _nothing_of_ours(records: Records) -> Iterator[Finding]:
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
        "name knows no clock and no method; LiteLLM's bookkeeping is nobody else's "
        "(docs/litellm-facts.md).",
        check=_metadata,
        needs=("responses",),
    ),
    Claim(
        id="thinking-blocks-unless-dropped",
        level="MUST",
        sentence="Responses carries the assistant's thinking blocks exactly as they arrived.",
        reason="A signature is valid for the very bytes that it signs (docs/design.md).",
        check=_thinking,
        needs=("responses", "thinking"),
    ),
    Claim(
        id="no-reasoning-content-on-responses",
        level="MUST",
        sentence="Responses carries no `reasoning_content`.",
        reason="It repeats the thinking without its signature; OpenAI refuses undeclared keys "
        "(openai-resp-unknown-thinking, docs/catalogue.md).",
        check=_no_reasoning_content,
        needs=("responses",),
    ),
    Claim(
        id="chat-is-plain",
        level="MUST",
        sentence="Chat carries no `metadata`, `thinking_blocks`, `reasoning_content` or "
        "`cache_control`.",
        reason="No Chat upstream that we know declares them; several refuse them "
        "(openai-chat-unknown-parameter, groq-tool-cache-control, docs/catalogue.md).",
        check=_chat_is_plain,
        needs=("chat",),
    ),
    Claim(
        id="nothing-of-ours",
        level="MUST",
        sentence="No setting, key or LiteLLM bookkeeping is in the body.",
        reason="A strict upstream answers 400 to it (openai-resp-unknown-output-config, "
        "docs/catalogue.md), and a key in a body is a key in a log.",
        check=_nothing_of_ours,
    ),
    Claim(
        id="no-nulls",
        level="MUST",
        sentence="No field is null, but for the content of a Chat turn that only calls.",
        reason="Upstreams answer 400 to a null where they declare something else "
        "(openai-chat-content-null, lmstudio-content-null, docs/catalogue.md).",
        check=_no_nulls,
    ),
    Claim(
        id="model-as-configured",
        level="MUST",
        sentence="The model's name is the configured one, without provider and effort suffix.",
        reason="An upstream knows no other name of it (docs/settings.md).",
        check=_model,
    ),
    Claim(
        id="same-json-same-bytes",
        level="SHOULD",
        sentence="Payloads that are the same JSON are the same bytes: key order and escapes, too.",
        reason="An upstream's cache is sorted by the beginning of the bytes (docs/design.md).",
        check=_same_bytes,
    ),
)
