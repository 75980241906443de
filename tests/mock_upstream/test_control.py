"""The control API over real sockets: what it changes, what it tells, and what it refuses."""

import asyncio
import re
import socket
import threading
from typing import Any

import httpx
import jsonschema
import orjson
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from mock_upstream import Journal, ReplyPlan, Session, create_app, load_profile
from mock_upstream.control.access import ControlAccess
from mock_upstream.control.app import CONTROL_BODY
from mock_upstream.control.control_error import ControlError
from mock_upstream.control.openapi import document
from mock_upstream.control.routes import ROUTES
from mock_upstream.control.server_calls import MOST_SESSIONS
from mock_upstream.journal import JournalEntry
from mock_upstream.journal.head import Head
from mock_upstream.verdict import ACCEPTED
from tests.mock_upstream.control_client import JSON, YAML, ControlClient

SMALL = {"model": "m", "input": "hi"}
PLACES = {"{name}": "default", "{number}": "1"}


@pytest.fixture
def control(mock: Any) -> ControlClient:
    return ControlClient(mock.client)


def entry(number: int, body: bytes) -> JournalEntry:
    return JournalEntry(number, "POST", "/v1/responses", Head(), body, "responses", 200, ACCEPTED)


def ask(mock: Any, **fields: Any) -> httpx.Response:
    response: httpx.Response = mock.client.post("/v1/responses", json=SMALL | fields)
    return response


def text_of(response: httpx.Response) -> str:
    return str(response.json()["output"][0]["content"][0]["text"])


def error_of(response: httpx.Response) -> str:
    """The message of a refusal, whose shape is always the same."""
    error = response.json()["error"]
    assert error.keys() == {"type", "code", "message"}
    assert error["type"] == "mock_upstream_control"
    assert response.headers["x-mock-upstream"] == "control"
    return str(error["message"])


# What it tells


def test_health_is_told_to_everybody(mock: Any) -> None:
    """The ready signal needs no key and no token, and answers HEAD as well."""
    response = httpx.get(f"{mock.url}/_mock/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert httpx.head(f"{mock.url}/_mock/health").status_code == 200


def test_control_calls_are_not_in_the_journal(mock: Any, control: ControlClient) -> None:
    """Neither a good call, nor a bad one, nor one to a path that is not there."""
    for path in ("/health", "/state", "/journal", "/absent", "", "/"):
        control("GET", path)
    control("PUT", "/script", "entries: 1")
    assert mock.session.journal.entries == ()


def test_what_only_begins_like_control_is_the_upstream_s(mock: Any) -> None:
    """`/_mockery` is a path that the upstream does not have."""
    assert "mock_upstream_control" not in mock.client.get("/_mockery").text
    assert [entry.path for entry in mock.session.journal.entries] == ["/_mockery"]


def test_the_state_tells_sessions_and_their_accounts(mock: Any, control: ControlClient) -> None:
    """Profile, script, faults, and an account whose sums agree."""
    ask(mock)
    ask(mock, surprise=1)
    state = control("GET", "/state").json()
    default = state["sessions"]["default"]
    assert default["profile"] == "openai"
    account = default["journal"]
    assert (account["accepted"], account["refused"], account["requests"]) == (1, 1, 2)
    assert account["kept"] + account["evicted"] == account["requests"]
    assert state["watched"] == []


# The profile


def test_a_profile_is_exchanged_by_name(mock: Any, control: ControlClient) -> None:
    """The next request is held to it, in JSON and YAML; a reset brings the first one back."""
    assert ask(mock, metadata={"a": "b"}).status_code == 200
    assert control("PUT", "/profile", "gateway\n").json()["name"] == "gateway"
    assert ask(mock, metadata={"a": "b"}).json() == {"detail": "Unsupported parameter: metadata"}
    assert control("PUT", "/profile", b'"permissive"').json()["name"] == "permissive"
    assert control("GET", "/profile").json()["name"] == "permissive"
    control("POST", "/reset")
    assert control("GET", "/profile").json()["name"] == "openai"


OWN = """
name: mine
about: refuses metadata
extends: permissive
rules:
  - id: no-metadata
    api: responses
    forbid: metadata
    error: {message: Nothing of that.}
"""


def test_a_whole_profile_is_taken(mock: Any, control: ControlClient) -> None:
    """A profile in the body may extend a shipped one, and keeps the session's overrides."""
    response = control("PUT", "/profile", OWN)
    assert response.status_code == 200, response.text
    refused = ask(mock, metadata={})
    assert refused.status_code == 400
    assert "Nothing of that." in refused.text


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("gatewai", "no profile 'gatewai'; expected one of .*did you mean 'gateway'?"),
        (
            "name: a\nabout: b\nextends: /etc/passwd\n",
            "the body:3: extends: received '/etc/passwd'",
        ),
        ("name: a\nabout: b\nextends: ../x.yaml\n", "the body:3: extends: received '../x.yaml'"),
        ("name: a\nabuot: b\n", "the body:2: abuot: unknown key.*did you mean 'about'?"),
        ("name: [a\n", "the body:2: not YAML"),
        ("- 1\n", "expected a mapping"),
        ("/etc/passwd", "the body:1: expected a mapping"),
        ("name: a\nname: b\nabout: c\n", "given twice"),
        ("a: &a [*a]\n", "alias"),
    ],
)
def test_a_bad_profile_changes_nothing(
    mock: Any, control: ControlClient, body: str, said: str
) -> None:
    """400 with line, place and the nearest right word; the former profile stays."""
    before = mock.session.now
    response = control("PUT", "/profile", body)
    assert response.status_code == 400
    assert re.search(said, error_of(response)), error_of(response)
    assert mock.session.now is before


