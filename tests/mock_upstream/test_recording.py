"""What `record` passes on, what it says when there is nothing to pass, and what it keeps."""

import contextlib
import gzip
import logging
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import orjson
import pytest

from mock_upstream import ReplyPlan
from mock_upstream.faults import Status
from mock_upstream.recording.address import Address, AddressError
from tests.mock_upstream.recorders import (
    KEY,
    Recorder,
    exchanged,
    raw_upstream,
    read_request,
    recorder,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Heard:
    """A raw upstream that notes what it hears and answers the same bytes each time."""

    def __init__(self, reply: bytes) -> None:
        self.requests: Queue[bytes] = Queue()
        self.reply = reply

    def __call__(self, connection: socket.socket) -> None:
        self.requests.put(read_request(connection))
        connection.sendall(self.reply)

    def one(self) -> bytes:
        return self.requests.get(timeout=10)


def eventually(true: Callable[[], bool]) -> None:
    """Wait until something holds, at most ten seconds."""
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.01)


# What is passed on


def test_a_request_arrives_as_it_was_sent() -> None:
    """Target, headers with their case and order, and body; save Host and what is hop-by-hop."""
    upstream = Heard(OK)
    body = b'{"model" : "m",\n "input":"\\u00e9 \xc3\xa9"}'
    sent = (
        b"POST /v1/responses?a=%%20b&c=d%%2Fe&=~'{} HTTP/1.1\r\nhost: client\r\nX-B: 2\r\n"
        b"AuthoriZation: Bearer key-from-call\r\nx-a: 1\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n"
        b"X-A: 1\r\nKeep-Alive: 5\r\naccept-encoding: br, zstd\r\nCoNtEnT-LeNgTh: %d\r\n\r\n%b"
    ) % (len(body), body)
    with raw_upstream(upstream) as url, recorder(url) as record:
        assert exchanged(record.address, sent).endswith(b"ok")
        host = url.removeprefix("http://").encode()
    assert upstream.one() == (
        b"POST /v1/responses?a=%%20b&c=d%%2Fe&=~'{} HTTP/1.1\r\nhost: %b\r\nX-B: 2\r\n"
        b"AuthoriZation: Bearer key-from-call\r\nx-a: 1\r\nX-A: 1\r\naccept-encoding: br, zstd\r\n"
        b"CoNtEnT-LeNgTh: %d\r\n\r\n%b" % (host, len(body), body)
    )


def test_nothing_is_added_to_a_bare_request() -> None:
    """No user agent, no accept, no content type: Host alone is the recorder's."""
    upstream = Heard(OK)
    with raw_upstream(upstream) as url, recorder(url) as record:
        exchanged(
            record.address, b"GET /v1/models HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        )
        host = url.removeprefix("http://").encode()
    assert upstream.one() == b"GET /v1/models HTTP/1.1\r\nHost: %b\r\n\r\n" % host


def test_a_body_in_chunks_goes_on_in_chunks() -> None:
    """The upstream gets no length that the client did not send."""
    got: Queue[bytes] = Queue()

    def serve(connection: socket.socket) -> None:
        data = b""
        while not data.endswith(b"0\r\n\r\n"):
            data += connection.recv(65536)
        got.put(data)
        connection.sendall(OK)

    sent = (
        b"POST /v1/responses HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
        b"Connection: close\r\n\r\n3\r\n{}\n\r\n2\r\n\n\n\r\n0\r\n\r\n"
    )
    with raw_upstream(serve) as url, recorder(url) as record:
        assert exchanged(record.address, sent).endswith(b"ok")
        assert record.recording.journal.entries[0].body == b"{}\n\n\n"
    head, _, body = got.get(timeout=5).partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head
    assert b"ength" not in head
    assert body == b"5\r\n{}\n\n\n\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 299 Odd Reason\r\nX-b: 1\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n"
        b"Content-Length: 3\r\n\r\na\x00\xff",
        b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\n"
        b"Content-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 30\r\n\r\n"
        + gzip.compress(b"{}" * 9, mtime=0)[:30].ljust(30),
        b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nContent-Length: 1\r\n\r\nx",
    ],
)
def test_a_reply_arrives_as_it_was_sent(reply: bytes) -> None:
    """Status, reason, headers with their case and order, and body; no date or server is added."""
    sent = b"GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n"
    with (
        raw_upstream(Heard(reply)) as url,
        recorder(url) as record,
        socket.create_connection(record.address, timeout=10) as client,
    ):
        for _ in range(2):  # the client's connection stays
            client.sendall(sent)
            got = b""
            while len(got) < len(reply):
                got += client.recv(65536)
            assert got == reply


