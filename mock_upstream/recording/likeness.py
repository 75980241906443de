"""Which shipped profiles would have judged a request as the real upstream did."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mock_upstream.journal import JournalEntry
from mock_upstream.judging.judge import Judge, compile_judge
from mock_upstream.once import Once
from mock_upstream.profile_format.profile import load_profile, profile_names
from mock_upstream.verdict import Api, Payload

UPSTREAM_RULE: Final = "upstream"
"""The rule under which the journal notes what the real upstream refused."""

REFUSING: Final = frozenset({400, 404, 405, 413, 415, 422, 501})
"""Statuses that say something about the request, not about key, account, load or server."""

_ACCEPTING: Final = range(200, 400)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Shipped profiles by how they judge a request: as the upstream did, or otherwise.

    `alike` did the same, refused at the same place; `elsewhere` refused at another place, which is
    told; `otherwise` did the opposite, with the place where that is a refusal. A refusal without a
    place is told by its rule.
    """

    accepted: bool
    alike: tuple[str, ...]
    elsewhere: tuple[tuple[str, str], ...]
    otherwise: tuple[tuple[str, str], ...]


class Profiles:
    """All shipped profiles, compiled when the first request is judged. For one thread."""

    def __init__(self) -> None:
        self._judges = Once(_compiled)

    def likeness(
        self, entry: JournalEntry, api: Api, payload: Payload, headers: Mapping[str, str]
    ) -> Likeness:
        """Judge a request that the upstream accepted or refused by every shipped profile."""
        accepted = entry.verdict.accepted
        place = "" if accepted else entry.verdict.violations[0].path
        alike: list[str] = []
        elsewhere: list[tuple[str, str]] = []
        otherwise: list[tuple[str, str]] = []
        for name, judge in self._judges().items():
            verdict = judge.check(api, payload, headers)
            told = "" if verdict.accepted else verdict.violations[0].path
            shown = told or ("" if verdict.accepted else verdict.violations[0].rule)
            if verdict.accepted is not accepted:
                otherwise.append((name, shown))
            elif accepted or told == place:
                alike.append(name)
            else:
                elsewhere.append((name, shown))
        return Likeness(accepted, tuple(alike), tuple(elsewhere), tuple(otherwise))


def speaks_of_the_request(status: int | None) -> bool:
    """Say whether a status tells what the upstream makes of the request."""
    return status is not None and (status in _ACCEPTING or status in REFUSING)


def told(likeness: Likeness, place: str) -> str:
    """Put a likeness into words, for one line."""
    if likeness.accepted:
        words = f"accepted, as by {_names(likeness.alike)}"
        return words + _more("; differing, refused by", likeness.otherwise)
    if not place:
        words = "refused, at no field that it names"
        words += f"; so by {_names(likeness.alike)}" if likeness.alike else ""
    else:
        words = f"refused at {place}; at the same field by {_names(likeness.alike)}"
    words += _more("; differing, refused elsewhere by", likeness.elsewhere)
    return words + _more("; differing, accepted by", likeness.otherwise)


def _more(words: str, found: tuple[tuple[str, str], ...]) -> str:
    if not found:
        return ""
    return f"{words} " + ", ".join(f"{name} ({at})" if at else name for name, at in found)


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "no shipped profile"


def _compiled() -> dict[str, Judge]:
    return {name: compile_judge(load_profile(name)) for name in profile_names()}