def test_no_file_of_the_machine_is_read_for_a_caller(control: ControlClient, tmp_path: Any) -> None:
    """Neither a path nor a parent's path in the body opens a file that is there."""
    file = tmp_path / "parent.yaml"
    file.write_text("name: parent\nabout: secret words\n", "utf-8")
    for body in (str(file), f"name: a\nabout: b\nextends: {file}\n"):
        response = control("PUT", "/profile", body)
        assert response.status_code == 400
        assert "secret words" not in response.text


def test_a_profile_is_exchanged_whole(serve: Any) -> None:
    """While profiles change, each request is answered by one of them from end to end."""
    mock = serve("gateway")
    control = ControlClient(mock.client)
    stop = threading.Event()

    def change() -> None:
        with httpx.Client(base_url=mock.url) as client:
            while not stop.is_set():
                for name in ("openai", "gateway"):
                    client.put("/_mock/profile", content=name, headers={"content-type": YAML})

    thread = threading.Thread(target=change)
    thread.start()
    try:
        told = {ask(mock, metadata=1).text for _ in range(200)}
    finally:
        stop.set()
        thread.join()
    control("POST", "/reset")
    gateway = '{"detail":"Unsupported parameter: metadata"}'
    assert told <= {gateway, *(one for one in told if "invalid_type" in one)}
    assert len(told) <= 2


# Script and faults


def test_a_script_is_played_and_told(mock: Any, control: ControlClient) -> None:
    """Entries answer as they say; the script tells who answered and what is unused."""
    script = """
entries:
  - name: first
    times: 1
    reply: {text: one}
  - name: never
    match: {model: other}
    reply: {text: two}
"""
    assert control("PUT", "/script", script).status_code == 200
    assert text_of(ask(mock)) == "one"
    told = control("GET", "/script").json()
    assert [(one["name"], one["answered"], one["used_up"]) for one in told["entries"]] == [
        ("first", 1, True),
        ("never", 0, False),
    ]
    assert told["unused"] == ["never"]
    assert control("GET", "/state").json()["sessions"]["default"]["unused"] == ["never"]
    assert mock.session.journal.entries[-1].script_entry == "first"
    assert control("DELETE", "/script").json()["entries"] == []
    assert text_of(ask(mock)) != "one"


def test_a_script_is_taken_as_json_too(mock: Any, control: ControlClient) -> None:
    """The same words, tabs between them, whatever JSON escapes."""
    body = orjson.dumps({"entries": [{"reply": {"text": "\u00fc\n/"}}]}).replace(b":", b":\t")
    assert control("PUT", "/script", body).status_code == 200
    assert text_of(ask(mock)) == "ü\n/"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("entrys: []\n", "the body:1: entrys: unknown key; expected.*did you mean 'entries'?"),
        ("entries:\n  - repyl: {text: a}\n", r"the body:2: entries\[0\].repyl: unknown key"),
        ("entries: 5\n", "the body:1: entries: received 5; expected a list"),
        ("entries: [{reply: {text: 5}}]\n", "text: received 5; expected text"),
        ("entries: [\n", "not YAML"),
        ({"entries": [{"times": 1}]}, r"entries\[0\]: no answer; expected reply"),
        ([1], "expected a mapping"),
        (b"{", r"the body is not JSON: .* \(line 1, column 2\)"),
        (b"", "the body is empty"),
        (b"\xff", "the body is not UTF-8"),
        (b"[" * 2000, "the body is not JSON"),
        ("a: " * 100 + "b", "not YAML"),
    ],
)
def test_a_bad_script_changes_nothing(
    mock: Any, control: ControlClient, body: Any, said: str
) -> None:
    """400 with the place and the nearest right word; the script that plays goes on playing."""
    control("PUT", "/script", "entries: [{name: kept, reply: {text: kept}}]")
    before = mock.session.now
    response = control("PUT", "/script", body)
    assert response.status_code == 400
    assert re.search(said, error_of(response)), error_of(response)
    assert mock.session.now is before
    assert text_of(ask(mock)) == "kept"


