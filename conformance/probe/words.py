"""An upstream's words for a refusal, as a profile has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from conformance.probe.trial import error_in_stream
from mock_upstream.recording.blame import has, value_at
from mock_upstream.recording.rule_draft import worded
from mock_upstream.wordings.envelope import ENVELOPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from common.field_path import Location
    from conformance.probe.trial import Trial
    from conformance.profile_reading import Rule

Words = dict[str, Any]

_ID: Final = re.compile(r"probe000\d")
_COLUMN: Final = re.compile(r"column \d+")
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


def open_words(
    rule: Rule, trial: Trial, place: Location | None, holds: Callable[[Rule], bool]
) -> Rule:
    """Return ``rule`` with placeholders in its words, as far as ``holds`` says of it, still.

    A value, an index or a column that the upstream repeats is another one in another request.
    """
    for said, placeholder in _repeated(trial, place):
        changed = {**rule, "error": _changed(rule["error"], said, placeholder)}
        if changed != rule and holds(changed):
            rule = changed
    return rule


def _repeated(trial: Trial, place: Location | None) -> Iterator[tuple[str, str]]:
    """Yield what words may repeat of a request, with the placeholder for it."""
    if place:
        value = value_at(trial.payload, place) if has(trial.payload, place) else None
        if isinstance(value, str | int | float) and len(str(value)) > 1:
            yield str(value), "{value}"
        if len(place) > 1 and isinstance(place[1], int):
            yield f"{place[0]}[{place[1]}]", f"{place[0]}[{{index}}]"
            yield f"{place[0]}.{place[1]}", f"{place[0]}.{{index}}"
            yield f"index {place[1]}", "index {index}"
    for call in sorted(set(_ID.findall(trial.refused.message))):
        yield call, "{id}"
    column = _COLUMN.search(trial.refused.message)
    if column:
        yield column[0], "column {column}"
    model = trial.payload.get("model")
    if isinstance(model, str):
        yield model, "{model}"


def _changed(words: Any, said: str, placeholder: str) -> Any:
    """Put a placeholder for a text, wherever it stands as a whole."""
    if isinstance(words, str):
        return re.sub(rf"(?<![\w{{]){re.escape(said)}(?![\w}}])", lambda _: placeholder, words)
    if isinstance(words, dict):
        return {key: _changed(inner, said, placeholder) for key, inner in words.items()}
    return [_changed(one, said, placeholder) for one in words] if isinstance(words, list) else words


def named(words: Words, name: str, path: str) -> Words:
    """Return ``words`` with placeholders where they say a key that nobody else has."""

    def changed(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace(path, "{path}").replace(name, "{name}")
        if isinstance(value, dict):
            return {key: changed(inner) for key, inner in value.items()}
        return [changed(inner) for inner in value] if isinstance(value, list) else value

    return {key: changed(value) for key, value in words.items()}
