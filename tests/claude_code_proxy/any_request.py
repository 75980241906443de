"""Requests in Chat Completions form, of every shape that can reach the handler, for hypothesis.

Sound and broken alike: what is checked is that whatever leaves is one that OpenAI takes.
"""

from typing import Any

from hypothesis import strategies as st

PIXEL = "data:image/png;base64,iVBORw0KGgo="
LONG = "x" * 90
MARK = {"cache_control": {"type": "ephemeral"}}

TEXTS = st.sampled_from(["", "hello", "a\ud83d", "\U0001f600", LONG])
IDS = st.sampled_from(["a", "b", "toolu_01", "", None, 7, LONG, LONG + "y", "a_2"])
NAMES = st.sampled_from(["Bash", "Read", "mcp__server__tool", "", None])
ARGUMENTS = st.sampled_from(["{}", '{"a":1}', "", "{broken", None, {"a": 1}])


def _with(strategy: st.SearchStrategy[dict[str, Any]], **more: Any) -> Any:
    """Add, sometimes, what clients and LiteLLM leave on an object."""
    extras = st.sampled_from([{}, {}, more])
    return st.builds(lambda one, extra: {**one, **extra}, strategy, extras)


TEXT_PARTS = _with(st.builds(lambda text: {"type": "text", "text": text}, TEXTS), **MARK)
IMAGE_URLS = st.sampled_from(
    [
        PIXEL,
        {"url": PIXEL, "detail": "low", "format": "image/png"},
        {"url": "https://example.com/a.png", "detail": None},
        {"url": "https://example.com/a.PDF"},
        {"url": "data:application/pdf;base64,AAAA"},
    ]
)
IMAGES = _with(st.builds(lambda url: {"type": "image_url", "image_url": url}, IMAGE_URLS), **MARK)
FILES = st.sampled_from(
    [
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA", "format": "x"}},
        {"type": "file", "file": {"file_id": "file-1", "filename": "a.pdf"}},
        {"type": "file", "file": {"file_id": "https://example.com/a.pdf"}},
    ]
)
FOUND = st.just({"type": "tool_reference", "tool_name": "Task"})
PARTS = st.lists(st.one_of(TEXT_PARTS, IMAGES, FILES, FOUND), max_size=3)
CONTENTS = st.one_of(st.none(), TEXTS, PARTS)
THINKING = [{"type": "thinking", "thinking": "step", "signature": "c2ln", **MARK}]
ASSISTANT_PARTS = st.lists(
    st.one_of(
        TEXT_PARTS,
        st.just({"type": "refusal", "refusal": "no"}),
        st.just({"type": "thinking", "thinking": "step", "signature": "c2ln"}),
        IMAGES,
    ),
    max_size=3,
)
CALLS = st.builds(
    lambda call_id, name, arguments, index: {
        "id": call_id,
        "type": "function",
        "function": {"name": name, "arguments": arguments, "provider_specific_fields": {}},
        "index": index,
    },
    IDS,
    NAMES,
    ARGUMENTS,
    st.integers(0, 3),
)
SPEAKERS = st.sampled_from(["user", "user", "system", "developer"])
SAID = _with(
    st.builds(lambda role, content: {"role": role, "content": content}, SPEAKERS, CONTENTS),
    name="someone",
    **MARK,
)
ANSWERED = _with(
    st.builds(
        lambda content, calls: {"role": "assistant", "content": content, "tool_calls": calls},
        st.one_of(st.none(), TEXTS, ASSISTANT_PARTS),
        st.one_of(st.none(), st.lists(CALLS, max_size=3)),
    ),
    thinking_blocks=THINKING,
    reasoning_content="step",
    refusal="no",
    provider_specific_fields={},
    function_call=None,
    annotations=[],
)
LEGACY = st.builds(
    lambda name: {"role": "assistant", "content": None, "function_call": {"name": name}},
    NAMES,
)
RESULTS = _with(
    st.builds(
        lambda call_id, content: {"role": "tool", "tool_call_id": call_id, "content": content},
        IDS,
        CONTENTS,
    ),
    name="Bash",
    is_error=True,
    **MARK,
)
LEGACY_RESULTS = st.builds(
    lambda content: {"role": "function", "name": "Bash", "content": content}, CONTENTS
)
MESSAGES = st.lists(
    st.one_of(SAID, ANSWERED, ANSWERED, RESULTS, RESULTS, LEGACY, LEGACY_RESULTS), max_size=8
).map(lambda turns: [{"role": "user", "content": "hello"}, *turns])