def test_faults_are_laid_over_and_taken_away(mock: Any, control: ControlClient) -> None:
    """It strikes as often as it says, is counted, stands in the journal, and can be taken off."""
    body = "faults: [{name: busy, times: 1, fault: {status: 503}}]"
    assert control("PUT", "/faults", body).status_code == 200
    assert [ask(mock).status_code for _ in range(2)] == [503, 200]
    (fault,) = control("GET", "/faults").json()["faults"]
    assert (fault["name"], fault["met"], fault["struck"]) == ("busy", 2, 1)
    page = control("GET", "/journal?verdict=faulted").json()
    assert [entry["status"] for entry in page["entries"]] == [503]
    assert page["account"]["faulted"] == 1
    control("PUT", "/faults", body)
    assert control("DELETE", "/faults").json() == {"faults": []}
    assert ask(mock).status_code == 200


def test_faults_leave_the_script_alone(mock: Any, control: ControlClient) -> None:
    """To put faults does not begin the script anew, nor take its entries."""
    control("PUT", "/script", "entries: [{sequence: [{reply: {text: a}}, {reply: {text: b}}]}]")
    assert text_of(ask(mock)) == "a"
    control("PUT", "/faults", "faults: []")
    assert text_of(ask(mock)) == "b"
    refused = control("PUT", "/faults", "entries: [{reply: {text: a}}]")
    assert (refused.status_code, "faults alone" in error_of(refused)) == (400, True)


def test_a_reset_begins_anew(mock: Any, control: ControlClient) -> None:
    """Journal, counts, queue, script, faults and responses are as at the start."""
    control("PUT", "/script", "entries: [{reply: {text: a}}]\nfaults: [{fault: {status: 500}}]")
    mock.session.reply_with(ReplyPlan(text="queued"))
    first = ask(mock)
    assert control("POST", "/reset").json()["account"]["requests"] == 0
    assert mock.session.journal.entries == ()
    assert mock.session.replies_left == 0
    again = ask(mock)
    assert again.status_code == 200
    assert again.headers["x-request-id"] == first.headers["x-request-id"]
    assert text_of(again) != "a"


# The journal


def test_the_journal_is_read_page_by_page(mock: Any, control: ControlClient) -> None:
    """`next` leads through all entries; the account stands beside each page."""
    for _ in range(5):
        ask(mock)
    seen, after = [], 0
    while after is not None:
        page = control("GET", f"/journal?limit=2&after={after}").json()
        seen += [entry["number"] for entry in page["entries"]]
        after = page["next"]
    assert seen == [1, 2, 3, 4, 5]
    assert control("GET", "/journal/3").json()["number"] == 3
    assert control("DELETE", "/journal").json()["account"]["requests"] == 0
    assert control("GET", "/journal").json()["entries"] == []


def test_the_journal_is_exported_whole(mock: Any, control: ControlClient) -> None:
    """JSONL has a line an entry, curl a command an entry; neither is cut into pages."""
    for number in range(150):
        ask(mock, input=f"{number}")
    lines = control("GET", "/journal?format=jsonl").text.splitlines()
    assert [orjson.loads(line)["number"] for line in lines] == list(range(1, 151))
    assert control("GET", "/journal?format=curl").text.count("curl -sS") == 150
    assert len(control("GET", "/journal").json()["entries"]) == 100
    asked = control("GET", "/journal?format=jsonl&status=400")
    assert (asked.text, asked.headers["content-type"]) == ("", "application/jsonl")


