"""Kept responses: asked for again, continued, deleted, and bounded."""

from dataclasses import replace
from threading import Thread
from typing import Any

import httpx
import orjson
import pytest

from mock_upstream import CustomCall, RawReply, ReplyPlan, ToolCall
from mock_upstream.replies.response_store import ResponseStore, StoredResponse

PATH = "/v1/responses"
BODY = {"model": "gpt-5.2", "input": "hi"}


def create(mock: Any, **more: Any) -> httpx.Response:
    answered = mock.client.post(PATH, json=BODY | more)
    assert isinstance(answered, httpx.Response)
    return answered


def stored(number: int, size: int = 10, previous: str | None = None) -> StoredResponse:
    return StoredResponse(f"resp_{number}", b"x" * size, previous, (f"call_{number}",))


@pytest.mark.parametrize("stream", [False, True])
def test_a_response_is_kept_as_it_was_answered(mock: Any, *, stream: bool) -> None:
    """`GET` gives the bytes of the response, whether it was streamed or not."""
    created = create(mock, stream=stream)
    got = mock.client.get(f"{PATH}/resp_mock000001")
    assert got.status_code == 200
    assert got.headers["content-type"] == "application/json"
    if not stream:
        assert got.content == created.content
    else:
        assert f'"response":{got.text}}}' in created.text.splitlines()[-2]


def test_what_is_not_to_be_stored_is_not(mock: Any) -> None:
    """`store: false` leaves nothing behind: neither to get nor to continue."""
    reply = create(mock, store=False).json()
    assert reply["store"] is False
    assert mock.client.get(f"{PATH}/{reply['id']}").status_code == 404
    assert create(mock, previous_response_id=reply["id"]).status_code == 400


def test_an_unknown_response_is_refused(mock: Any) -> None:
    """OpenAI's words for a response that is not there, and for continuing it."""
    for method in ("GET", "DELETE"):
        gone = mock.client.request(method, f"{PATH}/resp_gone")
        assert (gone.status_code, gone.json()["error"]) == (
            404,
            {
                "message": "Response with id 'resp_gone' not found.",
                "type": "invalid_request_error",
                "param": None,
                "code": None,
            },
        )
    lost = create(mock, previous_response_id="resp_gone")
    assert (lost.status_code, lost.json()["error"]) == (
        400,
        {
            "message": "Previous response with id 'resp_gone' not found.",
            "type": "invalid_request_error",
            "param": "previous_response_id",
            "code": "previous_response_not_found",
        },
    )
    entry = mock.session.journal.entries[-1]
    assert [(one.rule, one.path) for one in entry.verdict.violations] == [
        ("previous-response", "previous_response_id")
    ]


def test_a_refused_continuation_uses_no_reply(mock: Any) -> None:
    """A queued reply waits for a request that is accepted."""
    mock.session.reply_with(ReplyPlan(text="queued"))
    assert create(mock, previous_response_id="resp_gone").status_code == 400
    assert mock.session.replies_left == 1


def test_a_lenient_upstream_continues_anything(serve: Any) -> None:
    """A profile that takes unknown fields takes an unknown response too."""
    reply = create(serve("permissive"), previous_response_id="resp_gone")
    assert (reply.status_code, reply.json()["previous_response_id"]) == (200, "resp_gone")


def test_a_response_can_be_deleted(mock: Any) -> None:
    """`DELETE` forgets a response, once."""
    create(mock)
    path = f"{PATH}/resp_mock000001"
    deleted = mock.client.delete(path)
    assert deleted.json() == {"id": "resp_mock000001", "object": "response", "deleted": True}
    assert mock.client.delete(path).status_code == 404


def test_the_paths_of_resources(serve: Any) -> None:
    """A model's name may hold slashes, an id may not; other methods are refused; keys are asked."""
    mock = serve()
    assert mock.client.get("/v1/models/gpt-4o").json()["id"] == "gpt-4o"
    unknown = mock.client.get("/v1/models/meta-llama/Llama-3")
    assert (unknown.status_code, unknown.json()["error"]) == (
        404,
        {
            "message": "The model 'meta-llama/Llama-3' does not exist",
            "type": "invalid_request_error",
            "param": "model",
            "code": "model_not_found",
        },
    )
    for path in (f"{PATH}/a/b", f"{PATH}/", "/v1/models/"):
        assert mock.client.get(path).json()["error"]["message"] == f"Invalid URL (GET {path})"
    wrong = mock.client.post(f"{PATH}/resp_x", json={})
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, DELETE")
    assert wrong.json()["error"]["message"] == "Only GET and DELETE requests are accepted."
    assert mock.client.post("/v1/models/gpt-4o").headers["allow"] == "GET"
    for path in ("/v1/models/gpt-4o", f"{PATH}/resp_x"):
        assert httpx.get(mock.url + path).status_code == 401


