"""Questions to a journal: what is asked for is what comes, page by page."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mock_upstream.journal.entry import JournalEntry
from mock_upstream.journal.head import Head
from mock_upstream.journal.query import Query, QueryError, page
from mock_upstream.verdict import ACCEPTED, Verdict, Violation

REFUSED = Verdict((Violation("unknown-parameter", "metadata", "No."),))
NOTED = Verdict(noted=(Violation("extra-key", "x", "Noted."),))


def entry(number: int, **facts: Any) -> JournalEntry:
    known = {
        "method": "POST",
        "path": "/v1/responses",
        "status": 200,
        "verdict": ACCEPTED,
        "time": 1000.0 + number,
        "api": "responses",
        "body": b"{}",
    }
    return JournalEntry(number=number, head=Head(), **(known | facts))


ENTRIES = (
    entry(1),
    entry(2, path="/v1/chat/completions", api="chat"),
    entry(3, status=400, verdict=REFUSED),
    entry(4, status=None, verdict=REFUSED, fault="disconnect"),
    entry(5, verdict=NOTED, session="other"),
    entry(6, method="GET", path="/v1/models", status=503, fault="status"),
)


def numbers(**asked: str) -> list[int]:
    return [one.number for one in page(ENTRIES, Query.parse(asked.items())).entries]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"since": "1003"}, [3, 4, 5, 6]),
        ({"until": "1003"}, [1, 2]),
        ({"since": "1970-01-01T00:16:42Z", "until": "1970-01-01T00:16:43+00:00"}, [2]),
        ({"since": "1970-01-01T00:16:45.5"}, [6]),
        ({"path": "/v1/responses"}, [1, 3, 4, 5]),
        ({"path": "/v1/c*"}, [2]),
        ({"path": "/v1"}, []),
        ({"method": "GET"}, [6]),
        ({"status": "200"}, [1, 2, 5]),
        ({"status": "4xx"}, [3]),
        ({"status": "none"}, [4]),
        ({"session": "other"}, [5]),
        ({"verdict": "accepted"}, [1, 2, 5, 6]),
        ({"verdict": "refused"}, [3, 4]),
        ({"verdict": "faulted"}, [4, 6]),
        ({"rule": "unknown-parameter"}, [3, 4]),
        ({"rule": "extra-key"}, [5]),
        ({"fault": "disconnect"}, [4]),
        ({"after": "4"}, [5, 6]),
        ({"status": "400", "verdict": "refused", "path": "/v1/responses"}, [3]),
    ],
)
def test_what_is_asked_for_comes(asked: dict[str, str], expected: list[int]) -> None:
    """Each parameter narrows what comes, and all of them hold together."""
    assert numbers(**asked) == expected


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6, 7])
def test_pages_together_are_the_whole(limit: int) -> None:
    """Following `next` gives every wanted entry once, and the last page says it is the last."""
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        found = page(ENTRIES, Query(after=after, limit=limit, method="POST"))
        assert len(found.entries) <= limit
        seen += [one.number for one in found.entries]
        after = found.next
    assert seen == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ([("statsu", "400")], "unknown parameter 'statsu'; expected since.*did you mean 'status'?"),
        ([("status", "40")], "status: received '40'; expected a status such as 400"),
        ([("status", "4x0")], "status: received"),
        ([("status", "999")], "status: received"),
        ([("verdict", "acepted")], "did you mean 'accepted'?"),
        ([("since", "yesterday")], "since: received 'yesterday'; expected a time such as"),
        ([("until", "9" * 400)], "until: received"),
        ([("since", "nan")], "since: received"),
        ([("limit", "0")], "limit: received '0'; expected a number from 1"),
        ([("limit", "-1")], "limit: received '-1'"),
        ([("after", "one")], "after: received 'one'; expected a number"),
        ([("after", "٣")], "after: received"),
        ([("path", "")], "path: empty; give a value"),
        ([("path", "/a"), ("path", "/b")], "path: given twice"),
    ],
)
def test_a_bad_question_is_explained(asked: list[tuple[str, str]], said: str) -> None:
    """What cannot be asked names the parameter, what was received, and the nearest right word."""
    with pytest.raises(QueryError, match=said):
        Query.parse(asked)


def test_times_without_a_zone_are_utc() -> None:
    expected = datetime(2026, 1, 31, 12, tzinfo=UTC).timestamp()
    assert Query.parse([("since", "2026-01-31T12:00")]).since == expected
