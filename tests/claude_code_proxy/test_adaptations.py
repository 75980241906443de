"""The adaptations: each does its one thing to what leaves, where its setting is true."""

import re
from typing import Any

import pytest

from claude_code_proxy.adaptations import ADAPTATIONS, Adaptation
from claude_code_proxy.drop_flags import DROP_FLAGS
from mock_upstream.catalogue import read_entries
from tests.claude_code_proxy.upstream import MODELS, USER, Upstream, call_handler

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
CALLS = [
    {"id": i, "type": "function", "function": {"name": "Read", "arguments": "{}"}}
    for i in ("toolu_01A", "D681PevKs")
]
SYSTEM = {"role": "system", "content": [{"type": "text", "text": t} for t in ("one", "two")]}
HISTORY = [
    SYSTEM,
    *USER,
    {"role": "assistant", "content": None, "tool_calls": CALLS},
    {"role": "tool", "tool_call_id": "toolu_01A", "content": "first"},
    {"role": "tool", "tool_call_id": "D681PevKs", "content": [IMAGE]},
    {"role": "system", "content": "Be quick."},
    {"role": "assistant", "content": "Done.", "reasoning_content": "hm"},
    *USER,
]
"""All that an adaptation looks at, in one conversation."""

NAMES = [row.name for row in ADAPTATIONS]
ROWS = pytest.mark.parametrize("row", ADAPTATIONS, ids=NAMES)


def turns(upstream: Upstream, *names: str, messages: list[Any] = HISTORY) -> list[dict[str, Any]]:
    """Return the turns that leave with the adaptations of these names, all of one API."""
    [api] = {row.api for row in ADAPTATIONS if row.name in names}
    settings = dict.fromkeys(names, True)
    sent = upstream.sent(MODELS[api], messages=messages, **settings)
    found: list[dict[str, Any]] = sent["messages" if api == "chat" else "input"]
    return found


def bare(upstream: Upstream, api: str = "chat") -> list[dict[str, Any]]:
    sent = upstream.sent(MODELS[api], messages=HISTORY)
    found: list[dict[str, Any]] = sent["messages" if api == "chat" else "input"]
    return found


def test_names_say_the_api_and_are_nobody_elses() -> None:
    """As a drop flag's name does, so that nobody has to look it up."""
    suffixes = {"chat": "_chat_api", "responses": "_res_api"}
    assert all(row.name.endswith(suffixes[row.api]) for row in ADAPTATIONS)
    assert len({*NAMES, *(flag.name for flag in DROP_FLAGS)}) == len(NAMES) + len(DROP_FLAGS)


@ROWS
def test_each_is_there_for_a_refusal_that_somebody_met(row: Adaptation) -> None:
    """By the catalogue, where at least one entry shows words of the upstream's."""
    scopes = {entry.id: entry.scope for entry in read_entries()}
    public = re.compile(r"[\w.-]+/[\w.-]+#\d+")
    assert row.why
    assert [name for name in row.source if name not in scopes and not public.fullmatch(name)] == []
    assert {scopes[name] for name in row.source if name in scopes} - {"inferred"}


@ROWS
def test_each_changes_its_own_api_alone(upstream: Upstream, row: Adaptation) -> None:
    sent = {}
    for api, model in MODELS.items():
        plain = upstream.sent(model, messages=HISTORY)
        sent[api] = upstream.sent(model, messages=HISTORY, **{row.name: True}) != plain
        assert upstream.sent(model, messages=HISTORY, **{row.name: False}) == plain
    assert sent == {api: api == row.api for api in MODELS}


@ROWS
@pytest.mark.parametrize("placement", ["litellm_params", "top", "nested"])
def test_each_is_read_in_every_placement(
    upstream: Upstream, row: Adaptation, placement: str
) -> None:
    setting: dict[str, Any] = {row.name: True}
    optional: dict[str, Any] = {"top": setting, "nested": {"litellm_params": setting}}.get(
        placement, {}
    )
    arguments = {
        "model": MODELS[row.api],
        "messages": HISTORY,
        "api_base": upstream.url,
        "api_key": "key-from-call",
    }
    params = setting if placement == "litellm_params" else {}
    call_handler("completion", **arguments, optional_params=optional, litellm_params=params)
    adapted = upstream.last.json()
    assert adapted == upstream.sent(MODELS[row.api], messages=HISTORY, **setting)
    assert adapted != upstream.sent(MODELS[row.api], messages=HISTORY)


