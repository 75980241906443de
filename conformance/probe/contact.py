"""Whether there is an upstream at all: what the first answers say where none is a good one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from conformance.probe.exits import (
    BROKEN,
    KEY_REFUSED,
    NO_API,
    NOTHING_TAKEN,
    REDIRECTS,
    ProbeError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.probe.trial import Trial
    from mock_upstream.recording.address import Address

_NO_ENDPOINT: Final = (404, 405, 501)
_SERVER: Final = 500
_MOVED: Final = range(300, 400)
_OK: Final = range(200, 300)
_OF_THE_KEY: Final = re.compile(r"(?i)api[ _-]?key|unauthori[sz]ed|authenticat|credential|token is")
_USER: Final = re.compile(r"//[^/]*@")
_SHOWN: Final = 200


def refuse_useless(address: Address, first: Sequence[Trial]) -> None:
    """Raise `ProbeError` unless one of the first requests, one to each API, was taken."""
    if any(trial.outcome == "accepted" for trial in first):
        return
    raise max((_reason(address, trial) for trial in first), key=_weight)


def is_absent(trial: Trial) -> bool:
    """Whether an answer says that there is no such endpoint."""
    return trial.answer.status in _NO_ENDPOINT and not _of_the_model(trial)


def _weight(error: ProbeError) -> int:
    """Rate a reason: that one API is not there says less than anything else does."""
    return 0 if error.code == NO_API else 1


def _reason(address: Address, trial: Trial) -> ProbeError:
    status = trial.answer.status
    if status in _MOVED:
        location = trial.answer.headers.get("location", "").partition("?")[0]
        where = _USER.sub("//", location)[:_SHOWN] or "no place at all"
        said = f"redirects to {where} ({status}); give the URL that it leads to"
        return ProbeError(REDIRECTS, f"{address} {said}")
    said = trial.refused.message[:_SHOWN]
    if status in (401, 403) or (status < _SERVER and _OF_THE_KEY.search(said)):
        return ProbeError(
            KEY_REFUSED,
            f"{address} refuses the key ({status}); is it the right variable, of this upstream?",
        )
    if status >= _SERVER:
        return ProbeError(
            BROKEN, f"{address} answers {status} to the smallest request; come back when it is up"
        )
    if status in _OK:
        return ProbeError(
            NO_API, f"{address} {_other_answer(trial)}; is it the base URL of an API?"
        )
    if is_absent(trial):
        return ProbeError(
            NO_API,
            f"{address} has no such endpoint ({status}); give the base URL as api_base has it, "
            "such as https://host/v1",
        )
    return ProbeError(
        NOTHING_TAKEN, f"{address} refuses the smallest request ({status}): {said or 'no words'}"
    )


def _other_answer(trial: Trial) -> str:
    if "html" in trial.answer.kind:
        return "answers a page in HTML"
    if trial.answer.json() is None:
        return f"answers {trial.answer.kind or 'something'} that is no JSON"
    return "answers JSON that is no response of either API"


def _of_the_model(trial: Trial) -> bool:
    """Whether a 404 is about the model, and not about the endpoint."""
    model = str(trial.payload.get("model", ""))
    said = trial.refused.message
    return bool(model) and (model in said or "model" in said.lower())
