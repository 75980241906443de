"""The vendors' profiles beside one another: what one demands another refuses, and what passes all.

No payload pleases them all, so nothing that sends to several can have one form of a conversation.
"""

from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
import pytest

from common.field_path import FieldPath
from mock_upstream import Session, load_profile
from mock_upstream.profile_format.profile import profile_names
from mock_upstream.verdict import APIS, Api

LEDGER = Path(__file__).parents[1] / "conformance" / "ledger"
OF_CLAUDE_CODE = ("plain-turn", "first-turn", "tool-results-with-image", "thinking-history")
CALL = {"id": "D681PevKs", "type": "function", "function": {"name": "Read", "arguments": "{}"}}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}

MODELS = {
    "deepseek": "deepseek-chat",
    "moonshot": "kimi-k2-0905-preview",
    "gemini-openai": "gemini-2.5-pro",
}
"""A model that does not think where that changes what is refused; any other model elsewhere."""

BEYOND_SETTINGS = {
    ("deepseek", "chat"): {"system-content-sequence"},
    ("mistral", "chat"): {"tool-call-id", "user-after-tool"},
    ("openrouter", "responses"): {"message-without-id"},
}
"""What Claude Code's requests still meet with the recommended settings: dropping a field cures
neither the form of a text, nor an id, nor the order of roles."""

OF_OPENAI = ("azure", "chatgpt-codex", "github-copilot", "openai", "openai-observed")
"""Profiles whose rules depend on models of their own; they are tested elsewhere."""


def _rules(profile: str, api: Api, payload: dict[str, Any], model: str = "any-model") -> list[str]:
    verdict = Session(load_profile(profile)).judge(api, {"model": model} | payload)
    return [violation.rule for violation in verdict.violations]


def _history(assistant: dict[str, Any], *more: dict[str, Any]) -> dict[str, Any]:
    answer = {"role": "tool", "tool_call_id": CALL["id"], "content": "done"}
    first = {"role": "user", "content": "hi"}
    turn = {"role": "assistant", "content": "", "tool_calls": [CALL], **assistant}
    return {"messages": [first, turn, answer, *more]}


@pytest.mark.parametrize(
    ("profile", "model"),
    [("deepseek", "deepseek-v4-pro"), ("moonshot", "kimi-k2.5"), ("openrouter", "deepseek/v4")],
)
def test_some_demand_the_reasoning_content_back(profile: str, model: str) -> None:
    """In thinking mode a tool call without it is refused, and one with it passes."""
    assert _rules(profile, "chat", _history({}), model)
    assert _rules(profile, "chat", _history({"reasoning_content": "hm"}), model) == []


@pytest.mark.parametrize("profile", ["cerebras", "groq", "mistral"])
def test_some_refuse_the_reasoning_content(profile: str) -> None:
    """The very history that the others demand is refused here, and passes without it."""
    assert _rules(profile, "chat", _history({"reasoning_content": "hm"})) == [
        "message-reasoning-content" if profile == "groq" else "reasoning-content"
    ]
    assert _rules(profile, "chat", _history({})) == []


def test_null_content_beside_tool_calls_is_openais_way_and_not_lm_studios() -> None:
    """OpenAI's own history has null there, LM Studio takes an empty text alone."""
    assert _rules("openai", "chat", _history({"content": None})) == []
    assert _rules("lmstudio", "chat", _history({"content": None})) == ["content-null"]
    assert _rules("lmstudio", "chat", _history({"content": ""})) == []


def test_no_content_is_enough_for_openai_and_too_little_for_others() -> None:
    history = _history({})
    del history["messages"][1]["content"]
    assert _rules("openai", "chat", history) == []
    assert _rules("tgi", "chat", history) == ["content-required"]
    assert _rules("sap-ai-core", "chat", history) == ["assistant-content"]


def test_an_image_of_a_tool_fits_neither_turn_at_mistral() -> None:
    """OpenAI wants it in a user's turn; Mistral wants no user's turn there, and no image before."""
    in_user_turn = _history({}, {"role": "user", "content": [IMAGE]})
    assert _rules("openai", "chat", in_user_turn) == []
    assert _rules("mistral", "chat", in_user_turn) == ["user-after-tool"]
    in_tool_turn = _history({})
    in_tool_turn["messages"][2]["content"] = [IMAGE]
    assert _rules("mistral", "chat", in_tool_turn) == ["tool-image"]


def test_text_between_a_call_and_its_output_is_fine_for_openai_and_not_for_deepseek() -> None:
    items = [
        {"role": "user", "content": "hi"},
        {"type": "function_call", "call_id": "call_1", "name": "Bash", "arguments": "{}"},
        {"role": "assistant", "content": "I look."},
        {"type": "function_call_output", "call_id": "call_1", "output": "done"},
    ]
    assert _rules("openai", "responses", {"input": items}) == []
    assert _rules("deepseek", "responses", {"input": items}) == ["calls-not-adjacent"]


def test_an_upstream_that_is_strict_on_one_api_takes_all_on_the_other() -> None:
    """`unknown` by API: a source that shows one of them says nothing of the other."""
    strange = {"enable_thinking": True}
    assert _rules("volcengine", "responses", {"input": "hi", **strange}) == ["unknown-field"]
    assert _rules("volcengine", "chat", {"messages": [], **strange}) == []
    assert _rules("groq", "chat", {"messages": [], **strange}) == ["unsupported-top-level"]
    assert _rules("groq", "responses", {"input": "hi", **strange}) == []


VENDORS = [name for name in profile_names() if name not in OF_OPENAI]


@pytest.mark.parametrize("profile", VENDORS)
@pytest.mark.parametrize("api", APIS)
def test_claude_codes_requests_pass_with_the_recommended_settings(profile: str, api: Api) -> None:
    """Less the fields that a profile's settings name, all passes but what no such setting cures."""
    left: set[str] = set()
    for scenario in OF_CLAUDE_CODE:
        payload = orjson.loads((LEDGER / scenario / f"{api}.json").read_bytes())
        payload["model"] = MODELS.get(profile, "any-model")
        left.update(_rules(profile, api, _adapted(profile, api, payload)))
    assert left == BEYOND_SETTINGS.get((profile, api), set())


def _adapted(profile: str, api: Api, payload: dict[str, Any]) -> dict[str, Any]:
    """Do with a payload what the handler does for its drop settings."""
    settings: dict[str, Any] = getattr(load_profile(profile).settings, api)
    paths = list(settings.get("drop_fields", ()))
    if settings.get("drop_metadata_res_api"):
        paths.append("metadata")
    if settings.get("drop_thinking_blocks_res_api"):
        paths.append("input[*].thinking_blocks")
    payload = deepcopy(payload)
    for text in paths:
        payload = FieldPath.parse(text).remove(payload)
    return payload