@ROWS
def test_each_leaves_the_callers_objects_as_they_were(row: Adaptation) -> None:
    """An adaptation works on the payload; what it was made of is the caller's."""
    items = [{"type": "message", "role": "system", "content": "x"}, {"type": "reasoning"}]
    payload = {"messages": HISTORY, "input": items}
    before = repr(payload)
    row.apply(payload)
    assert repr(payload) == before


def test_texts_become_one_string_and_an_image_stays_a_part(upstream: Upstream) -> None:
    sent = turns(upstream, "flatten_text_chat_api")
    assert sent[0]["content"] == "one\n\ntwo"
    assert [part["type"] for part in sent[5]["content"]] == ["text", "image_url"]


def test_null_becomes_an_empty_text(upstream: Upstream) -> None:
    plain, sent = bare(upstream), turns(upstream, "fill_null_content_chat_api")
    assert plain[2]["content"] is None
    assert sent[2] == {**plain[2], "content": ""}
    assert [*sent[:2], *sent[3:]] == [*plain[:2], *plain[3:]]


def test_reasoning_is_filled_where_none_is_kept(upstream: Upstream) -> None:
    """Kept reasoning stays the model's own; only an assistant has any."""
    kept = {"keep_fields": ["messages[*].reasoning_content"]}
    settings = {"fill_reasoning_content_chat_api": True, **kept}
    sent = upstream.sent(MODELS["chat"], messages=HISTORY, **settings)["messages"]
    by_role = [(m["role"], m["reasoning_content"]) for m in sent if "reasoning_content" in m]
    assert by_role == [("assistant", " "), ("assistant", "hm")]


def test_every_call_says_that_its_signature_is_not_to_be_looked_for(upstream: Upstream) -> None:
    sent = turns(upstream, "fill_thought_signature_chat_api")
    skip = {"google": {"thought_signature": "skip_thought_signature_validator"}}
    assert [call["extra_content"] for call in sent[2]["tool_calls"]] == [skip, skip]


def test_call_ids_become_nine_alphanumerics_alike_on_both_sides(upstream: Upstream) -> None:
    """One that is nine already stays; the same id is the same in the next request."""
    sent = turns(upstream, "shorten_call_ids_chat_api")
    ids = [call["id"] for call in sent[2]["tool_calls"]]
    assert all(re.fullmatch("[a-zA-Z0-9]{9}", call_id) for call_id in ids)
    assert ids[1] == "D681PevKs"
    assert [message["tool_call_id"] for message in sent[3:5]] == ids
    again = turns(upstream, "shorten_call_ids_chat_api", messages=HISTORY[1:5])
    assert [call["id"] for call in again[1]["tool_calls"]] == ids


def test_a_late_system_turn_is_told_by_the_user(upstream: Upstream) -> None:
    """In its place and in its words; the first stays the system's."""
    plain, sent = bare(upstream), turns(upstream, "late_system_to_user_chat_api")
    [place] = [i for i, message in enumerate(plain) if message["role"] == "system" and i]
    assert sent[0] == plain[0]
    assert sent[place] == {**plain[place], "role": "user"}
    assert [m for i, m in enumerate(sent) if i != place] == [
        m for i, m in enumerate(plain) if i != place
    ]


def test_a_word_of_the_assistants_stands_between_tool_and_user(upstream: Upstream) -> None:
    """Nothing else is added or lost, nor the image of a tool that the user's turn holds."""
    plain, sent = bare(upstream), turns(upstream, "bridge_tool_to_user_chat_api")
    roles = [message["role"] for message in sent]
    assert "tool user" not in " ".join(roles)
    bridge = roles.index("tool") + 2
    assert sent[bridge] == {"role": "assistant", "content": "OK."}
    assert [*sent[:bridge], *sent[bridge + 1 :]] == plain


def test_what_the_system_says_is_said_by_the_developer(upstream: Upstream) -> None:
    plain, sent = bare(upstream, "responses"), turns(upstream, "system_to_developer_res_api")
    said = [{**i, "role": "developer"} if i.get("role") == "system" else i for i in plain]
    assert sent == said
    assert sum(item.get("role") == "developer" for item in sent) == 2


def test_the_models_messages_get_the_id_and_status_that_it_gave_them(upstream: Upstream) -> None:
    """An id is the place's, so a request's items are those of the next, too."""
    plain, sent = bare(upstream, "responses"), turns(upstream, "fill_item_ids_res_api")
    made = [place for place, item in enumerate(plain) if item.get("role") == "assistant"]
    assert made
    assert [place for place, item in enumerate(sent) if "id" in item] == made
    for place in made:
        assert sent[place] == {**plain[place], "id": f"msg_{place}", "status": "completed"}
