"""The journal: exact bytes, ordered headers, credentials as fingerprints."""

import hashlib
import threading
import tracemalloc
from dataclasses import asdict, replace
from typing import Any

import httpx
import pytest

from mock_upstream import Credential, Journal
from mock_upstream.access.credentials import Fingerprints, credential_in
from mock_upstream.journal import JournalEntry
from mock_upstream.journal.head import Head
from mock_upstream.verdict import ACCEPTED, Verdict, Violation

MARKS = ("key-from-call", "key-from-env", "key-from-query", "session-from-cookie")


def entry(number: int, body: bytes = b"{}") -> JournalEntry:
    return JournalEntry(
        number=number,
        method="POST",
        path="/v1/responses",
        head=Head(),
        body=body,
        api="responses",
        status=200,
        verdict=ACCEPTED,
    )


def test_the_body_is_kept_as_it_was_sent(mock: Any) -> None:
    """Spaces, escapes, key order and duplicate keys survive; the hash is that of the bytes."""
    body = b'{ "z":1,\n"model" : "\\u0041", "z": 2.50 }'
    mock.client.post("/v1/responses", content=body)
    (kept,) = mock.session.journal.entries
    assert kept.body == body
    assert kept.sha256 == hashlib.sha256(body).hexdigest()
    assert kept.json() == {"z": 2.5, "model": "A"}
    assert kept.json() is not kept.json()


def test_the_credential_is_a_fingerprint(mock: Any) -> None:
    """The key shows as its scheme and a fingerprint that the journal finds again for the key."""
    mock.client.get("/v1/models")
    (kept,) = mock.session.journal.entries
    mark = mock.session.journal.fingerprint("key-from-call")
    assert kept.credential == Credential("Bearer", mark)
    assert kept.header("Authorization") == f"Bearer fingerprint:{mark}"
    assert mock.session.journal.fingerprint("key-from-env") != mark


def test_headers_keep_their_order_and_values(mock: Any) -> None:
    """Headers stand as they were sent, repeated ones too, names in lower case."""
    headers = [("X-B", "2"), ("X-A", "1"), ("X-B", "3"), ("Content-Type", "a/b; c=d")]
    key = [("authorization", "Bearer key-from-call")]
    httpx.post(f"{mock.url}/v1/responses", headers=[*headers, *key], content=b"{}")
    (kept,) = mock.session.journal.entries
    ours = [pair for pair in kept.headers if pair[0] in ("x-a", "x-b", "content-type")]
    assert ours == [(name.lower(), value) for name, value in headers]
    assert kept.header("X-b") == "2"
    assert kept.header("x-absent") is None


@pytest.mark.parametrize(
    "name",
    [
        "authorization",
        "proxy-authorization",
        "api-key",
        "x-api-key",
        "cookie",
        "x-goog-api-key",
        "ocp-apim-subscription-key",
        "x-auth-token",
        "x-client-secret",
        "openai_api_key",
    ],
)
@pytest.mark.parametrize("value", ["key-from-env", "Bearer key-from-env", "key-from-env extra"])
def test_no_header_shows_a_secret(name: str, value: str) -> None:
    """Whatever header a key comes in, and however it is written, its value is masked."""
    shown = Fingerprints().mask_headers([(name.encode(), value.encode())])
    assert "key-from-env" not in repr(shown)
    assert "fingerprint:" in repr(shown)


@pytest.mark.parametrize("name", ["x-max-tokens", "content-type", "idempotency-key", "monkey"])
def test_other_headers_are_shown(name: str) -> None:
    """A header that holds no secret is readable."""
    assert Fingerprints().mask_headers([(name.encode(), b"value")]) == ((name, "value"),)


@pytest.mark.parametrize("value", [b"", b"Bearer", b"Bearer ", b"  "])
def test_an_empty_key_is_no_credential(value: bytes) -> None:
    """A scheme without a key is shown as it is and counts as no credential."""
    fingerprints = Fingerprints()
    shown = fingerprints.mask_headers([(b"authorization", value)])
    assert credential_in(shown) is None
    assert "fingerprint" not in repr(shown)


@pytest.mark.parametrize("name", ["api-key", "x-api-key"])
def test_a_bare_key_has_its_header_for_a_scheme(name: str) -> None:
    """A key in a header of its own is a credential too."""
    fingerprints = Fingerprints()
    found = credential_in(fingerprints.mask_headers([(name.encode(), b"key-from-env")]))
    assert found == Credential(name, fingerprints.of("key-from-env"))


def test_a_key_in_the_query_is_masked() -> None:
    """Parameters named like a secret are masked, percent-encoding undone first; others stay."""
    fingerprints = Fingerprints()
    shown = fingerprints.mask_query(b"api-version=1&api-key=key%2Dfrom-query&key=a&flag&token=")
    mark, other = fingerprints.of("key-from-query"), fingerprints.of("a")
    expected = f"api-version=1&api-key=fingerprint:{mark}&key=fingerprint:{other}&flag&token="
    assert shown == expected