def test_what_was_evicted_is_told(serve: Any) -> None:
    """An export says how many entries had to go; one that is gone is told apart from none."""
    mock = serve(journal=Journal(max_bytes=20_000))
    for _ in range(20):
        ask(mock, input="x" * 1000)
    control = ControlClient(mock.client)
    export = control("GET", "/journal?format=jsonl")
    evicted = int(export.headers["x-mock-evicted"])
    assert evicted + len(export.text.splitlines()) == 20
    assert evicted > 0
    gone = control("GET", "/journal/1")
    assert gone.status_code == 404
    assert f"and {evicted} were evicted" in error_of(gone)


def test_no_answer_holds_a_credential(serve: Any) -> None:
    """Keys of headers, bodies, options and sessions are in no control answer."""
    mock = serve(api_keys=("key-from-call", "key-from-option"))
    control = ControlClient(mock.client)
    control("PUT", "/sessions/a", {"api_keys": ["key-of-a"], "keys": ["key-to-a"]})
    ask(mock, metadata={"api_key": "key-from-body", "b": "key-from-option"}, user="key-from-call")
    ask(mock, model={"key-from-call": 1})
    httpx.post(f"{mock.url}/v1/responses", json={"x": "key-to-a"}, headers={"api-key": "key-to-a"})
    paths = [path for path, calls in ROUTES.items() if "GET" in calls and "{" not in path]
    paths += [
        f"/journal?format={form}&session={name}"
        for form in ("json", "jsonl", "curl")
        for name in ("a", "default")
    ]
    told = "".join(control("GET", path).text for path in [*paths, "/journal/1"])
    assert "key-from-" not in told
    assert "key-to-a" not in told
    assert "key-of-a" not in told
    assert "fingerprint:" in told


def test_no_refusal_of_a_call_holds_a_credential(serve: Any) -> None:
    """What a bad call repeats of its body is masked: known keys, bearers, the caller's own."""
    control = ControlClient(serve(api_keys=("key-from-option",)).client)
    for secret in ("Bearer key-from-body", "key-from-option", "key-from-call", "sk-" + "a1" * 20):
        for body in ({"entries": secret}, {"entries": [{secret: 1}]}, {secret: 1}):
            refused = control("PUT", "/script", body)
            assert refused.status_code == 400
            assert secret not in refused.text
            assert "fingerprint:" in refused.text


def test_a_large_export_does_not_freeze_the_server(serve: Any) -> None:
    """While 64 MiB of entries are exported, other requests are answered in between."""
    mock = serve(body_limit=8 * 2**20)
    body = orjson.dumps({"model": "m", "input": "word " * 200_000})
    for _ in range(50):
        mock.client.post("/v1/responses", content=body, headers={"content-type": JSON})
    begun, size, between = threading.Event(), 0, 0
    done = threading.Event()

    def export() -> None:
        nonlocal size
        with (
            httpx.Client(base_url=mock.url, timeout=60) as client,
            client.stream("GET", "/_mock/journal?format=jsonl") as response,
        ):
            for chunk in response.iter_bytes():
                begun.set()
                size += len(chunk)
        done.set()

    thread = threading.Thread(target=export)
    thread.start()
    assert begun.wait(20)
    while not done.is_set():
        assert mock.client.get("/_mock/health").status_code == 200
        between += 1
    thread.join()
    assert size > 50 * len(body)
    assert between >= 5


def test_an_export_ends_when_its_reader_leaves() -> None:
    """Nothing goes on being written for a client that closed its connection."""
    session = Session(load_profile("openai"))
    for number in range(20):
        session.journal.add(entry(number, b"x" * 2**20))
    sent: list[dict[str, Any]] = []

    async def export() -> None:
        begun = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if not sent:
                return {"type": "http.request", "body": b"", "more_body": False}
            await begun.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)
            if message["type"] == "http.response.body":
                begun.set()
                await asyncio.sleep(0)

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/_mock/journal",
            "query_string": b"format=jsonl",
            "headers": [],
        }
        await create_app(session)(scope, receive, send)

    asyncio.run(export())
    assert 2 <= len(sent) <= 5
    assert sent[-1]["more_body"]


# Sessions


