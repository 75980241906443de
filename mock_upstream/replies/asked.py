"""What a request asks of its reply: which extras, and which settings the reply repeats.

Nothing here trusts the request: a setting of the wrong type is as good as absent, since a profile
may accept what OpenAI would refuse. What is repeated is bounded.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import orjson

from mock_upstream.verdict import Api, Payload

JsonObject = dict[str, object]

_ENCRYPTED: Final = "reasoning.encrypted_content"
_SOURCES: Final = "web_search_call.action.sources"
_INCLUDES: Final = 64
"""Entries of `include` that are looked at."""
_METADATA: Final = 16
"""Pairs of `metadata` that OpenAI takes, and that a reply repeats."""
_TEXT: Final = 512
"""Characters of a string that a reply repeats."""
_FORMAT: Final = 64 * 1024
"""Bytes of a text format that a reply repeats; a larger one is shown as plain text."""


class Asked(NamedTuple):
    """A request's part in its reply.

    `encrypted` and `sources` are what `include` asks for, `include_usage` is the stream option of
    Chat Completions, `named` says that `tool_choice` names the tool. `settings` are the fields of
    a response object that repeat the request.
    """

    stream: bool = False
    encrypted: bool = False
    sources: bool = False
    include_usage: bool = False
    named: bool = False
    settings: Mapping[str, object] = MappingProxyType({})


def asked(api: Api, payload: Payload) -> Asked:
    """Read a request of one API."""
    stream = payload.get("stream") is True
    choice = payload.get("tool_choice")
    named = isinstance(choice, dict) and choice.get("type") in ("function", "custom")
    if api == "chat":
        options = payload.get("stream_options")
        usage = isinstance(options, dict) and options.get("include_usage") is True
        return Asked(stream, include_usage=usage, named=named)
    include = payload.get("include")
    wanted = include[:_INCLUDES] if isinstance(include, list) else ()
    return Asked(
        stream,
        encrypted=_ENCRYPTED in wanted,
        sources=_SOURCES in wanted,
        named=named,
        settings=_settings(payload),
    )


def _settings(payload: Payload) -> JsonObject:
    settings: JsonObject = {}
    for name, value in payload.items():
        check = _REPEATED.get(name)
        if check is not None and check(value):
            settings[name] = value
    return settings | _text(payload) if "text" in payload else settings


def _is_metadata(value: object) -> bool:
    return (
        isinstance(value, dict)
        and len(value) <= _METADATA
        and all(isinstance(one, str) and len(one) <= _TEXT for one in value.values())
    )


def _is_number(value: object) -> bool:
    return type(value) in (int, float)


def _is_count(value: object) -> bool:
    return type(value) is int


def _is_flag(value: object) -> bool:
    return type(value) is bool


def _is_short(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _TEXT


_REPEATED: Final[Mapping[str, Callable[[object], bool]]] = {
    **dict.fromkeys(("temperature", "top_p"), _is_number),
    **dict.fromkeys(("max_output_tokens", "max_tool_calls", "top_logprobs"), _is_count),
    **dict.fromkeys(("parallel_tool_calls", "store"), _is_flag),
    **dict.fromkeys(("previous_response_id", "user"), _is_short),
    **dict.fromkeys(("safety_identifier", "prompt_cache_key"), _is_short),
    "truncation": lambda value: value in ("auto", "disabled"),
    "tool_choice": lambda value: value in ("auto", "none", "required"),
    "metadata": _is_metadata,
}
"""The settings that a reply repeats, each with the check that its value is one."""


def _text(payload: Payload) -> JsonObject:
    """Repeat a structured format; its schema may be too deep or too large to write."""
    text = payload.get("text")
    chosen = text.get("format") if isinstance(text, dict) else None
    if not isinstance(chosen, dict) or chosen.get("type") not in ("json_object", "json_schema"):
        return {}
    if chosen["type"] == "json_object":
        return {"text": {"format": {"type": "json_object"}}}
    if not isinstance(chosen.get("name"), str) or not isinstance(chosen.get("schema"), dict):
        return {}
    named: JsonObject = {"type": "json_schema", "name": chosen["name"], "schema": chosen["schema"]}
    named["strict"] = chosen.get("strict") is True
    try:
        written = orjson.dumps(named)
    except TypeError:  # nested deeper than the writer goes
        return {}
    return {"text": {"format": orjson.Fragment(written)}} if len(written) <= _FORMAT else {}
