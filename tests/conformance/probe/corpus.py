"""The corpus that a charted profile is held to: Claude Code's requests as sent, and variations.

The ledger's baselines are what the handler sends of every scenario. Each variation changes one
field of a small one of them; what is varied is written here, apart from the probe's own plan.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from common.field_path import Location
from mock_upstream.verdict import Api

LEDGER: Final = Path(__file__).parents[1] / "ledger"
ABSENT: Final = object()

_EITHER: Final[Mapping[str, Any]] = {
    "metadata": {"trace_name": "claude_code_proxy"},
    "user": "someone",
    "prompt_cache_key": "00000000-0000-4000-8000-000000000000",
    "safety_identifier": "someone",
    "service_tier": "auto",
    "store": False,
    "parallel_tool_calls": False,
    "temperature": 1,
    "top_p": 0.9,
    "tool_choice": "auto",
    "stream": True,
    "top_k": 40,
    "system": "Be terse.",
    "stop_sequences": ["END"],
    "output_config": {"effort": "high"},
    "betas": ["interleaved-thinking-2025-05-14"],
    "not_a_field_of_anyone": 1,
}
_RESPONSES: Final[Mapping[str, Any]] = {
    **_EITHER,
    "include": ["reasoning.encrypted_content"],
    "instructions": "Be terse.",
    "reasoning": {"effort": "high"},
    "text": {"format": {"type": "text"}},
    "truncation": "auto",
    "max_tokens": 100,
    "thinking": {"type": "enabled", "budget_tokens": 1024},
}
_CHAT: Final[Mapping[str, Any]] = {
    **_EITHER,
    "reasoning_effort": "high",
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "max_completion_tokens": 100,
    "n": 1,
    "stop": ["END"],
    "seed": 7,
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "response_format": {"type": "text"},
    "logprobs": False,
    "enable_thinking": True,
    "context_management": {"edits": []},
    "web_search_options": {},
}
_BLOCKS: Final = [{"type": "thinking", "thinking": "So.", "signature": "c2ln"}]
_CACHED: Final = {"type": "ephemeral"}
_INNER: Final[Mapping[Api, tuple[tuple[str, Location, Any], ...]]] = {
    "responses": (
        ("thinking-history", ("input", 2, "thinking_blocks"), ABSENT),
        ("thinking-history", ("input", 2, "reasoning_content"), "So."),
        ("thinking-history", ("input", 0, "cache_control"), _CACHED),
        ("thinking-history", ("input", 2, "id"), "msg_1"),
        ("thinking-history", ("input", 1, "role"), "developer"),
        ("thinking-history", ("input", 0, "role"), "developer"),
        ("thinking-history", ("input", 1, "content"), "Which day is it?"),
        ("thinking-history", ("input", 1, "content", 0, "cache_control"), _CACHED),
        ("parallel-calls", ("input", 3, "id"), "fc_1"),
        ("parallel-calls", ("input", 3, "status"), "completed"),
        ("parallel-calls", ("tools", 0, "cache_control"), _CACHED),
        ("parallel-calls", ("tools", 0, "strict"), ABSENT),
        ("parallel-calls", ("tools", 0, "name"), ABSENT),
        ("parallel-calls", ("tools", 0, "type"), "web_search_20250305"),
        ("parallel-calls", ("tools", 0, "parameters", "properties", "args"), {"title": "Args"}),
        ("parallel-calls", ("input", 6, "call_id"), "toolu_09Gone"),
        ("parallel-calls", ("tool_choice",), {"type": "function", "name": "Clock"}),
        ("parallel-calls", ("tool_choice",), "required"),
        ("parallel-calls", ("input", 1, "role"), "narrator"),
        ("plain-turn", ("max_output_tokens",), 1),
        ("plain-turn", ("max_output_tokens",), 16),
        ("plain-turn", ("max_output_tokens",), "many"),
        ("plain-turn", ("max_output_tokens",), ABSENT),
        ("plain-turn", ("metadata",), ABSENT),
        ("plain-turn", ("input",), ABSENT),
        ("plain-turn", ("input",), "Say one word."),
        ("plain-turn", ("metadata",), {f"key{at}": "v" for at in range(17)}),
    ),
    "chat": (
        ("thinking-history", ("messages", 2, "thinking_blocks"), _BLOCKS),
        ("thinking-history", ("messages", 2, "reasoning_content"), "So."),
        ("thinking-history", ("messages", 4, "reasoning_content"), "So."),
        ("thinking-history", ("messages", 2, "content"), None),
        ("thinking-history", ("messages", 2, "content"), ABSENT),
        ("thinking-history", ("messages", 4, "content"), None),
        ("thinking-history", ("messages", 0, "content"), "You look before you answer."),
        ("thinking-history", ("messages", 0, "cache_control"), _CACHED),
        ("thinking-history", ("messages", 0, "content", 0, "cache_control"), _CACHED),
        ("thinking-history", ("messages", 0, "role"), "developer"),
        ("thinking-history", ("messages", 1, "name"), "someone"),
        ("thinking-history", ("messages", 3, "content"), [{"type": "text", "text": "Thursday"}]),
        ("thinking-history", ("messages", 5, "role"), "assistant"),
        ("parallel-calls", ("tools", 0, "cache_control"), _CACHED),
        ("parallel-calls", ("tools", 0, "type"), "web_search_20250305"),
        ("parallel-calls", ("tools", 0, "function", "strict"), True),
        ("parallel-calls", ("tools", 0, "function"), ABSENT),
        ("parallel-calls", ("tools", 0, "function", "name"), "a" * 65),
        (
            "parallel-calls",
            ("tools", 0, "function", "parameters", "properties", "args"),
            {"title": "Args"},
        ),
        ("parallel-calls", ("messages", 5, "tool_call_id"), "toolu_09Gone"),
        ("parallel-calls", ("tool_choice",), {"type": "function", "function": {"name": "Clock"}}),
        ("parallel-calls", ("tool_choice",), "required"),
        ("parallel-calls", ("messages", 1, "role"), "narrator"),
        ("plain-turn", ("max_tokens",), "many"),
        ("plain-turn", ("max_tokens",), 1),
        ("plain-turn", ("max_tokens",), ABSENT),
        ("plain-turn", ("messages",), ABSENT),
        ("plain-turn", ("messages",), "Say one word."),
        ("plain-turn", ("user",), "u" * 129),
        ("plain-turn", ("stream_options",), {"include_usage": True}),
    ),
}
_IDS: Final = ("abcdef123", "call_1", "x" * 40, "x" * 41, "x" * 64, "x" * 65)


def corpus(api: Api, model: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each request with a name: all that is sent, streaming, and one field otherwise."""
    for scenario in sorted(path.name for path in LEDGER.iterdir() if path.is_dir()):
        sent = {**baseline(scenario, api), "model": model}
        yield scenario, sent
        yield f"{scenario}, streaming", _streaming(sent, api)
    for name, value in (_RESPONSES if api == "responses" else _CHAT).items():
        yield f"with {name}", {**baseline("plain-turn", api), "model": model, name: value}
    for scenario, place, value in _INNER[api]:
        sent = {**baseline(scenario, api), "model": model}
        yield f"{scenario} with {place}={value}"[:100], varied(sent, place, value)
    turns = "input" if api == "responses" else "messages"
    sent = {**baseline("parallel-calls", api), "model": model}
    for at in range(1, len(sent[turns])):
        yield f"parallel-calls without turn {at}", varied(sent, (turns, at), ABSENT)
    for call_id in _IDS:
        yield f"id {call_id}", _with_id(baseline("thinking-history", api), model, call_id)


def baseline(scenario: str, api: Api) -> dict[str, Any]:
    """Read what the handler sends of a scenario."""
    sent: dict[str, Any] = json.loads((LEDGER / scenario / f"{api}.json").read_bytes())
    return sent


def varied(sent: dict[str, Any], place: Location, value: object) -> dict[str, Any]:
    """Change one field of a request."""
    copy: dict[str, Any] = json.loads(json.dumps(sent))
    holder: Any = copy
    for step in place[:-1]:
        holder = holder[step]
    if value is ABSENT:
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    return copy


def _streaming(sent: dict[str, Any], api: Api) -> dict[str, Any]:
    options = {"stream_options": {"include_usage": True}} if api == "chat" else {}
    return {**sent, "stream": True, **options}


def _with_id(sent: dict[str, Any], model: str, call_id: str) -> dict[str, Any]:
    text = json.dumps({**sent, "model": model}).replace("toolu_01Clock", call_id)
    renamed: dict[str, Any] = json.loads(text)
    return renamed