def test_sessions_do_not_see_each_other(mock: Any, control: ControlClient) -> None:
    """A session has its own profile, script and journal, reached by header or by key."""
    made = control(
        "PUT",
        "/sessions/other",
        {
            "profile": "gateway",
            "keys": ["key-of-other"],
            "script": {"entries": [{"reply": {"text": "of other"}}]},
        },
    )
    assert (made.status_code, made.json()["profile"]) == (201, "gateway")
    by_header = mock.client.post("/v1/responses", json=SMALL, headers={"x-mock-session": "other"})
    by_key = mock.client.post(
        "/v1/responses", json=SMALL, headers={"authorization": "Bearer key-of-other"}
    )
    assert [text_of(by_header), text_of(by_key)] == ["of other", "of other"]
    assert text_of(ask(mock)) != "of other"
    assert len(control("GET", "/journal?session=other").json()["entries"]) == 2
    scoped = control("GET", "/journal", headers={"x-mock-session": "other"}).json()
    assert [entry["session"] for entry in scoped["entries"]] == ["other", "other"]
    assert len(control("GET", "/journal").json()["entries"]) == 1
    names = [one["name"] for one in control("GET", "/sessions").json()["sessions"]]
    assert names == ["default", "other"]
    control("POST", "/reset?session=other")
    assert control("GET", "/script?session=other").json()["entries"][0]["answered"] == 0
    assert control("DELETE", "/sessions/other").status_code == 200
    assert control("GET", "/journal?session=other").status_code == 404


@pytest.mark.parametrize(
    ("name", "body", "status", "said"),
    [
        ("a", {"profil": "openai"}, 400, "the body: profil: unknown key.*did you mean 'profile'?"),
        ("a", {"profile": "opnai"}, 400, "profile: no profile 'opnai'.*did you mean 'openai'?"),
        ("a", {"profile": {"name": "x"}}, 400, "profile: .*about.*missing"),
        ("a", {"auth": "on"}, 400, "auth: received 'on'; expected one of required, off"),
        ("a", {"reject": ["input[*.x"]}, 400, "is no field path"),
        ("a", {"reject": "metadata"}, 400, "reject: .*expected a list"),
        ("a", {"date": "yesterday"}, 400, "date: received 'yesterday'; expected a date"),
        ("a", {"quirks": ["no-usages"]}, 400, "did you mean 'no-usage'?"),
        ("a", {"keys": "key-from-body"}, 400, "keys: expected a list of keys"),
        ("a", {"api_keys": [5]}, 400, "api_keys: expected a list of keys"),
        ("a", {"key_states": {"key-from-body": "expird"}}, 400, "key_states: expected a mapping"),
        ("a", {"script": {"entrys": []}}, 400, "the body: script: entrys: unknown key"),
        ("a", {"states": ["nowhere"]}, 400, "nowhere"),
        ("a", [], 400, "expected a mapping"),
        ("a", 5, 400, "expected a mapping"),
        ("-a", {}, 400, "expected up to 64 letters"),
        ("a" * 65, {}, 400, "expected up to 64 letters"),
        ("default", {}, 409, "there is a session 'default' already"),
    ],
)
def test_a_bad_session_is_not_made(
    mock: Any, control: ControlClient, name: str, body: Any, status: int, said: str
) -> None:
    """Each wrong field is named with its place; no session is made, no key echoed."""
    response = control("PUT", f"/sessions/{name}", orjson.dumps(body))
    assert response.status_code == status
    assert re.search(said, error_of(response)), error_of(response)
    assert "key-from-body" not in response.text
    assert list(mock.server._app.sessions.named) == ["default"]


def test_the_default_session_stays(control: ControlClient) -> None:
    refused = control("DELETE", "/sessions/default")
    assert (refused.status_code, "reset it instead" in error_of(refused)) == (409, True)


def test_sessions_are_bounded(mock: Any, control: ControlClient) -> None:
    """A client that never removes its sessions is told to, before the memory is gone."""
    session = mock.session
    for number in range(MOST_SESSIONS - 1):
        mock.server._app.sessions.add(f"s{number}", session)
    refused = control("PUT", "/sessions/one-more", {})
    assert (refused.status_code, "remove those" in error_of(refused)) == (409, True)


def test_an_unknown_session_is_told(control: ControlClient) -> None:
    """404 with the nearest name, on every call that takes a session; two that differ are 400."""
    control("PUT", "/sessions/mine", {})
    for path, calls in ROUTES.items():
        for method, call in calls.items():
            if "session" in call.query:
                response = control(
                    method, f"{path.format(number=1)}?session=mien", body_for(call.takes)
                )
                assert response.status_code == 404
                assert "did you mean 'mine'?" in error_of(response)
    both = control("GET", "/journal?session=mine", headers={"x-mock-session": "default"})
    assert (both.status_code, "give one of them" in error_of(both)) == (400, True)


def body_for(takes: str) -> Any:
    return {"nothing": None, "yaml": "{}", "json": {}}[takes]


# Bad calls


