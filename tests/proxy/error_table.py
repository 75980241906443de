"""What a client of the proxy gets of an upstream's refusal, as the table in ``docs/errors.md``."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import httpx
import orjson

from mock_upstream import JournalEntry, RawReply, Session

STATUSES: Final = (400, 401, 403, 404, 413, 422, 429, 500, 503)
TIMEOUT: Final = "timeout"
REFUSALS: Final = (*map(str, STATUSES), TIMEOUT)
PROMPT: Final = "a prompt that is nobody's business"
ENTRIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "/v1/messages": {"max_tokens": 64, "messages": [{"role": "user", "content": PROMPT}]},
    "/v1/chat/completions": {"messages": [{"role": "user", "content": PROMPT}]},
    "/v1/responses": {"input": PROMPT},
}
WORDS: Final = "The upstream says no."
PARAM: Final = "tools"
CODE: Final = "a_code_of_its_own"
RETRY_AFTER: Final = "1"
SECONDS: Final = 0.5
"""How long the proxy waits for the upstream that does not answer."""

AT_ONCE: Final = 8
HEAD: Final = (
    "| upstream | entry | form | status | type | message | param | code | Retry-After "
    "| requests |\n"
    "|---|---|---|---|---|---|---|---|---|--:|\n"
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request: what the upstream does, where the client asks, whether it wants a stream."""

    refusal: str
    entry: str
    stream: bool

    @property
    def model(self) -> str:
        """The model of this attempt alone: LiteLLM lets a model rest after a 401."""
        entry = self.entry.rsplit("/", 1)[-1]
        return f"gpt-5-{entry}-{'stream' if self.stream else 'whole'}-{self.refusal}"

    def row(self, told: "Told", requests: int) -> str:
        """The table's row for what came of it."""
        cells = (self.refusal, f"`{self.entry}`", "streaming" if self.stream else "whole")
        return f"| {' | '.join((*cells, *told.cells()))} | {requests} |"


@dataclass(frozen=True, slots=True)
class Told:
    """The error as the client can read it."""

    status: int
    event: str
    error: Mapping[str, Any]
    retry_after: str | None

    @classmethod
    def by(cls, response: httpx.Response) -> "Told":
        """Read an answer: the error is its body, or an event of the stream that it is."""
        event, body = _last_event(response.text)
        error = body.get("error") or body.get("response", {}).get("error") or body
        return cls(response.status_code, event, error, response.headers.get("retry-after"))

    def cells(self) -> tuple[str, ...]:
        """The table's cells; "no" where nothing survives."""
        message, kind = str(self.error.get("message")), self.error.get("type")
        return (
            f"{self.status}, then {self.event}" if self.event else str(self.status),
            "no" if kind in (None, "None") else f"`{kind}`",
            "yes" if WORDS in message else _timed_out(message),
            self._kept("param", PARAM, message),
            self._kept("code", CODE, message),
            self._retry_after(message),
        )

    def _retry_after(self, message: str) -> str:
        if self.retry_after == RETRY_AFTER:
            return "header"
        return "in the message" if f"retry-after: {RETRY_AFTER}" in message else "no"

    def _kept(self, name: str, value: str, message: str) -> str:
        field = self.error.get(name)
        if field == value:
            return "field"
        told = "in the message" if f"{name}: {value}" in message else "no"
        return told if field is None else f"{told}; the field says `{field}`"


def models(url: str, silent_url: str) -> list[dict[str, Any]]:
    """The models to configure: one for each attempt, of one upstream or of a silent one."""
    return [
        {
            "model_name": attempt.model,
            "litellm_params": {
                "model": f"claude_code_router/{attempt.model}",
                "api_base": f"{silent_url if attempt.refusal == TIMEOUT else url}/v1",
                "api_key": "os.environ/CUSTOM_OPENAI_API_KEY",
                "timeout": SECONDS if attempt.refusal == TIMEOUT else 60,
            },
        }
        for attempt in attempts()
    ]


def attempts() -> Iterator[Attempt]:
    """Every combination, in the table's order."""
    for refusal, entry, stream in product(REFUSALS, ENTRIES, (False, True)):
        yield Attempt(refusal, entry, stream)


def say_nothing(silent: Session) -> None:
    """Make the upstream that does not answer ready for every attempt and its retries."""
    for _ in attempts():
        silent.reply_with(RawReply(chunks=(60.0, b"late")))


def ask(url: str, key: str) -> dict[Attempt, Told]:
    """Make every attempt; several at once, as most of the time is LiteLLM's waiting to retry."""
    with ThreadPoolExecutor(AT_ONCE) as pool, httpx.Client(base_url=url, timeout=60) as client:

        def told(attempt: Attempt) -> Told:
            body = {**ENTRIES[attempt.entry], "model": attempt.model, "stream": attempt.stream}
            headers = {"authorization": f"Bearer {key}"}
            return Told.by(client.post(attempt.entry, json=body, headers=headers))

        every = list(attempts())
        return dict(zip(every, pool.map(told, every), strict=True))


def requests(model: str, journal: tuple[JournalEntry, ...]) -> int:
    """How many requests for a model the upstream got."""
    return sum(entry.json()["model"] == model for entry in journal)


def _timed_out(message: str) -> str:
    return "of the timeout" if "did not answer in time" in message else "no"


def _last_event(text: str) -> tuple[str, dict[str, Any]]:
    """The kind and the data of a stream's error; no kind where the text is no stream."""
    if text.startswith("{"):
        return "", orjson.loads(text)
    for block in reversed(text.split("\n\n")):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        data = fields.get("data", "")
        if data.startswith("{") and "error" in data:
            return (f"event `{fields['event']}`" if "event" in fields else "a chunk"), orjson.loads(
                data
            )
    return "no error", {}
