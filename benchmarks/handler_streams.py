"""What the handler adds to a stream, in microseconds an event.

`python benchmarks/handler_streams.py [ROUNDS [EVENTS]]` streams a reply of EVENTS deltas (2,000)
from one upstream on this machine, ROUNDS times (9) by each way in turn: through the handler's
method, and by ``litellm.aresponses`` or ``litellm.responses`` with the payload that the handler
produced; for Chat Completions by ``litellm.[a]completion``. The aim: at most 100 µs an event more
than LiteLLM bare. A row that misses the aim is marked, and the command exits 1.

The upstream writes the whole reply at once, so that what is measured is the reading. The handler
reads the bytes itself and is the quicker of the two: what it adds is then below zero.
"""

import asyncio
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

AIM = 100  # microseconds an event
MODELS = {"responses": "gpt-5.2-high", "chat": "glm-4.6"}


def responses_body(events: int) -> bytes:
    """Return a Responses stream of text deltas, with all that stands around them."""
    response = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m", "output": []}
    response |= {"parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "metadata": {}}
    message = {"type": "message", "id": "m", "role": "assistant", "content": []}
    usage = {"input_tokens": 10, "output_tokens": events, "total_tokens": 10 + events}
    usage |= {"input_tokens_details": {"cached_tokens": 0}}
    usage |= {"output_tokens_details": {"reasoning_tokens": 0}}
    place = {"output_index": 0, "item_id": "m", "content_index": 0}
    delta = {"type": "response.output_text.delta", **place, "logprobs": []}
    told: list[dict[str, Any]] = [
        {"type": "response.created", "response": {**response, "status": "in_progress"}},
        {"type": "response.output_item.added", "output_index": 0, "item": message},
        *({**delta, "delta": f"word {n} "} for n in range(events)),
        {
            "type": "response.completed",
            "response": {**response, "status": "completed", "usage": usage},
        },
    ]
    return b"".join(
        b"event: %b\ndata: %b\n\n"
        % (event["type"].encode(), orjson.dumps({**event, "sequence_number": number}))
        for number, event in enumerate(told)
    )


def chat_body(events: int) -> bytes:
    """Return a Chat Completions stream of text deltas."""
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    words = ({"index": 0, "delta": {"content": f"word {n} "}} for n in range(events))
    last = {"index": 0, "delta": {}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 10, "completion_tokens": events, "total_tokens": 10 + events}
    told = [{**head, "choices": [choice]} for choice in (*words, last)]
    frames = [*told, {**head, "choices": [], "usage": usage}]
    return b"".join(b"data: %b\n\n" % orjson.dumps(f) for f in frames) + b"data: [DONE]\n\n"


def serve(events: int) -> str:
    """Start the upstream in a thread; return its address."""
    bodies = {"/v1/responses": responses_body(events), "/v1/chat/completions": chat_body(events)}

    class Upstream(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            self.wfile.write(bodies[self.path])

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/v1"


def ways(api: str, url: str) -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
    """Return for each method what streams through the handler, and what by LiteLLM alone."""
    import litellm

    from claude_code_proxy.claude_code_router import claude_code_router
    from claude_code_proxy.handler_call import HandlerCall
    from claude_code_proxy.outbound import build_request

    litellm.suppress_debug_info = True
    own: dict[str, Any] = {"model": MODELS[api], "api_base": url, "api_key": "key-of-no-one"}
    own["messages"] = [{"role": "user", "content": "Go on."}]
    bare = build_request(HandlerCall.from_arguments(own), stream=True).arguments()

    async def by_the_handler() -> int:
        return len([chunk async for chunk in claude_code_router.astreaming(**own)])

    async def by_litellm() -> int:
        call: Any = litellm.aresponses if api == "responses" else litellm.acompletion
        return len([chunk async for chunk in await call(**bare)])

    def by_the_handler_in_step() -> int:
        return len(list(claude_code_router.streaming(**own)))

    def by_litellm_in_step() -> int:
        call: Any = litellm.responses if api == "responses" else litellm.completion
        return len(list(call(**bare)))

    runner = asyncio.Runner()
    return {
        "astreaming": (lambda: runner.run(by_the_handler()), lambda: runner.run(by_litellm())),
        "streaming": (by_the_handler_in_step, by_litellm_in_step),
    }


def seconds(call: Callable[[], Any]) -> float:
    """Return how long one call takes."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def main(rounds: int, events: int) -> int:
    """Print the table; return the exit code."""
    url = serve(events)
    print(f"{'api':11}{'method':12}{'handler µs':>11}{'LiteLLM µs':>12}{'added µs':>10}")  # noqa: T201 -- a table for the terminal
    missed = 0
    for api in MODELS:
        for method, (ours, bare) in ways(api, url).items():
            ours()
            bare()
            pairs = [(seconds(ours), seconds(bare)) for _ in range(rounds)]
            handler, litellm = (statistics.median(column) for column in zip(*pairs, strict=True))
            each = [value / events * 1e6 for value in (handler, litellm, handler - litellm)]
            missed += each[2] > AIM
            mark = f"  over {AIM}" if each[2] > AIM else ""
            print(f"{api:11}{method:12}{each[0]:11.1f}{each[1]:12.1f}{each[2]:10.1f}{mark}")  # noqa: T201 -- a table for the terminal
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(
        main(
            int(sys.argv[1]) if len(sys.argv) > 1 else 9,
            int(sys.argv[2]) if len(sys.argv) > 2 else 2000,  # noqa: PLR2004 -- the second argument
        )
    )