EVERY = [(method, path) for path, calls in ROUTES.items() for method in calls]
TAKING = [one for one in EVERY if ROUTES[one[1]][one[0]].takes != "nothing"]


def filled(path: str) -> str:
    return path.replace("{name}", "new").replace("{number}", "1")


@pytest.mark.parametrize(("method", "path"), EVERY)
def test_an_unknown_parameter_is_refused(control: ControlClient, method: str, path: str) -> None:
    """Every call refuses a parameter that it does not know, and one given twice."""
    takes = ROUTES[path][method].takes
    if path == "/health":
        return
    response = control(method, f"{filled(path)}?sesion=default", body_for(takes))
    assert response.status_code == 400
    assert "unknown parameter 'sesion'" in error_of(response)
    if "session" in ROUTES[path][method].query:
        assert "did you mean 'session'?" in error_of(response)
        twice = control(method, f"{filled(path)}?session=default&session=default", body_for(takes))
        assert (twice.status_code, "given twice" in error_of(twice)) == (400, True)


@pytest.mark.parametrize(("method", "path"), TAKING)
@pytest.mark.parametrize(
    ("body", "kind", "status", "said"),
    [
        (b"{", JSON, 400, "not JSON"),
        (b"", JSON, 400, "empty|not JSON"),
        (b"\xff\xfe", JSON, 400, "not UTF-8|not JSON"),
        (b'{"surprise": 1}', JSON, 400, "surprise"),
        (b"[]", JSON, 400, "expected a mapping|expected a mapping of keys"),
        (b"null", JSON, 400, "expected a mapping|no profile"),
        (b"5", JSON, 400, "expected a mapping|no profile"),
        (b"{}", "text/plain", 415, "received 'text/plain'; expected application/json|expected app"),
        (b"{}", "", 415, "expected application/json"),
        (b"a=b", "application/x-www-form-urlencoded", 415, "expected application/json"),
        (b" " * (CONTROL_BODY + 1), JSON, 413, "larger than the mock reads: 8388608 bytes"),
        (b'{"a":' * 100_000, JSON, 400, "not JSON"),
        (b'{"a": "\\ud800"}', JSON, 400, "not JSON"),
        (b'{"a": NaN}', JSON, 400, "not JSON"),
    ],
)
def test_a_bad_body_is_refused(  # noqa: PLR0913, PLR0917 -- what a request is made of
    mock: Any,
    control: ControlClient,
    method: str,
    path: str,
    body: bytes,
    kind: str,
    status: int,
    said: str,
) -> None:
    """Every call that takes a body says what is wrong with it, and changes nothing."""
    before = mock.session.now
    response = control(method, filled(path), body, headers={"content-type": kind})
    assert response.status_code == status, response.text
    assert re.search(said, error_of(response)), error_of(response)
    assert mock.session.now is before
    assert list(mock.server._app.sessions.named) == ["default"]


@pytest.mark.parametrize(("method", "path"), TAKING)
def test_a_compressed_body_is_refused(control: ControlClient, method: str, path: str) -> None:
    response = control(
        method, filled(path), b"{}", headers={"content-encoding": "gzip", "content-type": JSON}
    )
    assert (response.status_code, "not compressed" in error_of(response)) == (415, True)


def test_a_call_without_a_body_takes_none(control: ControlClient) -> None:
    """A body that would have been ignored in silence is refused; an empty object is none."""
    assert control("POST", "/reset", b"{}").status_code == 200
    refused = control("POST", "/reset", b'{"session": "a"}')
    assert (refused.status_code, "takes no body" in error_of(refused)) == (400, True)


