"""An upstream's words for a refusal, as a profile has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from conformance.probe.trial import error_in_stream
from mock_upstream.recording.rule_draft import worded
from mock_upstream.wordings.envelope import ENVELOPES

if TYPE_CHECKING:
    from common.field_path import Location
    from conformance.probe.trial import Trial

Words = dict[str, Any]

_JSON: Final = "application/json"


def words_of(trial: Trial, place: Location | None = None) -> Words:
    """Return what a rule has under ``error``: status, message and all that the envelope shows.

    ``place`` becomes a placeholder where the words repeat it. Of a body that no envelope writes the
    status alone is kept.
    """
    streamed = error_in_stream(trial.answer) is not None
    kind = _JSON if streamed else trial.answer.headers.get("content-type", "")
    status: Words = {"status": trial.answer.status}
    found = worded(trial.refused, kind, place)
    if found is None:
        return status
    if streamed:
        envelope = found["envelope"]
        body = ENVELOPES[envelope].body if isinstance(envelope, str) else envelope["body"]
        return {**found, "envelope": {"body": body, "event": "error"}, "status": 400}
    return {**status, **found}


def named(words: Words, name: str, path: str) -> Words:
    """Return ``words`` with placeholders where they say a key that nobody else has."""

    def changed(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace(path, "{path}").replace(name, "{name}")
        if isinstance(value, dict):
            return {key: changed(inner) for key, inner in value.items()}
        return [changed(inner) for inner in value] if isinstance(value, list) else value

    return {key: changed(value) for key, value in words.items()}
