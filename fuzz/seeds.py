"""Good requests of both APIs, rich in shapes: what the fuzzer starts from."""

from typing import Any, Final

_SCHEMA: Final = {
    "type": "object",
    "properties": {"path": {"type": "string"}, "depth": {"type": "integer", "minimum": 0}},
    "required": ["path", "depth"],
    "additionalProperties": False,
}
_URL: Final = "data:image/png;base64,iVBORw0KGgo="

RESPONSES: Final[tuple[dict[str, Any], ...]] = (
    {"model": "gpt-5.2", "input": "hi"},
    {"model": "gpt-5.2", "input": "hi", "stream": True, "max_output_tokens": 64},
    {
        "model": "gpt-5.2",
        "instructions": "Be brief.",
        "stream": True,
        "store": False,
        "temperature": 0.5,
        "top_p": 1,
        "metadata": {"trace": "a", "user": "b"},
        "include": ["reasoning.encrypted_content"],
        "reasoning": {"effort": "low", "summary": "auto"},
        "text": {"format": {"type": "text"}, "verbosity": "low"},
        "tool_choice": "auto",
        "parallel_tool_calls": True,
        "tools": [
            {"type": "function", "name": "Read", "parameters": _SCHEMA, "strict": True},
            {"type": "custom", "name": "patch", "format": {"type": "text"}},
            {"type": "web_search", "search_context_size": "low"},
        ],
        "input": [
            {"role": "developer", "content": "Rules."},
            {
                "type": "message",
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "look"},
                    {"type": "input_image", "image_url": _URL, "detail": "auto"},
                    {"type": "input_file", "filename": "a.pdf", "file_data": "data:,x"},
                ],
            },
            {
                "type": "reasoning",
                "id": "rs_1",
                "summary": [{"type": "summary_text", "text": "s"}],
                "encrypted_content": "abc",
            },
            {
                "type": "message",
                "role": "assistant",
                "id": "msg_1",
                "status": "completed",
                "content": [{"type": "output_text", "text": "ok", "annotations": []}],
            },
            {"type": "function_call", "call_id": "c1", "name": "Read", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "done"},
            {"role": "user", "content": "go on"},
        ],
    },
    {
        "model": "o3",
        "input": [{"role": "user", "content": "hi"}],
        "previous_response_id": "resp_1",
        "text": {"format": {"type": "json_schema", "name": "n", "schema": _SCHEMA, "strict": True}},
        "tool_choice": {"type": "function", "name": "Read"},
        "tools": [{"type": "function", "name": "Read", "parameters": _SCHEMA, "strict": False}],
        "truncation": "auto",
        "service_tier": "auto",
    },
)

CHAT: Final[tuple[dict[str, Any], ...]] = (
    {"model": "gpt-4.1", "messages": [{"role": "user", "content": "hi"}]},
    {
        "model": "gpt-4.1",
        "stream": True,
        "stream_options": {"include_usage": True},
        "messages": [{"role": "user", "content": "hi"}],
    },
    {
        "model": "gpt-4.1",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "look"},
                    {"type": "image_url", "image_url": {"url": _URL, "detail": "low"}},
                ],
            },
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "Read", "arguments": '{"path":"a"}'},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "done"}]},
            {"role": "user", "content": "go on"},
        ],
        "tools": [
            {"type": "function", "function": {"name": "Read", "parameters": _SCHEMA}},
            {"type": "custom", "custom": {"name": "patch"}},
        ],
        "tool_choice": {"type": "function", "function": {"name": "Read"}},
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": _SCHEMA}},
        "max_completion_tokens": 100,
        "temperature": 0.2,
        "stop": ["a", "b"],
        "logit_bias": {"50256": -100},
        "reasoning_effort": "low",
        "user": "u",
        "metadata": {"a": "b"},
        "seed": 1,
        "n": 1,
        "parallel_tool_calls": False,
    },
)

BODIES: Final = {"/v1/responses": RESPONSES, "/v1/chat/completions": CHAT}
"""The seeds by the path that they belong to."""