PUT = b"PUT /_mock/script HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/yaml\r\n"
PARTS = {
    "half a body": (b"Content-Length: 100\r\n\r\nentries: []\n", b"408"),
    "an enormous length": (b"Content-Length: 99999999999\r\n\r\nentries: []\n", b"413"),
    "an enormous chunked body": (
        b"Transfer-Encoding: chunked\r\n\r\n" + (b"80000\r\n" + b" " * 2**19 + b"\r\n") * 17,
        b"413",
    ),
    "a chunk without a size": (b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
    "a length that is none": (b"Content-Length: x\r\n\r\n", b"400"),
}


@pytest.mark.parametrize("name", PARTS)
def test_half_a_call_changes_nothing(serve: Any, name: str) -> None:
    """What does not arrive whole is answered and not used, and stands in no journal."""
    mock = serve(body_patience=0.3)
    control = ControlClient(mock.client)
    control("PUT", "/script", "entries: [{reply: {text: kept}}]")
    sent, status = PARTS[name]
    address = mock.url.removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1])), timeout=10) as client:
        client.sendall(PUT + sent)
        assert client.recv(1000).split()[1] == status
    with socket.create_connection((address[0], int(address[1])), timeout=10) as client:
        client.sendall(PUT + sent)  # and leaves
    assert len(control("GET", "/script").json()["entries"]) == 1
    assert mock.session.journal.entries == ()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("format=yaml", "format: received 'yaml'; expected json, jsonl, curl"),
        ("status=4", "status: received '4'"),
        ("limit=0", "limit: received '0'"),
        ("limit=many", "limit: received 'many'"),
        ("since=yesterday", "since: received 'yesterday'"),
        ("verdict=refsued", "did you mean 'refused'?"),
        ("path=", "path: empty"),
        ("%ff=1", "the query cannot be read"),
        ("&".join(["a=1"] * 200), "the query cannot be read"),
    ],
)
def test_a_bad_query_is_refused(control: ControlClient, query: str, said: str) -> None:
    response = control("GET", f"/journal?{query}")
    assert response.status_code == 400
    assert said in error_of(response)


@pytest.mark.parametrize("number", ["0", "2", "-1", "x", "1.0", "9" * 30, "%00", "٣"])
def test_an_entry_that_is_not_there_is_404(mock: Any, control: ControlClient, number: str) -> None:
    ask(mock)
    response = control("GET", f"/journal/{number}")
    assert response.status_code == 404
    assert "it keeps 1 to 1" in error_of(response)


@pytest.mark.parametrize(
    "path", ["", "/", "/jurnal", "/journal/", "/journal/1/2", "/Journal", "/sessions/a/b", "/../v1"]
)
def test_a_path_that_is_not_there_is_404(mock: Any, path: str) -> None:
    """The harness's own 404 with the nearest path, never the upstream's."""
    response = httpx.get(f"{mock.url}/_mock{path}")
    if path != "/../v1":
        assert response.status_code == 404
        assert "expected one of /_mock/health" in error_of(response)


# The document


