"""Sessions of one server, over real sockets: a header or a key leads to one; they share nothing."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from mock_upstream import (
    FaultRule,
    MockServer,
    ReplyPlan,
    Session,
    Sessions,
    create_app,
    load_profile,
    parse_script,
)
from mock_upstream.faults import RateLimit, Status

ASK = {"model": "gpt-5.2", "input": "hi"}


@pytest.fixture
def sessions() -> Sessions:
    """The default session alone."""
    return Sessions(Session(load_profile("openai")))


@pytest.fixture
def served(no_tls: Any) -> Any:
    """A server with a default session and a client of it."""
    sessions = Sessions(Session(load_profile("openai")))
    with MockServer(create_app(sessions)) as server:
        headers = {"authorization": "Bearer key-from-call"}
        with httpx.Client(base_url=server.url, headers=headers, verify=no_tls) as client:
            yield sessions, client


def ask(client: httpx.Client, session: str | None = None, key: str | None = None) -> httpx.Response:
    headers = {} if session is None else {"x-mock-session": session}
    headers |= {} if key is None else {"authorization": f"Bearer {key}"}
    return client.post("/v1/responses", json=ASK, headers=headers)


def said(response: httpx.Response) -> str:
    return str(response.json()["output"][-1]["content"][0]["text"])


def added(sessions: Sessions, name: str, profile: str = "openai", keys: Any = ()) -> Session:
    session = Session(load_profile(profile))
    sessions.add(name, session, keys)
    return session


def test_the_header_names_the_session(served: Any) -> None:
    """Script, profile, faults, journal and numbers are that session's own."""
    sessions, client = served
    one, two = added(sessions, "one"), added(sessions, "two", "gateway")
    one.use_script(parse_script("entries: [{reply: from one}]"))
    two.use_faults((FaultRule(Status(503), times=1),))
    assert said(ask(client, "one")) == "from one"
    assert ask(client, "two").status_code == 503
    refused = client.post(
        "/v1/responses", json=ASK | {"metadata": {}}, headers={"x-mock-session": "two"}
    )
    assert refused.json() == {"detail": "Unsupported parameter: metadata"}
    assert said(ask(client)) == "Hello from the mock upstream."
    assert [len(one.journal.entries) for one in (one, two, sessions.default)] == [1, 2, 1]
    assert [entry.session for entry in two.journal.entries] == ["two", "two"]
    assert one.journal.entries[0].number == sessions.default.journal.entries[0].number == 1


def test_a_key_leads_to_its_session(served: Any) -> None:
    """In whichever header it stands; the header that names a session goes before it."""
    sessions, client = served
    one = added(sessions, "one", keys=("key-of-one", " key-too "))
    two = added(sessions, "two", keys=("key-of-two",))
    for key in ("key-of-one", "key-too", "key-of-two", "key-of-nobody"):
        assert ask(client, key=key).status_code == 200
    client.post("/v1/responses", json=ASK, headers={"x-api-key": "key-of-two"})
    ask(client, "two", "key-of-one")
    counts = [len(each.journal.entries) for each in (one, two, sessions.default)]
    assert counts == [2, 2, 2]


def test_an_unknown_session_is_the_harness_s_own_404(served: Any) -> None:
    """With the nearest name; the default session's journal has the request."""
    sessions, client = served
    added(sessions, "checkout")
    answer = ask(client, "chekout")
    assert (answer.status_code, answer.headers["x-mock-upstream"]) == (404, "unknown-session")
    error = answer.json()["error"]
    assert error["type"] == "mock_upstream_unknown_session"
    assert error["message"] == (
        "The header x-mock-session names no session of this mock: received 'chekout', expected "
        "one of checkout, default; did you mean 'checkout'?"
    )
    [entry] = sessions.default.journal.entries
    assert (entry.status, entry.verdict.violations[0].rule) == (404, "unknown-session")
    assert ask(client, "default").status_code == 200


def test_a_removed_session_is_gone(served: Any) -> None:
    """Its name and its keys; those that are left are untouched."""
    sessions, client = served
    one = added(sessions, "one", keys=("key-of-one",))
    assert sessions.remove("one") is one
    assert ask(client, "one").status_code == 404
    assert ask(client, key="key-of-one").status_code == 200
    assert one.journal.entries == ()
    assert list(sessions.named) == ["default"]


def test_a_session_may_be_put_in_another_s_place(served: Any) -> None:
    """The header and the keys lead to the new one."""
    sessions, client = served
    added(sessions, "one", keys=("key-of-one",))
    new = Session(load_profile("openai"))
    sessions.replace("one", new)
    ask(client, "one")
    ask(client, key="key-of-one")
    assert len(new.journal.entries) == 2


def test_parallel_sessions_do_not_meet(served: Any) -> None:
    """Eight tests at once, each with queue, script and limit of its own, get what is theirs."""
    sessions, client = served

    def one_test(name: str) -> list[tuple[int, str]]:
        session = added(sessions, name)
        session.reply_with(ReplyPlan(f"queued for {name}"))
        session.use_script(
            parse_script(f"{{strict: true, entries: [{{times: 1, reply: {name}}}]}}")
        )
        session.use_faults((FaultRule(RateLimit(3)),))
        answers = [ask(client, name) for _ in range(4)]
        found = [(one.status_code, one.headers.get("x-mock-upstream", "")) for one in answers]
        assert (said(answers[0]), said(answers[1])) == (f"queued for {name}", name)
        assert len(session.journal.entries) == 4
        sessions.remove(name)
        return found

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(one_test, [f"test-{number}" for number in range(24)]))
    assert results == [[(200, ""), (200, ""), (400, "script-miss"), (429, "")]] * 24
    assert sessions.default.journal.entries == ()


@pytest.mark.parametrize(
    ("name", "keys", "message"),
    [
        ("one", (), "there is a session 'one' already"),
        ("default", (), "there is a session 'default' already"),
        ("", (), "received '' as a session's name"),
        ("a b", (), "received 'a b' as a session's name"),
        ("a" * 65, (), "as a session's name"),
        ("new", ("key-of-one",), "a key leads to another session already"),
        ("new", (" ",), "a key is empty"),
    ],
)
def test_a_bad_name_or_key_is_refused(
    sessions: Sessions, name: str, keys: Any, message: str
) -> None:
    """And nothing has changed then; the message shows no key."""
    added(sessions, "one", keys=("key-of-one",))
    with pytest.raises(ValueError, match=message) as caught:
        added(sessions, name, keys=keys)
    assert "key-of-one" not in str(caught.value)
    assert list(sessions.named) == ["default", "one"]


def test_what_is_not_there_cannot_be_removed(sessions: Sessions) -> None:
    """Nor can the default session."""
    for name in ("one", "default"):
        with pytest.raises(KeyError):
            sessions.remove(name)
    with pytest.raises(KeyError):
        sessions.replace("one", sessions.default)
    with pytest.raises(TypeError, match="keys is one string"):
        added(sessions, "one", keys="key-of-one")
