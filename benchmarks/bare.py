"""The bare app that `compare.py` measures against: it parses the request and answers a constant.

`python benchmarks/bare.py PORT FOLDER`; the folder has the answers, `stream` the joined events.
"""

import sys
from pathlib import Path

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PORT, FOLDER = int(sys.argv[1]), Path(sys.argv[2])
CHAT, RESPONSES, STREAM = ((FOLDER / name).read_bytes() for name in ("chat", "responses", "stream"))


async def chat(request: Request) -> Response:
    """Answer a chat."""
    orjson.loads(await request.body())
    return Response(CHAT, media_type="application/json")


async def responses(request: Request) -> Response:
    """Answer a response, or its stream in one write."""
    if orjson.loads(await request.body()).get("stream"):
        return Response(STREAM, media_type="text/event-stream")
    return Response(RESPONSES, media_type="application/json")


paths = {"/v1/chat/completions": chat, "/v1/responses": responses}
app = Starlette(routes=[Route(path, answer, methods=["POST"]) for path, answer in paths.items()])
uvicorn.run(app, port=PORT, log_level="warning", access_log=False)