def test_the_document_is_openapi_3_1(control: ControlClient) -> None:
    """A validator of OpenAPI 3.1 finds nothing wrong with what is served."""
    served = control("GET", "/openapi.json").json()
    assert served["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(served).validate()


def test_the_document_names_what_is_served_and_nothing_else(control: ControlClient) -> None:
    """Each operation of the document is answered, and each method that it leaves out is refused."""
    paths = control("GET", "/openapi.json").json()["paths"]
    methods = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE")
    assert len(paths) == len(ROUTES)
    for template, operations in paths.items():
        path = template.removeprefix("/_mock").replace("{name}", "none").replace("{number}", "9")
        served = [one for one in methods if control(one, path).status_code != 405]
        assert sorted(served) == sorted(one.upper() for one in operations if one != "parameters")
        refused = control("PATCH", path)
        assert refused.headers["allow"] == ", ".join(served)


def test_every_path_that_is_answered_is_in_the_document(control: ControlClient) -> None:
    """Words of the house that could be paths are answered 404 unless the document has them."""
    paths = control("GET", "/openapi.json").json()["paths"]
    words = {word.strip("/{}") for path in paths for word in path.split("/")}
    for word in words | {"metrics", "docs", "requests", "config", "shutdown", "replies", "debug"}:
        answered = control("GET", f"/{word}").status_code not in (404, 405)
        assert answered is (f"/_mock/{word}" in paths and "get" in paths[f"/_mock/{word}"])


def test_answers_have_the_shapes_of_the_document(mock: Any, control: ControlClient) -> None:
    """What is served is what the document says, after traffic with script, fault and refusal."""
    control(
        "PUT",
        "/script",
        "entries: [{reply: {text: a}}]\nfaults: [{times: 1, fault: {status: 503}}]",
    )
    for fields in ({}, {"surprise": 1}, {"metadata": {"api_key": "key-from-body"}}):
        ask(mock, **fields)
    spec = document(ROUTES)
    for path, calls in ROUTES.items():
        call = calls.get("GET")
        if call is None:
            continue
        answered = control("GET", path.replace("{number}", "2").replace("{name}", "default"))
        assert answered.status_code == 200, path
        schema = spec["components"] | {"$ref": f"#/schemas/{call.gives}"}
        text = orjson.dumps(schema).replace(b"#/components/schemas/", b"#/schemas/")
        jsonschema.validate(answered.json(), orjson.loads(text))
    error = spec["components"]["schemas"]["Error"]
    jsonschema.validate(control("GET", "/absent").json(), error)


# Who may call


def secured(serve: Any, **access: Any) -> Any:
    return serve(access=ControlAccess(**access))


def test_a_token_is_asked_for(serve: Any) -> None:
    """Without it and with another one 401; with it all calls; health needs none."""
    mock = secured(serve, token="token-of-control")
    control = ControlClient(mock.client)
    assert control("GET", "/health").status_code == 200
    for headers in (
        {},
        {"x-mock-token": "other"},
        {"x-mock-token": ""},
        {"x-mock-token": "token-of-contro"},
        {"x-mock-token": "token-of-controll"},
        {"authorization": "Bearer token-of-control"},
        {"api-key": "token-of-control"},
        {"x-mock-token": "tökén".encode("latin-1")},
    ):
        for path in ("/state", "/journal", "/openapi.json", "/absent"):
            response = control("GET", path, headers=headers)
            assert response.status_code == 401, (headers, path)
            assert "x-mock-token" in error_of(response)
            assert "token-of" not in response.text
    good = control("GET", "/state", headers={"x-mock-token": "token-of-control"})
    assert good.status_code == 200


def test_a_key_of_the_upstream_is_no_token(serve: Any) -> None:
    """A request's key opens the upstream, never the control API, though the texts be the same."""
    mock = secured(serve, token="key-from-call")
    assert ask(mock).status_code == 200
    assert mock.client.get("/_mock/journal").status_code == 401


def test_a_token_sent_to_the_upstream_is_masked(serve: Any) -> None:
    """A client that sends its token with every request finds it in no journal."""
    mock = secured(serve, token="token-of-control")
    mock.client.headers["x-mock-token"] = "token-of-control"
    ask(mock, metadata={"a": "token-of-control"})
    assert "token-of-control" not in mock.client.get("/_mock/journal?format=jsonl").text


def test_control_can_be_off(serve: Any) -> None:
    """Then every call but health is refused, and says how to have it."""
    mock = secured(serve, off=True)
    control = ControlClient(mock.client)
    refused = control("GET", "/journal", headers={"x-mock-token": "any"})
    assert (refused.status_code, "--control-token-env" in error_of(refused)) == (403, True)
    assert control("GET", "/health").status_code == 200


def test_web_pages_are_not_answered(control: ControlClient) -> None:
    """A page in a browser on this machine can neither read the journal nor reset."""
    for headers in (
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"host": "evil.example"},
        {"host": "evil.example:80"},
        {"host": "127.0.0.1.evil.example"},
    ):
        response = control("POST", "/reset", headers=headers)
        assert response.status_code == 403, headers
        assert "no web page" in error_of(response)
    for host in ("localhost", "localhost:1234", "127.0.0.1:1", "[::1]:80", "mock", "a.localhost"):
        assert control("GET", "/state", headers={"host": host}).status_code == 200, host


@pytest.mark.parametrize(
    ("client", "server", "allowed"),
    [
        (("127.0.0.1", 5), ("127.0.0.1", 80), True),
        (("::1", 5), ("::1", 80), True),
        (("::ffff:127.0.0.1", 5), ("::ffff:127.0.0.1", 80), True),
        (None, None, True),
        (("testclient", 5), ("testserver", 80), True),
        (("192.0.2.1", 5), ("192.0.2.2", 80), False),
        (("192.0.2.1", 5), ("127.0.0.1", 80), False),
        (("127.0.0.1", 5), ("192.0.2.2", 80), False),
        (("fe80::1%eth0", 5), ("fe80::2%eth0", 80), False),
    ],
)
def test_only_this_machine_may_call(client: Any, server: Any, *, allowed: bool) -> None:
    """Both ends of the connection have to be on loopback, or in the process."""
    scope = {"client": client, "server": server, "headers": []}
    if allowed:
        ControlAccess().check(scope)
    else:
        with pytest.raises(ControlError, match="loopback only"):
            ControlAccess().check(scope)


@pytest.mark.parametrize("token", ["", " ", "a b\n", "ü", "x" * 2000, " a"])
def test_a_token_that_no_header_carries_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="control token") as caught:
        ControlAccess(token=token)
    assert len(token) < 3 or token not in str(caught.value)


def test_the_token_is_not_printed() -> None:
    assert "token-of-control" not in repr(ControlAccess(token="token-of-control"))
