"""One small request of Claude Code's kind, and what is seen of it on either side of the proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import httpx
import orjson

from conformance.doctor.trial_config import key_of, name_of
from conformance.environment import KEY_OF_THE_CLIENT

if TYPE_CHECKING:
    from claude_code_proxy.routing import UpstreamApi
    from conformance.doctor.config_file import Model
    from mock_upstream import JournalEntry, Session

EFFORT: Final = "low"
"""What the thinking budget of the request is worth; a model that is set to it is asked for more."""

OTHER_EFFORT: Final = "high"
_BUDGETS: Final = {EFFORT: 1024, OTHER_EFFORT: 4096}
_OK: Final = 200
_LONGEST: Final = 600
_HEADERS: Final = {
    "user-agent": "claude-cli/2.1.197 (external, cli)",
    "anthropic-version": "2023-06-01",
    "x-api-key": KEY_OF_THE_CLIENT,
}


def effort_asked(model: Model) -> str:
    """Return the effort that ``model`` is asked for: another one than it is set to."""
    set_to = f"{model.params.get('reasoning')}{model.params.get('reasoning_effort')}{model.target}"
    return OTHER_EFFORT if EFFORT in set_to else EFFORT


def ask(client: httpx.Client, model: Model, session: Session) -> dict[str, Any]:
    """Ask for ``model``; return what of `Asked` was seen outside the handler."""
    try:
        answer = client.post("/v1/messages", json=_request(model), headers=_HEADERS)
        refusal = "" if answer.status_code == _OK else _words(answer)
    except httpx.TransportError as error:
        refusal = f"no answer: {type(error).__name__}"
    entries = session.journal.entries
    if not entries:
        return {"refusal": refusal}
    entry = entries[-1]
    api = _api(entry)
    return {
        "api": api,
        "payload": _json(entry),
        "own_key": _is_own_key(entry, model, session),
        "refusal": "" if api == "anthropic" else refusal,  # the mock does not speak its language
    }


def _request(model: Model) -> dict[str, Any]:
    thought = {"type": "thinking", "thinking": "A thought.", "signature": "none of yours"}
    said = {"type": "text", "text": "Good day."}
    return {
        "model": name_of(model),
        "max_tokens": 8192,
        "thinking": {"type": "enabled", "budget_tokens": _BUDGETS[effort_asked(model)]},
        "metadata": {"user_id": "doctor"},
        "tools": [{"name": "Look", "description": "Looks.", "input_schema": {"type": "object"}}],
        "messages": [
            {"role": "user", "content": "Good day."},
            {"role": "assistant", "content": [thought, said]},
            {"role": "user", "content": "How do you do?"},
        ],
    }


def _api(entry: JournalEntry) -> UpstreamApi | None:
    return entry.api or ("anthropic" if entry.path.endswith("/messages") else None)


def _json(entry: JournalEntry) -> dict[str, Any] | None:
    try:
        payload = orjson.loads(entry.body)
    except orjson.JSONDecodeError:
        return None
    return payload if isinstance(payload, dict) else None


def _is_own_key(entry: JournalEntry, model: Model, session: Session) -> bool:
    credential = entry.credential
    return credential is not None and credential.fingerprint == session.journal.fingerprint(
        key_of(model)
    )


def _words(answer: httpx.Response) -> str:
    """Return what an error says, in one line."""
    try:
        message = answer.json()["error"]["message"]
    except (ValueError, KeyError, TypeError):
        message = answer.text
    return f"{answer.status_code}: {' '.join(str(message).split())[:_LONGEST]}"


def counted(number: int, what: str) -> str:
    """Return ``number`` things in words that agree."""
    return f"{number} {what}{'' if number == 1 else 's'}"
