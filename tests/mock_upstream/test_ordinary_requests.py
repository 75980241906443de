"""Ordinary requests that a mock must not refuse: each was refused once, or comes near a rule."""

from typing import Any

import pytest

from mock_upstream import Session, load_profile

TOOL = {
    "type": "function",
    "name": "read",
    "parameters": {"type": "object", "properties": {"path": {"type": "string"}}},
}
CODEX_TURN = [
    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
    {"type": "reasoning", "summary": [], "content": None, "encrypted_content": "gAAAAA"},
    {"type": "function_call", "name": "shell", "arguments": "{}", "call_id": "call_1"},
    {"type": "function_call_output", "call_id": "call_1", "output": "done"},
]


@pytest.mark.parametrize(
    ("profile", "api", "fields"),
    [
        ("openai-observed", "responses", {"model": "gpt-5.2", "tools": [TOOL]}),
        ("openai-observed", "responses", {"model": "gpt-5.2", "tools": [{**TOOL, "strict": None}]}),
        ("openai-observed", "responses", {"model": "gpt-5", "temperature": None}),
        ("openai-observed", "responses", {"model": "gpt-5.2", "temperature": 0.7}),
        (
            "openai-observed",
            "responses",
            {"model": "gpt-5.1", "temperature": 0.7, "reasoning": {"effort": "none"}},
        ),
        ("openai-observed", "chat", {"model": "gpt-5.2", "max_tokens": None}),
        ("openai-observed", "chat", {"model": "gpt-5.2", "temperature": 0.7}),
        ("openai-observed", "chat", {"model": "o3", "temperature": None}),
        ("azure", "chat", {"model": "gpt-5", "max_tokens": None}),
        ("xai", "chat", {"model": "grok-4", "frequency_penalty": None, "presence_penalty": None}),
        ("openai", "responses", {"model": "gpt-5.2", "input": CODEX_TURN}),
        (
            "chatgpt-codex",
            "responses",
            {"model": "gpt-5-codex", "input": CODEX_TURN, "instructions": "x", "store": False},
        ),
    ],
)
def test_an_ordinary_request_is_accepted(profile: str, api: Any, fields: dict[str, Any]) -> None:
    said = {"responses": {"input": "hi"}, "chat": {"messages": [{"role": "user", "content": "hi"}]}}
    verdict = Session(load_profile(profile)).judge(api, {**said[api], **fields})
    assert verdict.violations == ()


@pytest.mark.parametrize(
    ("api", "payload"),
    [
        ("responses", {"model": "gpt-5", "input": "hi", "temperature": 0.7}),
        (
            "responses",
            {
                "model": "gpt-5.2",
                "input": "hi",
                "temperature": 0.7,
                "reasoning": {"effort": "high"},
            },
        ),
        (
            "chat",
            {"model": "gpt-5", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.7},
        ),
    ],
)
def test_a_warm_model_that_thinks_is_refused(api: Any, payload: dict[str, Any]) -> None:
    """The other side: what the sources show is still refused."""
    [violation] = Session(load_profile("openai-observed")).judge(api, payload).violations
    assert violation.path == "temperature"