def test_a_compressed_body_is_left_alone() -> None:
    """Nothing is unpacked on the way: the same bytes, the same header."""
    packed = gzip.compress(b'{"a": "b"}', mtime=0)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    with raw_upstream(Heard(head + packed)) as url, recorder(url) as record:
        with record.client.stream("GET", "/v1/models") as response:
            assert b"".join(response.iter_raw()) == packed
        response = record.recording.journal.entries[0].response
        assert response is not None
        assert response.body == packed
        shown = record.client.get("/_mock/journal/1").json()["response"]
        assert (shown["encoding"], shown["body"]) == ("withheld", None)


def test_a_reply_that_ends_with_the_connection_does_so_here_too() -> None:
    """Without a length and chunks no framing is added; to HTTP/1.0 chunks go without theirs."""
    until_close = b"HTTP/1.1 200 OK\r\nx: y\r\n\r\nall there is"
    sent = b"GET /v1/models HTTP/1.%d\r\nHost: a\r\n\r\n"
    with raw_upstream(Heard(until_close)) as url, recorder(url) as record:
        got = exchanged(record.address, sent % 1)
    assert got == b"HTTP/1.1 200 OK\r\nx: y\r\nConnection: close\r\n\r\nall there is"
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    with raw_upstream(Heard(chunked)) as url, recorder(url) as record:
        got = exchanged(record.address, sent % 0)
    assert got == b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"


