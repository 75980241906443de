"""A small server that answers Anthropic's Messages API and remembers what it was asked."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any, Final

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

THINKING: Final = {"type": "thinking", "thinking": "step", "signature": "c2lnbmVk"}
TEXT: Final = {"type": "text", "text": "hello from Claude"}
_USAGE: Final = {"input_tokens": 3, "output_tokens": 5}


class MessagesApi:
    """Its ``url``, and what came: ``requests`` are pairs of headers and body.

    ``refuse_with`` is a status and an error object, instead of a reply.
    """

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.refuse_with: tuple[int, dict[str, Any]] | None = None

    async def answer(self, request: Request) -> Response:
        """Answer with a thought and a text, whole or streamed."""
        body = orjson.loads(await request.body())
        self.requests.append((dict(request.headers), body))
        if self.refuse_with:
            status, error = self.refuse_with
            return JSONResponse({"type": "error", "error": error}, status)
        if body.get("stream"):
            events = "".join(f"event: {e['type']}\ndata: {_json(e)}\n\n" for e in _events(body))
            return Response(events, media_type="text/event-stream")
        whole = {**_message(body), "content": [THINKING, TEXT], "stop_reason": "end_turn"}
        return Response(orjson.dumps(whole), media_type="application/json")


@contextlib.contextmanager
def messages_api() -> Iterator[MessagesApi]:
    """Run one on a free port of this machine."""
    api = MessagesApi()
    app = Starlette(routes=[Route("/v1/messages", api.answer, methods=["POST"])])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        api.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            yield api
        finally:
            server.should_exit = True
            thread.join()


def _message(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": _USAGE,
    }


def _events(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"type": "message_start", "message": _message(body)}
    blocks: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
        (
            {"type": "thinking", "thinking": "", "signature": ""},
            [
                {"type": "thinking_delta", "thinking": THINKING["thinking"]},
                {"type": "signature_delta", "signature": THINKING["signature"]},
            ],
        ),
        ({"type": "text", "text": ""}, [{"type": "text_delta", "text": TEXT["text"]}]),
    ]
    for index, (block, deltas) in enumerate(blocks):
        yield {"type": "content_block_start", "index": index, "content_block": block}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    yield {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": _USAGE}
    yield {"type": "message_stop"}


def _json(event: dict[str, Any]) -> str:
    return orjson.dumps(event).decode()
