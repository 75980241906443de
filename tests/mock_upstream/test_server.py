"""The server in a thread: starts clean, stops clean, leaves the process as it was."""

import logging
import socket
import ssl
import threading
from typing import Any

import httpx
import pytest

from mock_upstream import MockServer, ServerStartError, Session, create_app, load_profile
from mock_upstream.listener import listen, url_of
from mock_upstream.server import UpstreamServer

ADDRESS = "127.0.0.1"
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def server(**options: Any) -> MockServer:
    return MockServer(create_app(Session(load_profile("openai"))), **options)


def is_up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/_mock/health", verify=NO_TLS).is_success
    except httpx.TransportError:
        return False


def test_a_server_serves_while_it_runs() -> None:
    """It answers inside the block, on a loopback address, and is gone after it."""
    with server() as running:
        url = running.url
        assert url.startswith("http://127.0.0.1:")
        assert is_up(url)
    assert not is_up(url)


def test_several_run_at_once() -> None:
    """Each server has a port of its own."""
    with server() as one, server() as two, server() as three:
        urls = {one.url, two.url, three.url}
        assert len(urls) == 3
        assert all(map(is_up, urls))


def test_a_stopped_server_leaves_no_thread() -> None:
    """Starting and stopping many times leaves neither thread nor open connection behind."""
    before = threading.active_count()
    for _ in range(10):
        with server() as running:
            assert is_up(running.url)
    assert threading.active_count() == before


def test_a_server_can_be_started_again() -> None:
    """Stop and start give a new URL of the same app; stopping twice is no error."""
    again = server()
    again.start()
    again.stop()
    again.stop()
    with again:
        assert is_up(again.url)


def test_misuse_is_explained() -> None:
    """No URL before the start, and no second start, with a word on what to do."""
    misused = server()
    with pytest.raises(RuntimeError, match=r"use it in a with block, or call start\(\)"):
        _ = misused.url
    with misused, pytest.raises(RuntimeError, match="already running at http"):
        misused.start()


def test_an_occupied_port_is_refused() -> None:
    """Where another listens, the error names host, port and the way out."""
    with socket.create_server((ADDRESS, 0)) as taken:
        port = taken.getsockname()[1]
        expected = f"Cannot listen on 127.0.0.1 port {port}: the port is in use"
        with pytest.raises(ServerStartError, match=expected):
            server(port=port).start()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ({"host": "\ud800"}, "no such address"),
        ({"host": "a" * 70}, "no such address"),
        ({"port": 65536}, "no such port"),
        ({"port": -1}, "no such port"),
    ],
)
def test_an_impossible_address_is_refused(address: dict[str, Any], reason: str) -> None:
    """An address that cannot be listened on is a ServerStartError, whatever is wrong with it."""
    with pytest.raises(ServerStartError, match=reason):
        server(**address).start()


def test_the_port_is_free_again_after_the_stop() -> None:
    """A port can be taken again at once, though the server has just closed connections to it."""
    with httpx.Client(verify=NO_TLS) as client:
        with server() as running:
            url = running.url
            assert client.get(f"{url}/_mock/health").is_success
        with server(port=int(url.rsplit(":", 1)[1])) as again:
            assert again.url == url
            assert client.get(f"{url}/_mock/health").is_success


@pytest.mark.parametrize(("requests_to_stop", "ended"), [(1, False), (2, True)])
def test_a_second_request_to_stop_cuts_what_runs(*, requests_to_stop: int, ended: bool) -> None:
    """The first lets a reply finish within the grace, here an hour; the second ends it now."""
    app = create_app(Session(load_profile("openai")))
    ready, listener = threading.Event(), listen(ADDRESS, 0)
    running = UpstreamServer(app, 3600, ready.set)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    assert ready.wait(10)
    with socket.create_connection(listener.getsockname(), timeout=10) as client:
        client.sendall(b"POST /v1/responses HTTP/1.1\r\nHost: m\r\nContent-Length: 9\r\n\r\n{")
        assert is_up(url_of(listener))
        for _ in range(requests_to_stop):
            running.request_stop()
        thread.join(10 if ended else 0.2)
        assert thread.is_alive() is not ended
    thread.join(10)
    assert not thread.is_alive()


def test_the_process_s_logging_is_left_alone() -> None:
    """A program that runs uvicorn itself keeps its loggers as it set them."""
    access = logging.getLogger("uvicorn.access")
    handler = logging.NullHandler()
    access.addHandler(handler)
    before = (access.propagate, access.level, list(access.handlers))
    try:
        with server() as running:
            assert is_up(running.url)
            assert (access.propagate, access.level, list(access.handlers)) == before
    finally:
        access.removeHandler(handler)


def test_no_access_log_shows_a_query(caplog: pytest.LogCaptureFixture) -> None:
    """With every logger open, no server-side record holds the key of a query string."""
    caplog.set_level("DEBUG")
    with server() as running:
        httpx.get(f"{running.url}/v1/models?api_key=key-from-query")
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith("http")]
    assert any("GET /v1/models 401" in message for message in ours)
    assert not any("key-from-query" in message for message in ours)
