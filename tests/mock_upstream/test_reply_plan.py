"""Reply plans and sessions: what cannot be sent is refused where it is written."""

from typing import Any

import pytest

from mock_upstream import (
    Citation,
    CustomCall,
    Failure,
    RawReply,
    ReplyPlan,
    Session,
    ToolCall,
    Usage,
    WebSearch,
    load_profile,
)

CITED = Citation("https://example.com", "A page")


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ReplyPlan(text=b"x"), TypeError, "ReplyPlan.text is bytes"),
        (lambda: ReplyPlan(text="\ud800"), ValueError, "lone surrogate at position 0"),
        (lambda: ReplyPlan(reasoning="a\udfff"), ValueError, "lone surrogate at position 1"),
        (lambda: ToolCall("Bash", arguments={}), TypeError, "ToolCall.arguments is dict"),
        (lambda: ToolCall("Bash", call_id=5), TypeError, "ToolCall.call_id is int"),
        (lambda: ReplyPlan(reasoning=("a", 5)), TypeError, "ReplyPlan.reasoning is int"),
        (lambda: ReplyPlan(refusal=5), TypeError, "ReplyPlan.refusal is int"),
        (lambda: ReplyPlan(tool_calls=("x",)), TypeError, "holds str; give ToolCall or CustomCall"),
        (lambda: ReplyPlan(search="q"), TypeError, "search holds str; give WebSearch"),
        (lambda: ReplyPlan(usage=None), TypeError, "usage holds NoneType; give Usage"),
        (lambda: ReplyPlan(failure="no"), TypeError, "failure holds str; give Failure"),
        (lambda: ReplyPlan(text="x", citations=("u",)), TypeError, "holds str; give Citation"),
        (lambda: ReplyPlan(citations=(CITED,)), ValueError, "give a text too"),
        (lambda: ReplyPlan(incomplete="length"), ValueError, "one of max_output_tokens, content"),
        (
            lambda: ReplyPlan(incomplete="content_filter", failure=Failure()),
            ValueError,
            "give one of them",
        ),
        (lambda: Failure(code="server"), ValueError, "did you mean 'server_error'"),
        (lambda: Failure(message=None), TypeError, "Failure.message is NoneType"),
        (lambda: CustomCall("a", input={}), TypeError, "CustomCall.input is dict"),
        (lambda: WebSearch("q", sources="u"), TypeError, "give a sequence of URLs"),
        (lambda: Citation("u", "t", start=-1), ValueError, "Citation.start is -1"),
        (lambda: Usage(input=1.5), TypeError, "Usage.input is float"),
        (lambda: Usage(output=2**53), ValueError, r"2\*\*53"),
        (lambda: RawReply(status=99), ValueError, "200 to 599"),
        (lambda: RawReply(status=600), ValueError, "200 to 599"),
        (lambda: RawReply(status="200"), ValueError, "200 to 599"),
        (lambda: RawReply(status=204, chunks=(b"x",)), ValueError, "has no body"),
        (lambda: RawReply(headers={"a b": "c"}), ValueError, "not an HTTP token"),
        (lambda: RawReply(headers={"a": "b\r\nc: d"}), ValueError, "printable ASCII"),
        (lambda: RawReply(headers={"a": " b"}), ValueError, "printable ASCII"),
        (lambda: RawReply(chunks=("text",)), TypeError, "chunk is str"),
        (lambda: RawReply(chunks=(True,)), TypeError, "chunk is bool"),
        (lambda: RawReply(chunks=(-0.5,)), ValueError, "give seconds from 0"),
        (lambda: RawReply(chunks=(float("nan"),)), ValueError, "give seconds from 0"),
        (lambda: RawReply(chunks=(float("inf"),)), ValueError, "give seconds from 0"),
    ],
)
def test_what_cannot_be_sent_is_refused(make: Any, error: type[Exception], message: str) -> None:
    """A plan that would break the reply raises at once, and says what to give instead."""
    with pytest.raises(error, match=message):
        make()


def test_plans_do_not_change_with_what_they_were_made_of() -> None:
    """A plan keeps its own copy of lists and dictionaries."""
    calls, headers, chunks = [ToolCall("Bash")], {"a": "1"}, [b"x"]
    plan, raw = ReplyPlan(tool_calls=calls), RawReply(headers=headers, chunks=chunks)  # type: ignore[arg-type]  # lists on purpose
    calls.clear(), headers.clear(), chunks.clear()
    assert plan.tool_calls == (ToolCall("Bash"),)
    assert (dict(raw.headers), raw.chunks) == ({"a": "1"}, (b"x",))
    with pytest.raises(TypeError):
        raw.headers["b"] = "2"  # type: ignore[index]  # frozen


@pytest.mark.parametrize(
    ("overrides", "error", "message"),
    [
        ({"auth": "on"}, ValueError, "auth is 'on'; give 'required' or 'off'"),
        ({"unknown": "drop"}, ValueError, "unknown is 'drop'; give 'reject'"),
        ({"reject": ("a..b",)}, ValueError, r"a\.\.b"),
        ({"reject": "metadata"}, TypeError, "reject is one string"),
        ({"api_keys": "key-from-config"}, TypeError, "api_keys is one string"),
    ],
)
def test_a_bad_override_is_refused(
    overrides: dict[str, Any], error: type[Exception], message: str
) -> None:
    """A session cannot be made with what it does not understand; no key is in the message."""
    with pytest.raises(error, match=message) as caught:
        Session(load_profile("openai"), **overrides)
    assert "key-from-config" not in str(caught.value)


def test_a_plan_keeps_its_own_parts() -> None:
    """Parts given as lists are kept as tuples, and the reasoning knows its parts."""
    parts, cited = ["one", "two"], [CITED]
    plan = ReplyPlan(text="x", reasoning=parts, citations=cited)  # type: ignore[arg-type]  # lists on purpose
    parts.clear(), cited.clear()
    assert (plan.reasoning, plan.citations) == (("one", "two"), (CITED,))
    assert plan.summary == ("one", "two")
    assert [ReplyPlan(reasoning=r).summary for r in (None, (), "", "a")] == [(), (), ("",), ("a",)]


def test_only_replies_can_be_queued() -> None:
    with pytest.raises(TypeError, match="reply is str; give a ReplyPlan or a RawReply"):
        Session(load_profile("openai")).reply_with("hi")  # type: ignore[arg-type]  # on purpose


def test_a_session_judges_without_http() -> None:
    """`judge` gives the verdict of the app, uses no reply and writes no entry."""
    session = Session(load_profile("permissive"), reject=("metadata",))
    session.reply_with(ReplyPlan(text="kept"))
    assert session.judge(api="chat", payload={"model": "m"}).accepted
    verdict = session.judge(api="responses", payload={"metadata": {}})
    assert [violation.path for violation in verdict.violations] == ["metadata"]
    assert (session.replies_left, session.journal.entries) == (1, ())
