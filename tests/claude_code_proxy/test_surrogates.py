import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_code_proxy.surrogates import without_lone_surrogates
from tests.claude_code_proxy.upstream import METHODS, MODELS, Upstream

APIS = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
HALF = "\ud83d"
EMOJI = "\U0001f600"
TOOL = {
    "type": "function",
    "function": {
        "name": "Bash",
        "description": f"d{HALF}",
        "parameters": {"type": "object", "properties": {f"p{HALF}": {"enum": [f"e{HALF}"]}}},
    },
}
ANY_TEXT = st.text(st.characters(codec=None))
PAYLOADS = st.recursive(
    ANY_TEXT | st.integers() | st.none(),
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=8,
)


@APIS
@pytest.mark.parametrize("method", METHODS)
def test_a_lone_surrogate_anywhere_becomes_the_replacement_character(
    upstream: Upstream, model: str, method: str
) -> None:
    """In turns, calls, results, tools and their schemas' keys; the request goes through."""
    arguments = f'{{"a":"{HALF}"}}'
    call = {"id": "a", "type": "function", "function": {"name": "Bash", "arguments": arguments}}
    messages = [
        {"role": "system", "content": f"s{HALF}"},
        {"role": "user", "content": [{"type": "text", "text": f"{HALF}u {EMOJI}"}]},
        {"role": "assistant", "content": f"t{HALF}", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "a", "content": f"r\ude00{HALF}"},
    ]
    METHODS[method](upstream.arguments(model, messages=messages, tools=[TOOL]))
    body = upstream.last.body.decode()
    assert orjson.loads(body)
    shown = body.encode().decode("unicode_escape") if "\\ufffd" in body else body
    assert shown.count("\ufffd") == 9
    assert not set(shown) & set(map(chr, range(0xD800, 0xE000)))
    assert EMOJI in str(upstream.last.json())


def _sendable(payload: object) -> bool:
    try:
        return bool(json.dumps(payload, ensure_ascii=False).encode())
    except UnicodeEncodeError:
        return False


@given(st.dictionaries(ANY_TEXT, PAYLOADS))
def test_what_is_left_can_always_be_sent(payload: dict[str, Any]) -> None:
    """A payload that could be sent before is the same object; no payload is changed in place."""
    before = repr(payload)
    sent = without_lone_surrogates(payload)
    assert repr(payload) == before
    assert _sendable(sent)
    assert not _sendable(payload) or sent == payload


def test_only_halves_that_stand_alone_are_replaced() -> None:
    """Two halves that meet are one character; what stands around them is untouched."""
    text = f"a{HALF}b\ude00c{HALF}\ude00d{EMOJI}"
    sent = without_lone_surrogates({"text": text})
    assert sent == {"text": f"a\ufffdb\ufffdc{EMOJI}d{EMOJI}"}


def test_a_payload_nested_deeper_than_python_goes_is_walked() -> None:
    deep: dict[str, Any] = {"text": HALF}
    for _ in range(100_000):
        deep = {"inner": deep}
    sent = without_lone_surrogates(deep)
    for _ in range(100_000):
        sent = sent["inner"]
    assert sent == {"text": "\ufffd"}