def test_nothing_that_the_mock_shows_has_a_key(mock: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Entries, their printed form, log lines and replies are free of every marked credential."""
    caplog.set_level("DEBUG")
    headers = {"x-api-key": "key-from-env", "cookie": "id=session-from-cookie"}
    replies = [
        mock.client.request(method, path, headers=headers, content=b'{"a": 1}').text
        for method in ("GET", "POST")
        for path in ("/v1/responses?api_key=key-from-query", "/v1/foo?key=key-from-query")
    ]
    entries = mock.session.journal.entries
    shown = [repr(entries), *(repr((e.headers, e.query, e.credential, e.path)) for e in entries)]
    logged = [r.getMessage() for r in caplog.records if not r.name.startswith("http")]  # the client
    everything = "\n".join([*replies, *shown, repr(mock.session), *logged])
    assert (len(entries), len(logged)) == (4, 4)
    assert [mark for mark in MARKS if mark in everything] == []


def test_entries_are_a_snapshot() -> None:
    """What was taken from the journal does not change when it does."""
    journal = Journal()
    journal.add(entry(1))
    taken = journal.entries
    journal.add(entry(2))
    journal.clear()
    assert [kept.number for kept in taken] == [1]
    assert journal.entries == ()


def test_a_bounded_journal_keeps_the_newest() -> None:
    """Entries beyond the bound push the oldest ones out, and each is counted."""
    journal = Journal(max_bytes=25_000)
    for number in range(1, 6):
        journal.add(entry(number, b"x" * 10_000))
    assert [kept.number for kept in journal.entries] == [4, 5]
    assert journal.evicted == 3
    journal.clear()
    assert journal.evicted == 0


def test_a_journal_is_bounded_by_default() -> None:
    """64 MiB are kept of whatever comes, and the account says what is not."""
    journal = Journal()
    for number in range(100):
        journal.add(entry(number, b"x" * 2**20))
    account = journal.account
    assert account.max_bytes == 64 * 2**20
    assert account.bytes <= 64 * 2**20
    assert (account.kept, account.evicted) == (63, 37)


def test_the_account_s_sums_agree() -> None:
    """Accepted and refused are all requests, kept and evicted too; faulted ones are of both."""
    journal = Journal(max_bytes=5000)
    refused = Verdict((Violation("r", "", "No."),))
    for number in range(1, 21):
        verdict = refused if number % 4 == 0 else ACCEPTED
        fault = "status" if number % 3 == 0 else None
        journal.add(replace(entry(number), verdict=verdict, fault=fault))
    account = journal.account
    assert (account.accepted, account.refused, account.faulted) == (15, 5, 6)
    assert account.kept + account.evicted == account.requests == 20
    assert account.kept == len(journal.entries) > 0
    assert account.evicted == journal.evicted > 0
    journal.clear()
    assert (journal.account.requests, journal.account.bytes) == (0, 0)


def test_an_entry_as_a_dict_or_printed_shows_no_key(mock: Any) -> None:
    """What a failing test prints of an entry, or writes of it, has no header's key."""
    mock.client.post("/v1/responses?api_key=key-from-query", content=b"{}")
    (kept,) = mock.session.journal.entries
    shown = repr((kept, asdict(kept), kept.head, kept.headers, kept.query))
    assert "key-from" not in shown


def test_entries_without_a_body_count_too() -> None:
    """Any number of empty requests stays within the bound: an entry is more than its body."""
    journal = Journal(max_bytes=100_000)
    for number in range(1000):
        journal.add(entry(number, b""))
    assert 0 < len(journal.entries) <= 150
    assert len(journal.entries) + journal.evicted == 1000


def test_the_weight_is_what_an_entry_takes(mock: Any) -> None:
    """What an entry is taken to weigh is near what it takes: within half and double."""
    tracemalloc.start()
    mock.client.get("/v1/models")
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(200):
        mock.client.post("/v1/responses", content=b'{"model":"m","x":1}', headers={"x-a": "b" * 99})
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    weighed = sum(kept.weight for kept in mock.session.journal.entries[1:])
    assert weighed / 2 < after - before < weighed * 2


def test_an_impossible_bound_is_refused() -> None:
    with pytest.raises(ValueError, match="give a number of bytes from 1"):
        Journal(max_bytes=0)


def test_an_unbounded_journal_keeps_everything() -> None:
    """Without a bound nothing is ever evicted."""
    journal = Journal(max_bytes=None)
    for number in range(100):
        journal.add(entry(number, b"x" * 1_000_000))
    assert (len(journal.entries), journal.evicted) == (100, 0)


def test_the_journal_is_written_and_read_from_many_threads() -> None:
    """No entry is lost and no snapshot torn when threads write and read at once."""
    journal = Journal()

    def write() -> None:
        for number in range(500):
            journal.add(entry(number))
            assert len(journal.entries) > 0

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(journal.entries) == 2000


def test_the_entry_is_there_when_the_reply_is(mock: Any) -> None:
    """Whoever has read a reply finds its entry, from another thread than the server's."""
    for count in range(1, 51):
        mock.client.post("/v1/responses", content=b'{"model":"m"}')
        assert len(mock.session.journal.entries) == count


def test_a_body_is_not_printed() -> None:
    """The printed form of an entry has no body: a failing test would show 120 KB of it."""
    assert "secret prompt" not in repr(entry(1, b"secret prompt"))
