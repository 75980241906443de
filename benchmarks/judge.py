"""How long the judge takes for a parsed request, in microseconds.

`python benchmarks/judge.py [SECONDS [PROFILE…]]` measures each row for SECONDS (0.5) and prints the
best and the median of its rounds. The aims: 40 µs for a small request, 300 µs for the 120 KB
fixtures, both with the `openai` profile, after JSON parsing; a profile without rules for the
request costs next to nothing. A row whose best round misses its aim is marked, and the command
exits 1. Before the rows stands what compiling the closed schema takes, once a process.
The fixtures are put into the shapes of the upstream APIs here, plainly, so that the benchmark
needs neither LiteLLM nor the handler; none of the requests is refused, so each is walked whole.
"""

import math
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from mock_upstream.judging.judge import compile_judge
from mock_upstream.profile_format.profile import load_profile
from mock_upstream.schema.checker import compile_schema
from mock_upstream.verdict import APIS, Api

FIXTURES = Path(__file__).parents[1] / "conformance" / "scenarios"
RECORDED = ("first-turn", "tool-error", "tool-results-with-image")
ROUNDS = 20

SMALL: dict[Api, dict[str, Any]] = {
    "responses": {
        "model": "gpt-5.2-high",
        "instructions": "Be brief.",
        "input": [{"role": "user", "content": [{"type": "input_text", "text": "hi"}]}],
        "metadata": {"trace_name": "claude-code"},
        "max_output_tokens": 100,
        "stream": True,
    },
    "chat": {
        "model": "gpt-4.1",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "hi"}]},
        ],
        "max_tokens": 100,
        "stream": True,
        "stream_options": {"include_usage": True},
    },
}


def responses_request(fixture: dict[str, Any]) -> dict[str, Any]:
    """Put a Claude Code request into the shape of the Responses API."""
    tools = [
        {
            "type": "function",
            "name": tool["name"],
            "description": tool.get("description", ""),
            "parameters": tool["input_schema"],
            "strict": False,
        }
        for tool in fixture["tools"]
    ]
    items = [{"role": "system", "content": _parts(fixture["system"], "input_text")}]
    for message in fixture["messages"]:
        items += _items(message)
    return {
        "model": "gpt-5.2-high",
        "input": items,
        "tools": tools,
        "max_output_tokens": fixture["max_tokens"],
        "metadata": {"trace_name": "claude-code"},
        "stream": True,
    }


def chat_request(fixture: dict[str, Any]) -> dict[str, Any]:
    """Put a Claude Code request into the shape of Chat Completions."""
    tools = [
        {
            "type": "function",
            "function": {
                "name": tool["name"],
                "description": tool.get("description", ""),
                "parameters": tool["input_schema"],
            },
        }
        for tool in fixture["tools"]
    ]
    messages = [{"role": "system", "content": _parts(fixture["system"], "text")}]
    messages += [
        {"role": message["role"], "content": _parts(message["content"], "text")}
        for message in fixture["messages"]
    ]
    return {"model": "gpt-4.1", "messages": messages, "tools": tools, "stream": True}


def _items(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Turn one message into its text, its calls and its results."""
    kind = "output_text" if message["role"] == "assistant" else "input_text"
    texts = _parts(message["content"], kind)
    items: list[dict[str, Any]] = [{"role": message["role"], "content": texts}] if texts else []
    for part in message["content"]:
        if part["type"] == "tool_use":
            call = {"call_id": part["id"], "name": part["name"], "arguments": "{}"}
            items.append({"type": "function_call", **call})
        elif part["type"] == "tool_result":
            output = orjson.dumps(part["content"]).decode()
            result = {"call_id": part["tool_use_id"], "output": output}
            items.append({"type": "function_call_output", **result})
    return items


def _parts(content: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [{"type": kind, "text": part["text"]} for part in content if part["type"] == "text"]


def microseconds(call: Callable[[], object], seconds: float) -> tuple[float, float]:
    """Measure a call in rounds of equal length; return the best and the median round."""
    begun = time.perf_counter()
    call()
    per_round = max(1, round(seconds / ROUNDS / (time.perf_counter() - begun)))
    rounds = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for _ in range(per_round):
            call()
        rounds.append((time.perf_counter() - begun) / per_round * 1e6)
    return min(rounds), statistics.median(rounds)


def main(seconds: float, profiles: Sequence[str]) -> int:
    """Print the table; return the exit code."""
    begun = time.perf_counter()
    for api in APIS:
        compile_schema(api)
    print(f"compiling the schema: {(time.perf_counter() - begun) * 1e3:.1f} ms")  # noqa: T201 -- a table for the terminal
    payloads: list[tuple[str, Api, dict[str, Any]]] = [
        ("small", "responses", SMALL["responses"]),
        ("small", "chat", SMALL["chat"]),
    ]
    for path in (FIXTURES / f"{name}.json" for name in RECORDED):
        body = orjson.loads(path.read_bytes())["body"]
        payloads.append((path.stem, "responses", responses_request(body)))
        payloads.append((path.stem, "chat", chat_request(body)))
    print(f"{'request':26}{'api':11}{'bytes':>8}  {'profile':18}{'best µs':>9}{'median µs':>11}")  # noqa: T201 -- a table for the terminal
    missed = 0
    for name, api, payload in payloads:
        for profile in profiles:
            judge = compile_judge(load_profile(profile))
            if not judge.check(api, payload).accepted and profile == "openai":
                raise ValueError(f"{name}: refused: {judge.check(api, payload).violations[0]}")
            best, median = microseconds(lambda j=judge, a=api, p=payload: j.check(a, p), seconds)  # type: ignore[misc]  # bound for this row
            size = len(orjson.dumps(payload))
            aim = (40 if name == "small" else 300) if profile == "openai" else math.inf
            missed += best > aim
            mark = f"  over {aim}" if best > aim else ""
            row = f"{name:26}{api:11}{size:8}  {profile:18}{best:9.2f}{median:11.2f}{mark}"
            print(row)  # noqa: T201 -- a table for the terminal
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(
        main(
            float(sys.argv[1]) if len(sys.argv) > 1 else 0.5,
            sys.argv[2:] or ("openai", "gateway", "permissive"),
        )
    )
