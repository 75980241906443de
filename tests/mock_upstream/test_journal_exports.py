"""What leaves the journal: JSONL and curl commands, without a credential, and true to the bytes."""

import base64
import gzip
import hashlib
import http.client
import json
import os
import shutil
import subprocess
from typing import Any

import orjson
import pytest

from mock_upstream.journal.curl import curl_command
from mock_upstream.journal.shown import shown

SHELLS = [shell for shell in ("sh", "bash", "dash") if shutil.which(shell)]
JSON = {"content-type": "application/json"}


def sent(mock: Any, body: bytes, path: str = "/v1/responses", **headers: str) -> Any:
    """Send a body and return its entry."""
    mock.client.post(path, content=body, headers=headers)
    return mock.session.journal.entries[-1]


def test_a_record_tells_all_of_an_entry(mock: Any) -> None:
    """A line of JSONL has the request and the verdict; the hash is that of the raw body."""
    body = b'{"model": "m", "metadata": {"a": 1}, "api_key": "key-from-body"}'
    entry = sent(mock, body, "/v1/responses?api-key=key-from-query", **JSON)
    line = shown(entry).line()
    record = json.loads(line)
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    assert (record["number"], record["method"], record["path"]) == (1, "POST", "/v1/responses")
    assert (record["status"], record["accepted"], record["complete"]) == (400, False, True)
    assert record["violations"][0].keys() == {"rule", "path", "message", "status"}
    assert record["credential"]["scheme"] == "Bearer"
    assert ["content-type", "application/json"] in record["headers"]
    assert record["sha256"] == hashlib.sha256(body).hexdigest()
    assert (record["bytes"], record["masked"], record["encoding"]) == (len(body), True, "utf-8")
    assert json.loads(record["body"])["model"] == "m"
    assert record["time"].endswith("Z")
    assert b"key-from" not in line


def test_the_raw_body_stays_exact_in_memory(mock: Any) -> None:
    """An export masks a copy: the entry itself keeps every byte."""
    body = b'{"api_key": "key-from-body"}'
    entry = sent(mock, body)
    shown(entry).line()
    assert entry.body == body


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"input": "my key is key-from-call"}', {}),
        (b'{"key-from-call": 1}', {}),
        (b'{"model": "m", "input": "x", "user": {"a": "key-from-call"}}', {}),
        (b'{"a": "key-from-cookie"}', {"cookie": "id=key-from-cookie; other=key-from-cookie-2"}),
        (b'{"a": "key-from-option"}', {}),
        (b'{"api_key": "key-from-body", "model": 1}', {}),
        (b"\xffBearer key-from-body key-from-call", {}),
        (b"key-from-call", {"x-note": "key-from-call"}),
        (gzip.compress(b'{"api_key": "key-from-body"}'), {"content-encoding": "gzip"}),
        (gzip.compress(b'{"api_key": "key-from-body"}'), {}),
    ],
)
def test_no_export_shows_a_key(serve: Any, body: bytes, headers: dict[str, str]) -> None:
    """Presented, known or in the body: no key is in a record, in a command, or in their base64."""
    mock = serve(api_keys=("key-from-call", "key-from-option"))
    mock.session.journal.fingerprints.know(["key-from-option"])
    entry = sent(
        mock, body, "/v1/responses/key-from-call?x=key-from-call&key=key-from-q", **headers
    )
    out = shown(entry)
    record = out.record()
    exported = out.line() + curl_command(out).encode()
    if record["encoding"] == "base64":
        exported += base64.b64decode(str(record["body"]))
    if record["encoding"] == "withheld":
        assert record["body"] is None
    assert b"key-from" not in exported


def test_a_refusal_that_quotes_a_secret_is_masked(mock: Any) -> None:
    """Messages and paths that repeat the body's secret show its fingerprint."""
    entry = sent(
        mock, b'{"model": "m", "input": [{"role": "key-from-call", "content": ""}]}', **JSON
    )
    assert any("key-from-call" in one.message for one in entry.verdict.violations)
    assert b"key-from-call" not in shown(entry).line()


def test_other_bytes_are_base64_with_a_flag(mock: Any) -> None:
    """A body that is no UTF-8 comes back byte for byte, and the record says how."""
    record = orjson.loads(shown(sent(mock, b"\xff\x00\xfe{")).line())
    assert (record["encoding"], record["masked"]) == ("base64", False)
    assert base64.b64decode(record["body"]) == b"\xff\x00\xfe{"


def test_a_body_that_nobody_can_see_into_is_withheld(mock: Any) -> None:
    """What is compressed may hold a key; the record has its length and its hash."""
    body = gzip.compress(b"{}")
    record = orjson.loads(shown(sent(mock, body, **{"content-encoding": "gzip"})).line())
    assert (record["encoding"], record["body"], record["bytes"]) == ("withheld", None, len(body))
    assert record["sha256"] == hashlib.sha256(body).hexdigest()