def test_a_stream_comes_piece_by_piece() -> None:
    """The client has each piece before the upstream sends the next."""
    go = threading.Semaphore(0)

    def serve(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(5):
            connection.sendall(b"3\r\np%d\n\r\n" % number)
            go.acquire(timeout=10)
        connection.sendall(b"0\r\n\r\n")

    with raw_upstream(serve) as url, recorder(url) as record:
        with record.client.stream("GET", "/v1/models") as response:
            for number, piece in enumerate(response.iter_raw()):
                assert piece == b"p%d\n" % number
                go.release()
        response = record.recording.journal.entries[0].response
        assert response is not None
        assert response.body == b"p0\np1\np2\np3\np4\n"


def test_streams_at_once_are_never_mixed() -> None:
    """Forty streams, sixteen at a time: each client gets its own text, and so does the journal."""

    def upstream(connection: socket.socket) -> None:
        name = read_request(connection).partition(b"\r\n\r\n")[2]
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(30):
            connection.sendall(b"%x\r\n%b\r\n" % (len(name), name))
            time.sleep(0.001)
        connection.sendall(b"0\r\n\r\n")

    def ask(number: int) -> bytes:
        name = b"<stream-%d>" % number
        return record.client.post("/v1/responses", content=name).content

    with raw_upstream(upstream) as url, recorder(url) as record:
        with ThreadPoolExecutor(16) as pool:
            got = list(pool.map(ask, range(40)))
        entries = record.recording.journal.entries
    assert got == [b"<stream-%d>" % number * 30 for number in range(40)]
    assert len(entries) == 40
    for entry in entries:
        assert entry.response is not None
        assert entry.response.body == entry.body * 30


@pytest.mark.parametrize("begun", [False, True])
def test_a_client_that_leaves_closes_the_upstreams_connection(begun: bool) -> None:  # noqa: FBT001 -- a parameter
    """Before the reply and in mid-stream; the journal says so."""
    closed, there = threading.Event(), threading.Event()

    def serve(connection: socket.socket) -> None:
        read_request(connection)
        if begun:
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        there.set()
        with contextlib.suppress(ConnectionError):
            assert connection.recv(1) == b""
        closed.set()

    with raw_upstream(serve) as url, recorder(url) as record:
        with socket.create_connection(record.address, timeout=10) as client:
            client.sendall(b"GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n")
            assert there.wait(10)
            if begun:
                assert client.recv(10)
        assert closed.wait(10)
        eventually(lambda: len(record.recording.journal.entries) == 1)
        [entry] = record.recording.journal.entries
    if begun:
        assert entry.response is not None
        assert (entry.response.ending, entry.response.body) == ("client left", b"a")
    else:
        assert (entry.response, entry.verdict.violations[0].rule) == (None, "client-left")


CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"
CLOSE = b"HTTP/1.1 200 OK\r\n\r\nabc"


@pytest.mark.parametrize(("reply", "reset"), [(CHUNKS, False), (LENGTH, False), (CLOSE, True)])
def test_an_upstream_that_breaks_off_breaks_off_here_too(reply: bytes, *, reset: bool) -> None:
    """What came is passed on, and the client sees that it is not all; the journal says so."""

    def serve(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(reply)
        time.sleep(0.2)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with raw_upstream(serve) as url, recorder(url) as record:
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            record.client.get("/v1/models")
        [entry] = record.recording.journal.entries
    assert entry.response is not None
    assert (entry.response.ending, entry.response.body) == ("upstream broke off", b"abc")


# An upstream that gives no answer


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def failed(record: Recorder) -> tuple[int, str, str]:
    response = record.ask()
    error = response.json()["error"]
    assert error["type"] == "mock_upstream_recording"
    assert record.recording.journal.entries[-1].verdict.violations[0].message == error["message"]
    assert record.recording.journal.entries[-1].response is None
    return response.status_code, response.headers["x-mock-upstream"], error["message"]


def test_an_upstream_that_is_down_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """502 of the harness's own, and the sentence on stderr."""
    url = closed_port()
    with caplog.at_level(logging.INFO, "mock_upstream.requests"), recorder(url) as record:
        status, rule, message = failed(record)
    assert (status, rule) == (502, "upstream-unreachable")
    assert f"{url} gave no answer: it cannot be reached (Connection refused)" in message
    assert f"POST /v1/responses 502; {message}" in caplog.messages


def test_a_host_that_there_is_none_of_is_told() -> None:
    """A name that nothing resolves is 502 too."""
    with recorder("http://no-such-host.invalid") as record:
        assert failed(record)[:2] == (502, "upstream-unreachable")


@pytest.mark.parametrize(
    ("said", "rule", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "upstream-not-http", "is not HTTP/1.1"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "upstream-not-http", "is not HTTP/1.1"),
        (b"HTTP/1.1 abc\r\n\r\n", "upstream-not-http", "is not HTTP/1.1"),
        (b"", "upstream-broke-off", "closed the connection before an answer in HTTP"),
    ],
)
def test_an_upstream_that_speaks_no_http_is_told(said: bytes, rule: str, words: str) -> None:
    """Another protocol, TLS, half a status line, nothing at all."""
    with raw_upstream(Heard(said)) as url, recorder(url) as record:
        status, marked, message = failed(record)
    assert (status, marked) == (502, rule)
    assert words in message


def test_an_upstream_that_is_slow_is_told() -> None:
    """504 after the time that an option gives, with its name."""
    stop = threading.Event()

    def serve(connection: socket.socket) -> None:
        read_request(connection)
        stop.wait(10)

    with raw_upstream(serve) as url, recorder(url, waiting={"reading": 0.2}) as record:
        status, rule, message = failed(record)
        stop.set()
    assert (status, rule) == (504, "upstream-timed-out")
    assert "no answer within 0.2 s. See --read-timeout." in message


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that no authority has signed, with its key."""
    path = tmp_path_factory.mktemp("tls") / "own.pem"
    subprocess.run(  # noqa: S603 -- openssl, with our own words
        (
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(path), "-out", f"{path}.crt"),
        ),
        check=True,
        capture_output=True,
    )
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


@pytest.fixture
def secure_upstream(certificate: Path) -> Iterator[str]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)

    def serve(connection: socket.socket) -> None:
        with tls.wrap_socket(connection, server_side=True) as secure:
            read_request(secure)
            secure.sendall(OK)

    with raw_upstream(serve) as url:
        yield url.replace("http://", "https://")


def test_a_certificate_that_is_not_trusted_is_told(secure_upstream: str) -> None:
    """502, with the reason and the option that helps."""
    with recorder(secure_upstream) as record:
        status, rule, message = failed(record)
    assert (status, rule) == (502, "upstream-certificate")
    assert "not trusted: self-signed certificate. For an authority of your own give --ca" in message


def test_an_authority_of_ones_own_is_trusted(secure_upstream: str, certificate: Path) -> None:
    """With its certificate the request passes."""
    with recorder(secure_upstream, authorities=f"{certificate}.crt") as record:
        assert record.ask().text == "ok"


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment says, the upstream is asked itself; a proxy that is given is."""
    proxy = Heard(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy")
    with raw_upstream(Heard(OK)) as url, raw_upstream(proxy) as proxy_url:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy_url)
        monkeypatch.delenv("no_proxy", raising=False)
        with recorder(url) as record:
            assert record.ask().text == "ok"
        with recorder(url, proxy=proxy_url) as record:
            assert record.ask().text == "proxy"
        assert proxy.one().startswith(b"POST %b/v1/responses HTTP/1.1\r\n" % url.encode())


# Addresses


@pytest.mark.parametrize(
    ("base", "asked", "target"),
    [
        ("https://host", b"/v1/responses?a", b"/v1/responses?a"),
        ("https://host/", b"/v1/responses", b"/v1/responses"),
        ("https://host/openai", b"/v1/responses", b"/openai/v1/responses"),
        ("https://host/openai/v1", b"/v1/responses", b"/openai/v1/responses"),
        ("https://host/openai/v1/", b"/responses", b"/openai/v1/responses"),
        ("https://host/v1", b"/v1beta/x", b"/v1/v1beta/x"),
        ("https://host/v1", b"http://proxy/v1/models?b=1", b"/v1/models?b=1"),
    ],
)
def test_a_path_in_the_base_url_goes_before(base: str, asked: bytes, target: bytes) -> None:
    """Where it ends in /v1 and the request begins with it, it is said once."""
    assert Address.parse(base).target(asked) == target


def test_an_address_is_written_as_host() -> None:
    """The port is left out where it is the scheme's own; IPv6 has brackets."""
    assert Address.parse("https://host:443").netloc == b"host"
    assert Address.parse("http://host:443").netloc == b"host:443"
    assert str(Address.parse("HTTP://[::1]:8080/a/")) == "http://[::1]:8080/a"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "api.openai.com",
        "ftp://host",
        "https://",
        "https://host:99999",
        "http://[::1",
        "https://a b/",
    ],
)
def test_what_is_no_url_is_refused(text: str) -> None:
    """With what was given, and what a base URL looks like."""
    with pytest.raises(AddressError, match=r"no URL; give a base URL such as|no host or port"):
        Address.parse(text)


