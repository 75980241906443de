"""Where the time of a request goes inside the served mock, part by part, in microseconds.

`python benchmarks/parts.py` feeds whole requests to the server's protocol, without a socket, and
then asks its parts one by one. It prints processor time: the fifth percentile of many short runs,
which a busy machine spoils least. The parts add up to less than the whole: alone, each finds its
code and data in the processor's nearest cache. The bare app of `compare.py` stands below them, fed
in the same way; a turn of the event loop is in its figure, as it answers in a task. docs/speed.md
reads the table.
"""

import asyncio
import gc
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import click
import orjson
import uvicorn
from bare import SETTINGS, bare_app
from rows import Row, rows
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from mock_upstream import Session, create_app, load_profile
from mock_upstream.app import MockApp
from mock_upstream.call import Call
from mock_upstream.exchange import answer
from mock_upstream.protocol import UpstreamProtocol
from mock_upstream.reception import received
from mock_upstream.server import UpstreamServer, new_event_loop
from mock_upstream.written_reply import written

RUNS = 300
CALLS = 40


class Nowhere:
    """A transport that leads nowhere."""

    def write(self, data: bytes) -> None:
        """Forget what is written."""

    def close(self) -> None:
        """Stay open."""

    def pause_reading(self) -> None:
        """Go on."""

    def resume_reading(self) -> None:
        """Go on."""

    def is_closing(self) -> bool:
        """Say that it is open."""
        return False

    def get_extra_info(self, _name: str, default: object = None) -> object:
        """Know nothing."""
        return default


def microseconds(call: Callable[[], object], calls: int = CALLS) -> float:
    """Measure a call: the fifth percentile of the runs."""
    runs = []
    for _ in range(RUNS):
        begun = time.process_time()
        for _ in range(calls):
            call()
        runs.append((time.process_time() - begun) / calls * 1e6)
    return sorted(runs)[RUNS // 20]


async def opened(app: MockApp) -> UpstreamProtocol:
    """Open a connection that leads nowhere."""
    server = UpstreamServer(app, 1.0)
    server.config.load()
    await server.on_tick(0)
    loop = asyncio.get_running_loop()
    protocol = UpstreamProtocol(server.config, server.server_state, {}, loop)
    protocol.connection_made(Nowhere())  # type: ignore[arg-type]  # as much as it needs
    return protocol


async def bare(row: Row, answer: bytes) -> float:
    """Measure the bare app, which gives the same answer."""
    config = uvicorn.Config(bare_app(answer, answer, answer), **SETTINGS)
    config.load()
    protocol = HttpToolsProtocol(config, ServerState(), {}, asyncio.get_running_loop())
    protocol.connection_made(Nowhere())  # type: ignore[arg-type]  # as much as it needs
    runs = []
    for _ in range(RUNS):
        begun = time.process_time()
        for _ in range(calls_of(row)):
            protocol.data_received(row.request)
            while not protocol.cycle.response_complete:  # noqa: ASYNC110 -- a turn of the loop
                await asyncio.sleep(0)
        runs.append((time.process_time() - begun) / calls_of(row) * 1e6)
    return sorted(runs)[RUNS // 20]


def calls_of(row: Row) -> int:
    """Say how many calls make a run."""
    return CALLS if len(row.request) < 10_000 else CALLS // 8  # noqa: PLR2004 -- the fixture


async def parts(row: Row) -> dict[str, float]:
    """Measure the whole and the parts of one request."""
    app = create_app(Session(load_profile("openai")))
    protocol = await opened(app)
    measured = partial(microseconds, calls=calls_of(row))
    whole = measured(lambda: protocol.data_received(row.request))
    scope: Any = protocol.cycle.scope
    body, session, now = orjson.dumps(row.payload), app.session, app.session.now
    call = Call(scope["method"], scope["path"], scope["headers"], app.limits.of(body), 1)
    reply, api = app.at_once(scope, body), received(now, call, 2**25).api  # type: ignore[union-attr]  # it is accepted
    given = protocol.cycle.default_headers
    protocol._at_once = lambda _scope, _body: reply  # what is left is the server's share
    return {
        "the whole": whole,
        "the server, with writing": measured(lambda: protocol.data_received(row.request)),
        "writing": measured(lambda: written(reply, given, keep_alive=True)),  # type: ignore[arg-type]  # there is one
        "the app": measured(lambda: app.at_once(scope, body)),
        "answering": measured(lambda: answer(session, call, 2**25)),
        "receiving": measured(lambda: received(now, call, 2**25)),
        "JSON": measured(lambda: orjson.loads(body)),
        "the judge": measured(lambda: now.judge(api, row.payload)),  # type: ignore[arg-type]  # an API
        "the key": measured(lambda: now.gate.denial(call.headers)),
        "the bare app, the whole": await bare(row, reply.chunks[0]),  # type: ignore[union-attr,arg-type]  # one write
    }


async def table() -> None:
    """Measure and print."""
    columns = [(row.name, await parts(row)) for row in rows()]
    click.echo(f"{'µs of the processor':<26}" + "".join(f"{name:>17}" for name, _ in columns))
    for part in columns[0][1]:
        click.echo(f"{part:<26}" + "".join(f"{found[part]:>17.1f}" for _, found in columns))


if __name__ == "__main__":
    gc.freeze()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(table())
