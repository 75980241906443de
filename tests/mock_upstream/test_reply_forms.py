"""The default reply by its form is, byte for byte, the one that is rendered."""

from typing import Any

import pytest

from mock_upstream.profile_format.profile import Replies
from mock_upstream.replies.planned_reply import planned_reply
from mock_upstream.replies.rendering import rendering
from mock_upstream.replies.reply_forms import ReplyForms
from mock_upstream.replies.reply_plan import DEFAULT_PLAN
from mock_upstream.replies.reply_quirks import ReplyStyle, reply_style
from mock_upstream.replies.response_store import ResponseStore
from mock_upstream.verdict import Api

ASKED: list[tuple[Api, dict[str, Any]]] = [
    ("chat", {"model": "m"}),
    ("chat", {"model": "m", "stream": True}),
    ("chat", {"model": "m", "stream": True, "stream_options": {"include_usage": True}}),
    ("chat", {"model": "other"}),
    ("responses", {"model": "m"}),
    ("responses", {"model": "m", "stream": True}),
    ("responses", {"model": "m", "store": False}),
    ("responses", {"model": "m", "temperature": 1}),
    ("responses", {"model": "m", "temperature": 1.0}),
    ("responses", {"model": "m", "metadata": {"a": "resp_mock000001"}}),
    ("responses", {"model": "m", "previous_response_id": "resp_mock000001"}),
    ("responses", {"model": "m", "text": {"format": {"type": "json_object"}}}),
    ("responses", {"model": "mock000001", "include": ["reasoning.encrypted_content"]}),
]
STYLES = [
    reply_style(Replies(), "full", None),
    reply_style(Replies(), "sparse", None),
    reply_style(Replies(), "full", ["crlf", "null-fields"]),
]


@pytest.mark.parametrize("style", STYLES)
def test_a_filled_form_is_what_rendering_gives(style: ReplyStyle) -> None:
    """Whatever was asked before, and however many digits the number has."""
    forms = ReplyForms()
    for number in (1, 2, 123, 1_234_567):
        for api, payload in [*ASKED, *ASKED]:
            reply = rendering(DEFAULT_PLAN, api, payload, number, style)
            filled, kept = ResponseStore(), ResponseStore()
            assert forms.reply(reply, api, filled) == planned_reply(reply, api, kept)
            name = reply.id("resp")
            assert filled.get(name) == kept.get(name)


def test_a_run_of_ever_new_requests_stays_small() -> None:
    """What is kept has a bound, in number and in bytes."""
    forms = ReplyForms()
    for number in range(1000):
        payload = {"model": f"m{number}", "metadata": {str(n): "x" * 500 for n in range(16)}}
        reply = rendering(DEFAULT_PLAN, "responses", payload, number, STYLES[0])
        forms.reply(reply, "responses", ResponseStore())
    assert 0 < len(forms) <= 64