@pytest.mark.parametrize("text", ["https://user:key-secret@host", "https://host/?key=key-secret"])
def test_a_url_with_a_key_in_it_is_refused_without_showing_it(text: str) -> None:
    """The key belongs to the client."""
    with pytest.raises(AddressError) as refused:
        Address.parse(text)
    assert "key-secret" not in str(refused.value)
    assert "leave it out" in str(refused.value)


# What is kept and said


def test_both_sides_are_kept_exactly_and_shown_masked() -> None:
    """Raw in memory; in every export the key is masked, in both heads and both bodies."""
    upstream = Heard(
        b"HTTP/1.1 200 OK\r\nX-Echo: Bearer key-from-call\r\nSet-Cookie: s=secret-cookie\r\n"
        b'Content-Length: 29\r\n\r\n{"you": "sent key-from-call"}'
    )
    with raw_upstream(upstream) as url, recorder(url) as record:
        record.ask(user=KEY)
        record.ask(user=KEY)
        [entry, _] = record.recording.journal.entries
        assert entry.response is not None
        assert KEY.encode() in entry.body
        assert entry.response.body == b'{"you": "sent key-from-call"}'
        told = "".join(
            record.client.get(f"/_mock/journal{path}").text
            for path in ("", "/1", "?format=jsonl", "?format=curl")
        )
    assert "fingerprint:" in told
    assert KEY not in told
    assert "secret-cookie" not in told
    assert KEY not in repr(entry)


def test_a_key_that_was_seen_once_is_masked_from_then_on() -> None:
    """In requests that do not present it, and in their replies."""
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\nyes: plainsecretkey12"
    with raw_upstream(Heard(reply)) as url, recorder(url) as record:
        record.client.get("/v1/models", headers={"authorization": "Bearer plainsecretkey12"})
        record.client.post("/v1/responses", json={"input": "plainsecretkey12"})
        shown = record.client.get("/_mock/journal/2").json()
        written = record.client.post("/_mock/recording/script").text
    assert "plainsecretkey12" not in str(shown) + written
    assert (shown["masked"], shown["response"]["masked"]) == (True, True)


