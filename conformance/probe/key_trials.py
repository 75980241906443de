"""What an upstream says to no key, to a wrong one, and to a key in another header."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from conformance.probe.asking import TARGETS
from conformance.probe.trial import Trial
from conformance.probe.words import words_of

if TYPE_CHECKING:
    from conformance.probe.asking import Asking
    from conformance.probe.investigation import Investigation

WRONG_KEY: Final = "wrong-key-of-the-probe"
_SCHEMES: Final = ("api-key", "x-api-key")
_SAYS: Final = ("message", "status", "type", "param", "code", "envelope")


@dataclass(frozen=True, slots=True)
class KeyHabits:
    """What came of a request with no key, with a wrong one, and with the key elsewhere."""

    missing: Trial
    wrong: Trial
    elsewhere: dict[str, Trial] = field(default_factory=dict)

    @property
    def section(self) -> dict[str, Any]:
        """The section ``auth`` of a profile, as far as it was seen."""
        if self.missing.outcome == "accepted":
            return {"required": False}
        schemes = ["bearer", *(name for name, one in self.elsewhere.items() if _is_in(one))]
        said = {"missing": _words(self.missing), "invalid": _words(self.wrong)}
        return {"schemes": schemes, **{name: words for name, words in said.items() if words}}


def key_habits(asking: Asking, investigation: Investigation) -> KeyHabits:
    """Ask with no key, with a wrong one, and with the key under other headers' names."""
    foothold = investigation.foothold
    api, payload = investigation.plan.api, foothold.minimal

    def asked(name: str, headers: dict[str, str]) -> Trial:
        answer = asking.bare(TARGETS[api], payload, {**foothold.headers, **headers})
        return Trial(name, api, name, payload, {}, answer)

    missing = asked("no key", {})
    wrong = asked("a wrong key", {"Authorization": f"Bearer {WRONG_KEY}"})
    if missing.outcome == "accepted" or not asking.key:
        return KeyHabits(missing, wrong)
    elsewhere = {name: asked(f"the key in {name}", {name: asking.key}) for name in _SCHEMES}
    return KeyHabits(missing, wrong, elsewhere)


def _is_in(trial: Trial) -> bool:
    return trial.outcome == "accepted"


def _words(trial: Trial) -> dict[str, Any]:
    """Return a refusal's words; none where there are none to write."""
    if trial.outcome == "accepted" or trial.answer.status < 400:  # noqa: PLR2004 -- refusals
        return {}
    words = words_of(trial)
    if not words.get("message"):
        return {}
    words["message"] = words["message"].replace(WRONG_KEY, "{key}")
    return {name: words[name] for name in _SAYS if name in words}
