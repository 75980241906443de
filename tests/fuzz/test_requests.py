"""The fuzzer: a short run in every gate, and proof that it finds what it looks for."""

from random import Random
from typing import Any

import pytest

from fuzz import requests as fuzzer
from fuzz.http_mutations import KEY, Sent, batch
from fuzz.replies import Reply, fault, replies
from mock_upstream import profile_names

JSON = b"application/json"


@pytest.mark.parametrize("profile", ["openai", "gateway"])
def test_a_short_run_finds_nothing(profile: str) -> None:
    """A few hundred wrong requests: no 500, no hang, the account adds up, the memory is bounded."""
    run = fuzzer.fuzz_profile(profile, 400, seed=11)
    assert run.findings == []
    assert run.answered.total() > 300
    assert {200, 400, 401, 404} <= set(run.answered)


def test_the_same_seed_sends_the_same_bytes() -> None:
    """A finding can be sent again."""
    one, two = ([batch(Random(5)) for _ in range(1)] for _ in range(2))
    assert one == two
    random = Random(5)
    assert len({batch(random).data for _ in range(20)}) == 20


def test_most_requests_are_whole() -> None:
    """The framing is broken in a few connections only: most bytes are judged, not cut off."""
    random = Random(1)
    batches = [batch(random) for _ in range(300)]
    assert 200 < sum(sent.framed for sent in batches) < 300


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (Reply(200, b"{}", JSON, tagged=True), ""),
        (Reply(400, b"Invalid HTTP request received.", b"text/plain", tagged=False), ""),
        (Reply(500, b"Internal Server Error", b"text/plain", tagged=False), "status 500"),
        (Reply(503, b"{}", JSON, tagged=True), "status 503"),
        (Reply(200, b"{", JSON, tagged=True), "a body that is no JSON"),
        (
            Reply(404, b"Not Found", b"text/plain", tagged=False),
            "status 404 that is not the mock's",
        ),
        (Reply(401, b'{"a":"' + KEY + b'"}', JSON, tagged=True), "the key is repeated"),
    ],
)
def test_a_bad_reply_is_a_finding(reply: Reply, found: str) -> None:
    assert fault(reply, KEY)[: len(found)] == found
    assert bool(found) is bool(fault(reply, KEY))


def test_replies_are_cut_apart() -> None:
    """Lengths, chunks and interim replies; a reply that is cut short is left out."""
    one = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-request-id: r\r\n\r\nab"
    two = b"HTTP/1.1 400 Bad Request\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"
    got = list(replies(interim + one + two + one[:-1]))
    assert [(reply.status, reply.body, reply.tagged) for reply in got] == [
        (200, b"ab", True),
        (400, b"abc", False),
    ]
    with pytest.raises(ValueError, match="no status line"):
        list(replies(b"abHTTP/1.1 200 OK\r\n\r\n"))


def accounts() -> dict[str, Any]:
    return {
        "good": {},
        "an entry too few": {"journal": 9},
        "a reply that was not noted": {"statuses": {"200": 8, "400": 1, "client left": 1}},
        "a reply that never came": {"statuses": {"200": 11}, "journal": 11, "numbered": 11},
        "an error": {"error_count": 1, "errors": ["Traceback"]},
        "memory": {"peak_mib": 10_000},
    }


@pytest.mark.parametrize("change", accounts().values(), ids=accounts().keys())
def test_an_account_that_does_not_add_up_is_a_finding(change: dict[str, Any]) -> None:
    run = fuzzer.Run("openai", Random(1), 0)
    run.answered.update({200: 9, 400: 1})
    account = {
        "statuses": {"200": 9, "400": 1},
        "errors": [],
        "error_count": 0,
        "journal": 10,
        "numbered": 10,
        "peak_mib": 50,
    }
    fuzzer.check_account(run, account | change)
    assert bool(run.findings) is bool(change)


@pytest.mark.parametrize(
    ("data", "count"),
    [(b"", 1), (b"HTTP/1.1 200 OK\r\nx-request-id: r\r\n\r\n", 2), (b"x\r\n\r\n", 1)],
)
def test_a_reply_that_does_not_come_is_a_finding(data: bytes, count: int) -> None:
    run = fuzzer.Run("openai", Random(1), 0)
    fuzzer.check(run, Sent(b"GET / HTTP/1.1\r\n\r\n", count, framed=True), data)
    assert len(run.findings) == 1


def test_every_shipped_profile_is_fuzzed_by_default() -> None:
    assert set(fuzzer.profiles_of(None)) == set(profile_names())