def test_each_request_has_a_connection_of_its_own() -> None:
    """It is closed behind the reply, though the upstream would keep it: none can grow old."""
    closed: Queue[bytes] = Queue()

    def serve(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(OK)
        closed.put(connection.recv(65536))

    with raw_upstream(serve) as url, recorder(url) as record:
        for _ in range(3):
            assert record.ask().text == "ok"
            assert closed.get(timeout=10) == b""


def test_the_journal_is_bounded_by_both_sides() -> None:
    """Responses count; what had to go is counted; one that is larger than all is not kept."""
    large = b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n" + b"x" * 60000
    with raw_upstream(Heard(large)) as url:
        with recorder(url, max_bytes=150_000) as record:
            for _ in range(5):
                assert len(record.ask().content) == 60000
            account = record.recording.journal.account
            assert (account.kept, account.evicted) == (2, 3)
        with recorder(url, max_bytes=50_000) as record:
            assert len(record.ask().content) == 60000
            response = record.recording.journal.entries[0].response
            assert response is not None
            assert (response.ending, response.body) == ("not kept", b"")


def test_each_request_is_told_with_the_profiles_that_judge_alike(
    serve: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Accepted as by, refused at the same field by, and those that differ with their place."""
    mock = serve("gateway")
    with caplog.at_level(logging.INFO, "mock_upstream.requests"), recorder(mock.url) as record:
        record.ask()
        record.ask(metadata={"a": "b"})
        mock.session.reply_with(Status(429))
        record.ask()
    lines = [one.getMessage() for one in caplog.records if one.filename == "recording.py"]
    accepted, refused, limited = lines
    assert accepted.startswith("POST /v1/responses 200: accepted, as by ")
    alike, _, differing = accepted.partition("; differing, refused by ")
    assert " openai," in alike
    assert differing == "chatgpt-codex (instructions), github-copilot (editor-version)"
    head, _, rest = refused.partition("; differing, ")
    assert head.startswith(
        "POST /v1/responses 400: refused at metadata; at the same field by gateway"
    )
    assert "accepted by" in rest
    assert limited.endswith(
        "429; this says nothing about the request, so the profiles were not asked"
    )


def test_a_redirect_is_told_and_not_followed(caplog: pytest.LogCaptureFixture) -> None:
    """It is passed on as it came; the other place hears nothing."""
    place = b"http://127.0.0.1:1/x?token=key-of-redirect"
    reply = b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % place
    with (
        caplog.at_level(logging.INFO, "mock_upstream.requests"),
        raw_upstream(Heard(reply)) as url,
        recorder(url) as record,
    ):
        assert record.client.get("/v1/models").headers["location"].encode() == place
        shown = record.client.get("/_mock/journal").text
    told = [*caplog.messages, shown]
    assert any("the upstream redirects to http://127.0.0.1:1/x?token=" in one for one in told)
    assert "key-of-redirect" not in "".join(told)


def test_a_body_that_is_too_large_or_half_is_not_passed_on() -> None:
    """413 of the harness's own; a client that leaves in its body is noted."""
    upstream = Heard(OK)
    with raw_upstream(upstream) as url, recorder(url) as record:
        response = record.client.post("/v1/responses", content=b"x" * (2**20 + 1))
        assert (response.status_code, response.headers["x-mock-upstream"]) == (
            413,
            "body-too-large",
        )
        with socket.create_connection(record.address) as client:
            client.sendall(b"POST /v1/responses HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{")
        eventually(lambda: len(record.recording.journal.entries) == 2)
        assert record.recording.journal.entries[1].verdict.violations[0].rule == "client-left"
    assert upstream.requests.empty()


def test_a_real_stream_passes(serve: Any) -> None:
    """A mock's stream through the recorder has the bytes that it has without."""
    mock = serve("openai")
    body = {"model": "gpt-5.2", "input": "Hello", "stream": True}
    for _ in range(2):
        mock.session.reply_with(ReplyPlan("One two three", tokens_per_second=200))
    direct = mock.client.post("/v1/responses", json=body).text
    with recorder(mock.url) as record:
        passed = record.client.post("/v1/responses", json=body)
        assert passed.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert passed.text == direct.replace("mock000001", "mock000002")
        assert orjson.loads(mock.session.journal.entries[1].body) == body