BODIES = {
    "plain": b'{"model": "m", "input": "hi"}',
    "quotes": b"""{"input": "it's \\"quoted\\" `id` $HOME ${X} $(id) \\\\n !x %s %d"}""",
    "newlines": b'{\n\t"a":\r\n1}\n\n',
    "at sign": b"@/etc/passwd",
    "dash": b"-n --help",
    "unicode": '{"a": "😀 é \u202e"}'.encode(),
    "escape sequence": b"\x1b[31m{}",
    "bytes": bytes(range(256)),
    "heredoc": b"EOF\nBODY\n'EOF'\n",
    "long": b'{"a": "' + b"x'" * 100_000 + b'"}',
    "empty": b"",
}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", BODIES)
def test_a_curl_command_sends_the_same_bytes(mock: Any, name: str, shell: str) -> None:
    """Run by a shell, the command sends method, path, query, headers and body as they came."""
    path = "/v1/responses?a=b%20c&d='$(id)'"
    first = sent(mock, BODIES[name], path, **{"x-odd": "it's $HOME", "x-empty": ""})
    command = curl_command(shown(first))
    done = subprocess.run(  # noqa: S603 -- our own command
        (str(shutil.which(shell)),),
        input=command.encode(),
        capture_output=True,
        check=False,
        timeout=30,
        env={"PATH": os.environ["PATH"], "UPSTREAM_API_KEY": "key-from-call"},
    )
    assert done.returncode == 0, done.stderr
    again = mock.session.journal.entries[-1]
    assert again.number == first.number + 1
    assert again.body == first.body
    assert (again.method, again.path, again.query) == (first.method, first.path, first.query)
    assert headers_of(again) == headers_of(first)
    assert again.credential == first.credential


def headers_of(entry: Any) -> list[tuple[str, str]]:
    """The headers that a client chooses, sorted."""
    own = ("host", "connection", "content-length", "accept-encoding")
    return sorted(pair for pair in entry.headers if pair[0] not in own)


def test_a_command_adds_no_header(mock: Any) -> None:
    """What curl would send of itself, the command leaves out if the request had none of it."""
    host = mock.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.request("POST", "/v1/responses", b"{}", {"authorization": "Bearer key-from-call"})
    connection.getresponse().read()
    connection.close()
    first = mock.session.journal.entries[-1]
    command = curl_command(shown(first))
    subprocess.run(  # noqa: S603 -- our own command
        (str(shutil.which("sh")), "-c", command),
        check=True,
        capture_output=True,
        timeout=30,
        env={"PATH": os.environ["PATH"], "UPSTREAM_API_KEY": "key-from-call"},
    )
    again = mock.session.journal.entries[-1]
    assert (again.number, again.body) == (2, b"{}")
    assert headers_of(again) == headers_of(first)


@pytest.mark.parametrize("method", ["GET", "DELETE", "HEAD"])
def test_a_command_without_a_body(mock: Any, method: str) -> None:
    """Other methods are sent as they came, with any header that holds a key from the variable."""
    mock.client.request(method, "/v1/models/a%20b[1]", headers={"api-key": "key-2"})
    command = curl_command(shown(mock.session.journal.entries[-1]))
    assert "$UPSTREAM_API_KEY" in command
    subprocess.run(  # noqa: S603 -- our own command
        (str(shutil.which("sh")), "-c", command),
        check=True,
        capture_output=True,
        timeout=30,
        env={"PATH": os.environ["PATH"], "UPSTREAM_API_KEY": "key-2"},
    )
    first, again = mock.session.journal.entries
    assert (again.method, again.path) == (first.method, first.path)
    assert again.header("api-key") == first.header("api-key")


def test_a_hostile_request_cannot_reach_the_shell(mock: Any) -> None:
    """A host, path or header of an attacker's is never run nor breaks out of a comment."""
    odd = "/v1/x%0Atouch%20pwned%0A;`id`$(id)"
    headers = {"host": '"; touch pwned; "', "x-a": "$(touch pwned)", "cookie": "a=$(id)"}
    mock.client.get(odd, headers=headers)
    command = curl_command(shown(mock.session.journal.entries[-1]))
    plain = [line for line in command.splitlines() if not line.startswith("#")]
    assert all("touch pwned\n" not in line for line in plain)
    assert command.splitlines()[-1 - len(plain)].startswith("# Left out, as secret: cookie")
    assert '"${UPSTREAM_URL:-http://127.0.0.1:8080}"' in command
    assert "'x-a: $(touch pwned)'" in command