SCHEMAS = st.sampled_from(
    [
        {"type": "object", "properties": {"a": {"type": "string"}}},
        {"properties": {}, "defer_loading": True},
        {},
        None,
    ]
)
FUNCTIONS = _with(
    st.builds(
        lambda name, schema, strict: {
            "type": "function",
            "function": {
                "name": name,
                "description": "does it",
                "parameters": schema,
                "strict": strict,
            },
        },
        st.sampled_from(["Bash", "Read", "mcp__server__tool", "", "litellm_unnamed_tool_0"]),
        SCHEMAS,
        st.sampled_from([None, False]),
    ),
    defer_loading=True,
    **MARK,
)
SERVER_TOOLS = st.sampled_from(
    [
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 3},
        {"type": "web_search_20260209", "name": "web_search", "allowed_domains": ["a.b"]},
        {"type": "code_execution_20250825", "name": "code_execution"},
        {"type": "bash_20250124", "name": "bash"},
        {"name": "Bash", "input_schema": {"type": "object"}, "eager_input_streaming": True},
        {"type": "mcp", "server_label": "x"},
    ]
)
TOOLS = st.one_of(st.none(), st.lists(st.one_of(FUNCTIONS, FUNCTIONS, SERVER_TOOLS), max_size=4))
CHOSEN = st.sampled_from(["Bash", "web_search", "gone"])
CHOICES = st.one_of(
    st.sampled_from([None, "auto", "none", "any", "required", {"type": "any"}, {"type": "auto"}]),
    st.builds(lambda name: {"type": "tool", "name": name}, CHOSEN),
    st.builds(lambda name: {"type": "function", "function": {"name": name}}, CHOSEN),
    st.builds(
        lambda mode, names: {
            "type": "allowed_tools",
            "mode": mode,
            "tools": [{"type": "function", "name": name} for name in names],
        },
        st.sampled_from(["auto", "required"]),
        st.lists(CHOSEN, max_size=2),
    ),
    st.just({"type": "auto", "disable_parallel_tool_use": True}),
)
PLACE = {"type": "approximate", "approximate": {"city": "Berlin", "postcode": 1}}
PARAMS = st.fixed_dictionaries(
    {},
    optional={
        "tools": TOOLS,
        "tool_choice": CHOICES,
        "parallel_tool_calls": st.sampled_from([None, True, False]),
        "functions": st.just([{"name": "legacy"}]),
        "web_search_options": st.sampled_from(
            [{}, {"search_context_size": "low", "user_location": PLACE}, None]
        ),
        "max_tokens": st.sampled_from([1, 16, 32000, None]),
        "max_completion_tokens": st.sampled_from([1, 64]),
        "temperature": st.sampled_from([0, 1, None]),
        "top_p": st.just(0.9),
        "stop": st.sampled_from(["a", ["a", "b", "c", "d", "e"]]),
        "seed": st.just(1),
        "top_k": st.just(5),
        "user": st.sampled_from(["someone", LONG, 7]),
        "prompt_cache_key": st.sampled_from(["session", LONG]),
        "safety_identifier": st.sampled_from(["someone", LONG]),
        "reasoning_effort": st.sampled_from(
            ["low", "none", {"effort": "high", "summary": "auto"}, None]
        ),
        "verbosity": st.just("low"),
        "response_format": st.sampled_from(
            [
                {"type": "text"},
                {"type": "json_object", "more": 1},
                {"type": "json_schema", "json_schema": {"schema": {"type": "object"}, "more": 1}},
                {"type": "json_schema", "name": LONG, "schema": {}},
            ]
        ),
        "thinking": st.just({"type": "enabled", "budget_tokens": 1024}),
        "context_management": st.just({"edits": []}),
        "stream": st.booleans(),
        "service_tier": st.just("auto"),
        "store": st.booleans(),
    },
)
METADATA = st.dictionaries(
    st.sampled_from([LONG, LONG + "y", "trace_name", *map(str, range(20))]),
    st.sampled_from(["", "v" * 600, "\ud83d", 7, None]),
)
