"""The bare app that `compare.py` measures against: it parses the request and answers a constant.

`python benchmarks/bare.py PORT FOLDER`; the folder has the answers, `stream` the joined events.
"""

import sys
from pathlib import Path
from typing import Any, Final

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SETTINGS: Final[dict[str, Any]] = {
    "http": "httptools",
    "loop": "auto",
    "ws": "none",
    "lifespan": "off",
    "proxy_headers": False,
    "server_header": False,
    "access_log": False,
    "log_level": "warning",
}
"""Uvicorn's settings as the mock has them: nothing around the app, nothing logged."""


def bare_app(chat_answer: bytes, response: bytes, stream: bytes) -> Starlette:
    """Create the app."""

    async def chat(request: Request) -> Response:
        orjson.loads(await request.body())
        return Response(chat_answer, media_type="application/json")

    async def responses(request: Request) -> Response:
        if orjson.loads(await request.body()).get("stream"):
            return Response(stream, media_type="text/event-stream")
        return Response(response, media_type="application/json")

    paths = {"/v1/chat/completions": chat, "/v1/responses": responses}
    return Starlette(
        routes=[Route(path, answer, methods=["POST"]) for path, answer in paths.items()]
    )


if __name__ == "__main__":
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    answers = ((folder / name).read_bytes() for name in ("chat", "responses", "stream"))
    uvicorn.run(bare_app(*answers), port=port, **SETTINGS)
