"""What the handler adds to a call, in milliseconds, against LiteLLM's own call in the same run.

`python benchmarks/handler.py [--rounds N] [--json]` calls each of the handler's methods directly,
and by turns with it ``litellm.[a]responses`` (``litellm.[a]completion`` for Chat Completions) with
the arguments, and so the payload, that the handler produces. Both go to one `mock-upstream serve`,
a process of its own. A small request and the 120 KB fixture `first_turn` are sent, as LiteLLM hands
it to a custom handler.

Each round measures both, now one first and now the other; the first rounds warm up and are left
out. The figures are medians over the rounds (100); `added` is the median of the differences, with
its quartiles. Beside the clock stands the processor time of this process, background threads
included, which says more on a busy machine. The aims, by the clock: at most 10 % more for the small
request, at most 5 ms more for `first_turn`. A row that misses its aim is marked, and the command
exits 1. What is added to a stream's events is measured by `handler_streams.py`.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

FIRST_TURN = Path(__file__).parents[1] / "conformance" / "scenarios" / "first-turn.json"
SERVE = ("-m", "mock_upstream", "serve", "--profile", "permissive", "--port", "0", "--quiet")
MODELS = {"responses": "gpt-5.2-high", "chat": "gpt-4.1"}
METHODS = ("completion", "acompletion", "streaming", "astreaming")
SHARE = 0.10
MILLISECONDS = 5.0
WARM_UP = 5

Call = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One request by one method: medians in milliseconds; ``added`` with its quartiles."""

    request: str
    api: str
    method: str
    handler: float
    litellm: float
    added: float
    lower: float
    upper: float
    handler_cpu: float
    litellm_cpu: float
    added_cpu: float

    @property
    def missed(self) -> bool:
        """Whether the row is over its aim."""
        aim = MILLISECONDS if self.request == "first_turn" else SHARE * self.litellm
        return self.added > aim

    def text(self) -> str:
        """One line of the table."""
        share, share_cpu = self.added / self.litellm, self.added_cpu / self.litellm_cpu
        spread = f"{self.lower:+.2f} to {self.upper:+.2f}"
        return (
            f"{self.request:11}{self.api:10}{self.method:12}{self.handler:9.2f}{self.litellm:9.2f}"
            f"{self.added:+8.2f} {share:+6.1%}  {spread:17}{self.litellm_cpu:9.2f}"
            f"{self.added_cpu:+8.2f} {share_cpu:+6.1%}{'  missed' if self.missed else ''}"
        )


@contextmanager
def upstream() -> Iterator[str]:
    """Run the mock; yield its address."""
    command = (sys.executable, *SERVE)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 -- ours
        try:
            yield f"{process.stdout.readline().strip() if process.stdout else ''}/v1"
        finally:
            process.terminate()


def handed_over() -> dict[str, dict[str, Any]]:
    """Return the requests as LiteLLM gives them to a handler: messages and parameters, by name."""
    import litellm
    from litellm.utils import custom_llm_setup

    from conformance.watch import CapturingHandler

    capturing = CapturingHandler()
    litellm.suppress_debug_info = True
    litellm.custom_provider_map = [{"provider": "capturing", "custom_handler": capturing}]
    custom_llm_setup()  # type: ignore[no-untyped-call]  # LiteLLM left it so
    body = json.loads(FIRST_TURN.read_text("utf-8"))["body"]
    body = {key: body[key] for key in body if key not in ("model", "stream")}
    asyncio.run(litellm.anthropic_messages(model="capturing/m", drop_params=True, **body))
    captured = capturing.arguments
    return {
        "small": {"messages": [{"role": "user", "content": "hello"}], "optional_params": {}},
        "first_turn": {key: captured[key] for key in ("messages", "optional_params")},
    }


def ways(method: str, arguments: dict[str, Any], runner: asyncio.Runner) -> tuple[Call, Call]:
    """Return the handler's call and LiteLLM's own, each read to its end."""
    import litellm

    from claude_code_proxy.claude_code_router import claude_code_router
    from claude_code_proxy.handler_call import HandlerCall
    from claude_code_proxy.outbound import build_request

    call = HandlerCall.from_arguments(arguments)
    request = build_request(call, stream=method.endswith("streaming"))
    bare = request.arguments()
    name = "responses" if request.api == "responses" else "completion"
    ours = getattr(claude_code_router, method)
    if method.startswith("a"):
        theirs = getattr(litellm, f"a{name}")
        return (
            lambda: runner.run(read_to_the_end(ours(**arguments))),
            lambda: runner.run(read_to_the_end(theirs(**bare))),
        )
    theirs = getattr(litellm, name)
    if method == "streaming":
        return lambda: list(ours(**arguments)), lambda: list(theirs(**bare))
    return lambda: ours(**arguments), lambda: theirs(**bare)


async def read_to_the_end(reply: Any) -> Any:
    """Await a reply, and read it if it is a stream."""
    reply = reply if isinstance(reply, AsyncIterator) else await reply
    return [chunk async for chunk in reply] if isinstance(reply, AsyncIterator) else reply


def measured(call: Call) -> tuple[float, float]:
    """Return how long a call takes, by the clock and of the processor, in milliseconds."""
    clock, processor = time.perf_counter(), time.process_time()
    call()
    return (time.perf_counter() - clock) * 1e3, (time.process_time() - processor) * 1e3


def compare(request: str, api: str, method: str, calls: tuple[Call, Call], rounds: int) -> Row:
    """Measure both calls round by round."""
    ours, theirs = calls
    pairs = []
    for number in range(WARM_UP + rounds):
        first, second = (ours, theirs) if number % 2 else (theirs, ours)
        one, other = measured(first), measured(second)
        pairs.append((one, other) if number % 2 else (other, one))
    pairs = pairs[WARM_UP:]
    added = [our[0] - their[0] for our, their in pairs]
    lower, middle, upper = statistics.quantiles(added, n=4)
    return Row(
        request,
        api,
        method,
        handler=statistics.median(our[0] for our, _ in pairs),
        litellm=statistics.median(their[0] for _, their in pairs),
        added=middle,
        lower=lower,
        upper=upper,
        handler_cpu=statistics.median(our[1] for our, _ in pairs),
        litellm_cpu=statistics.median(their[1] for _, their in pairs),
        added_cpu=statistics.median(our[1] - their[1] for our, their in pairs),
    )


@click.command()
@click.option("--rounds", type=click.IntRange(4), default=100, help="How often each is measured.")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON.")
def main(rounds: int, *, as_json: bool) -> None:
    """Measure and print."""
    if not as_json:
        click.echo(
            f"{'request':11}{'api':10}{'method':12}{'handler':>9}{'LiteLLM':>9}{'added':>8}"
            f"{'':8}  {'quartiles':17}{'LiteLLM':>9}{'added':>8}  (the last two: processor)"
        )
    rows = []
    with upstream() as url, asyncio.Runner() as runner:
        for request, handed in handed_over().items():
            for api, model in MODELS.items():
                own = {"model": model, "api_base": url, "api_key": "key-of-no-one", **handed}
                for method in METHODS:
                    row = compare(request, api, method, ways(method, own, runner), rounds)
                    rows.append(row)
                    if not as_json:
                        click.echo(row.text())
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], indent=2))
    sys.exit(any(row.missed for row in rows))


if __name__ == "__main__":
    main()