def test_sessions_keep_their_own(serve: Any) -> None:
    """Two sessions in one process do not see each other's responses."""
    one, two = serve(), serve()
    create(one)
    assert two.client.get(f"{PATH}/resp_mock000001").status_code == 404


def test_raw_replies_are_not_kept(mock: Any) -> None:
    """What a test sends byte for byte is none of the store's business."""
    mock.session.reply_with(RawReply(chunks=(b"{}",)))
    create(mock)
    assert len(mock.session.responses) == 0


def test_a_conversation_knows_its_calls(mock: Any) -> None:
    """The ids of the calls of a response and of all before it are known to the session."""
    mock.session.reply_with(ReplyPlan(tool_calls=(ToolCall("a"), ToolCall("b", call_id="own"))))
    first = create(mock).json()["id"]
    mock.session.reply_with(ReplyPlan(tool_calls=(CustomCall("c"),)))
    second = create(mock, previous_response_id=first).json()["id"]
    calls = {"call_mock000001_0", "own"}
    assert mock.session.responses.call_ids(first) == calls
    assert mock.session.responses.call_ids(second) == calls | {"call_mock000002_0"}
    assert mock.session.responses.call_ids("resp_gone") == frozenset()


def test_the_store_is_bounded_by_count() -> None:
    """The oldest response goes first; one kept again is the newest."""
    store = ResponseStore(max_responses=3)
    for number in (1, 2, 3, 1, 4):
        store.keep(stored(number))
    assert [f"resp_{n}" in store for n in (1, 2, 3, 4)] == [True, False, True, True]
    assert len(store) == 3


def test_the_store_is_bounded_by_bytes() -> None:
    """All kept bytes together stay within the bound, and one that is too large is not kept."""
    store = ResponseStore(max_bytes=10_000)
    for number in range(100):
        store.keep(stored(number, 1000))
        assert store.size <= 10_000
    assert len(store) == 10_000 // 1512
    store.keep(stored(100, 20_000))
    assert "resp_100" not in store
    assert len(store) == 10_000 // 1512


def test_the_account_is_exact() -> None:
    """Whatever is kept, replaced and deleted, the size is that of what is there."""
    store = ResponseStore()
    for size in (10, 500, 20):
        store.keep(stored(1, size))
    store.keep(stored(2, 7))
    assert store.size == stored(1, 20).size + stored(2, 7).size
    assert store.delete("resp_1")
    assert not store.delete("resp_1")
    assert store.size == stored(2, 7).size


def test_a_circle_of_responses_ends() -> None:
    """A conversation that leads back to itself is walked a bounded way."""
    store = ResponseStore()
    store.keep(stored(1, previous="resp_2"))
    store.keep(stored(2, previous="resp_1"))
    assert store.call_ids("resp_1") == {"call_1", "call_2"}


def test_threads_may_share_a_store() -> None:
    """Keeping and deleting from several threads leaves the account exact."""
    store = ResponseStore(max_responses=50)

    def work(start: int) -> None:
        for number in range(start, start + 500):
            store.keep(stored(number))
            store.delete(f"resp_{number - 3}")

    threads = [Thread(target=work, args=(n * 100,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.size == len(store) * stored(0).size
    assert len(store) <= 50


@pytest.mark.parametrize("bounds", [{"max_responses": 0}, {"max_bytes": 0}])
def test_bounds_are_positive(bounds: Any) -> None:
    with pytest.raises(ValueError, match="give whole numbers from 1"):
        ResponseStore(**bounds)


def test_a_long_run_keeps_flat(mock: Any) -> None:
    """More responses than the store holds leave the newest, and each reply is still its own."""
    store = ResponseStore(max_responses=5)
    mock.session.now = replace(mock.session.now, responses=store)
    for number in range(1, 21):
        assert orjson.loads(create(mock).content)["id"] == f"resp_mock{number:06d}"
    assert len(store) == 5
    assert "resp_mock000020" in store
