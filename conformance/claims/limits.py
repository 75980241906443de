"""Claims about lengths and numbers that upstreams limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from conformance import asked, said
from conformance.claims.claim import Claim
from conformance.claims.compare import each_payload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.claims.claim import Finding
    from conformance.matrix import Api
    from conformance.records import Records

_LONGEST_CALL_ID: Final[dict[Api, int]] = {"responses": 64, "chat": 40}
_LONGEST_IDENTIFIER: Final = 64
_IDENTIFIERS: Final = ("user", "safety_identifier", "prompt_cache_key")
_MOST_PAIRS: Final = 16
_LONGEST_KEY: Final = 64
_LONGEST_VALUE: Final = 512
_LEAST_TOKENS: Final = 16


def _call_ids(records: Records) -> Iterator[Finding]:
    """No id is too long, and no two calls that were told apart share one."""
    calls = asked.conversation(records.scenario).calls
    distinct = len({call.id for call in calls})

    def look(api: Api, payload: Any) -> tuple[str, str] | None:
        sent = said.conversation(api, payload)
        ids = {call.id for call in sent.calls} | {result.call_id for result in sent.results}
        too_long = sorted(one for one in ids if len(one) > _LONGEST_CALL_ID[api])
        if too_long:
            return f"at most {_LONGEST_CALL_ID[api]} characters", f"{too_long}"
        return None if len(ids) >= distinct else (f"{distinct} ids", f"{sorted(ids)}")

    if calls:
        yield from each_payload(records, look)


def _identifiers(records: Records) -> Iterator[Finding]:
    def look(_: Api, payload: Any) -> tuple[str, str] | None:
        sent = {name: payload[name] for name in _IDENTIFIERS if name in payload}
        wrong = {
            name: value
            for name, value in sent.items()
            if not isinstance(value, str) or len(value) > _LONGEST_IDENTIFIER
        }
        return (f"strings of at most {_LONGEST_IDENTIFIER}", f"{wrong}") if wrong else None

    yield from each_payload(records, look)


def _metadata(records: Records) -> Iterator[Finding]:
    def look(_: Api, payload: Any) -> tuple[str, str] | None:
        sent = payload.get("metadata", {})
        if len(sent) > _MOST_PAIRS:
            return f"at most {_MOST_PAIRS} pairs", f"{len(sent)}"
        wrong = {key: value for key, value in sent.items() if not _fits(key, value)}
        limits = f"keys of {_LONGEST_KEY}, strings of {_LONGEST_VALUE} characters"
        return (limits, f"{wrong}") if wrong else None

    yield from each_payload(records, look, api="responses")


def _fits(key: str, value: object) -> bool:
    return len(key) <= _LONGEST_KEY and isinstance(value, str) and len(value) <= _LONGEST_VALUE


def _tokens(records: Records) -> Iterator[Finding]:
    """The limit is the client's, or the least that is taken; no other."""
    wanted = records.scenario.body.get("max_tokens")
    least = None if wanted is None else max(wanted, _LEAST_TOKENS)

    def look(_: Api, payload: Any) -> tuple[str, str] | None:
        sent = payload.get("max_output_tokens")
        return None if sent == least else (f"max_output_tokens {least}", f"{sent}")

    if least is not None:
        yield from each_payload(records, look, api="responses", plain=True)


LIMIT_CLAIMS = (
    Claim(
        id="call-ids-within-limit",
        level="MUST",
        sentence="The id of a call has at most 64 characters on Responses and 40 on Chat, and ids "
        "that differed still differ.",
        reason="openai-resp-call-id-64 and copilot-tool-call-id-40 (docs/catalogue.md).",
        check=_call_ids,
        needs=("calls",),
    ),
    Claim(
        id="identifiers-within-64",
        level="MUST",
        sentence="`user`, `safety_identifier` and `prompt_cache_key` are strings of at most 64 "
        "characters.",
        reason="OpenAI refuses longer ones; Claude Code's user id is a JSON object of 170 "
        "(theopenco/llmgateway#3110).",
        check=_identifiers,
    ),
    Claim(
        id="metadata-within-limits",
        level="MUST",
        sentence="`metadata` has at most 16 pairs, keys of 64 and strings of 512 characters.",
        reason="openai-metadata-16-properties and openai-metadata-value-512 (docs/catalogue.md).",
        check=_metadata,
        needs=("responses",),
    ),
    Claim(
        id="output-tokens-at-least-16",
        level="MUST",
        sentence="`max_output_tokens` is the client's limit, and never below 16.",
        reason="openai-resp-max-output-tokens-min16 (docs/catalogue.md); Claude Code asks for 1.",
        check=_tokens,
        needs=("responses", "token-limit"),
    ),
)
