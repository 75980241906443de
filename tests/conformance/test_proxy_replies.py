"""What a proxy answers is read to its end, if it has one, and told if it is no reply."""

import itertools
from typing import get_args

import httpx
import pytest

from conformance.entries.handler_replies import NoReplyError
from conformance.entries.proxy_replies import read_in_turns, text_of, text_of_stream
from conformance.matrix import Entry

BY_PROXY = [entry for entry in get_args(Entry) if entry.startswith("proxy-")]


def response(chunks: object) -> httpx.Response:
    return httpx.Response(200, content=chunks)  # type: ignore[arg-type] # any iterator of bytes


def test_two_streams_are_read_in_turns_each_to_its_own_end() -> None:
    """None of the second is asked for before the first has said something, and so on."""
    order: list[str] = []

    def told(name: str, count: int) -> object:
        for number in range(count):
            order.append(f"{name}{number}")
            yield name.encode()

    read = read_in_turns([response(told("a", 3)), response(told("b", 2))], 60)
    assert read == (b"aaa", b"bb")
    assert order == ["a0", "b0", "a1", "b1", "a2"]


def test_a_stream_that_never_ends_is_ended() -> None:
    with pytest.raises(httpx.ReadTimeout, match="did not end"):
        read_in_turns([response(itertools.repeat(b"and on "))], 0.05)


@pytest.mark.parametrize("entry", BY_PROXY)
@pytest.mark.parametrize("content", [b"", b"[]", b'"no reply"', b'{"choices":7,"content":[7]}'])
def test_what_is_no_reply_is_told_with_the_entry(entry: Entry, content: bytes) -> None:
    if entry == "proxy-responses" and content.startswith(b"{"):
        content = b'{"output":[7]}'
    with pytest.raises(NoReplyError, match=rf"got .*; expected a reply of {entry}"):
        text_of(entry, content)


def test_a_stream_of_nonsense_is_told() -> None:
    with pytest.raises(NoReplyError, match="expected a reply of proxy-chat"):
        text_of_stream("proxy-chat", b'data: {"choices":[7]}\n\n')
