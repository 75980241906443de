"""In what an upstream differs from an earlier profile of it, and which settings are for nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import orjson

from conformance.probe.draft import headers_of
from conformance.probe.needs import joined, needed
from conformance.probe.plan import CAP
from conformance.probe.whole_request import side_request, whole_request
from mock_upstream.judging.judge import Judge, compile_judge
from mock_upstream.profile_format.profile import Profile, ProfileError, load_profile
from mock_upstream.profile_format.profile_file import load_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.matrix import Api
    from conformance.probe.charting import Chart
    from conformance.probe.investigation import Findings
    from conformance.probe.trial import Trial

_INDEX: Final = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that was otherwise: ``settings`` are those that nothing needs any more."""

    kind: Literal["accepts", "refuses", "elsewhere", "answers", "silent"]
    api: Api
    what: str
    said: str = ""
    settings: tuple[str, ...] = ()

    def __str__(self) -> str:
        cure = f": remove {', '.join(self.settings)}" if self.settings else ""
        said = f" ({self.said})" if self.said else ""
        words = {
            "accepts": "now accepts",
            "refuses": "now refuses",
            "elsewhere": "now refuses elsewhere:",
            "answers": "now answers on",
            "silent": "no longer answers on",
        }
        return f"{self.api}: {words[self.kind]} {self.what}{said}{cure}"


def earlier_profile(name: str) -> Profile:
    """Load what to compare with: a report, a profile's file, or a shipped name.

    Raises `ProfileError`, with what was received and expected.
    """
    path = Path(name)
    if path.suffix != ".json":
        return load_profile(name)
    try:
        report = orjson.loads(path.read_bytes())
        return load_text(report["profile"], str(path))
    except OSError as error:
        raise ProfileError(f"{path}: cannot be read ({error.strerror})") from None
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise ProfileError(
            f"{path}: is no report of conformance probe; expected one, or a profile as YAML"
        ) from None


def differences(earlier: Profile, chart: Chart) -> list[Difference]:
    """List in what ``chart`` departs from an earlier profile, each thing once."""
    before, now = compile_judge(earlier), chart.draft.judge()
    found = [*_of_endpoints(before, chart)]
    for one in chart.findings:
        if before.door.check_api(one.api, {}) is not None and not one.foothold.headers:
            continue
        gone = _unneeded(before, chart, one)
        for trial in one.trials:
            found += _of_trial(before, now, trial, gone)
        if gone and not any(each.settings for each in found):
            found.append(Difference("accepts", one.api, "what settings cured", settings=gone))
    return list({(each.kind, each.api, each.what): each for each in reversed(found)}.values())[::-1]


def _of_endpoints(before: Judge, chart: Chart) -> Iterator[Difference]:
    for one in chart.findings:
        stopped = before.door.check_api(one.api, {})
        if stopped is not None and not one.foothold.headers:
            yield Difference("answers", one.api, "this API")
    for api in chart.absent:
        if before.door.check_api(api, {}) is None:
            yield Difference("silent", api, "this API", str(chart.absent[api].answer.status))


def _of_trial(before: Judge, now: Judge, trial: Trial, gone: Sequence[str]) -> Iterator[Difference]:
    verdict = before.check(trial.api, trial.payload, headers_of(trial))
    if trial.outcome == "accepted" and not verdict.accepted:
        path = _wide(verdict.violations[0].path)
        yield Difference("accepts", trial.api, path or trial.shows, settings=_for(path, gone))
    if trial.outcome != "refused":
        return
    newly = now.check(trial.api, trial.payload, headers_of(trial)).violations
    path = _wide(newly[0].path) if newly else _wide(trial.refused.path)
    said = f"{trial.answer.status} {trial.refused.message[:100]}".strip()
    if verdict.accepted:
        yield Difference("refuses", trial.api, path or trial.shows, said)
    elif newly and _apart(verdict.violations[0].path, newly[0].path):
        yield Difference("elsewhere", trial.api, path or trial.shows, said)


def _apart(one: str, other: str) -> bool:
    """Whether two places are apart: an object and a key in it are not."""
    return not (one.startswith(other) or other.startswith(one))


def _unneeded(before: Judge, chart: Chart, found: Findings) -> tuple[str, ...]:
    """Name the settings that the earlier profile asks for, and that the proof did without."""
    journey = next((one for one in chart.journeys if one.api == found.api), None)
    if journey is None or not journey.proved:
        return ()
    model = found.foothold.model
    payloads = [make(found.api, model, CAP) for make in (whole_request, side_request)]
    wanted = needed(before, found.api, payloads, found.foothold.headers)
    then, now = joined(wanted), journey.settings
    return tuple(one for one in _named(then) if one not in set(_named(now)))


def _named(settings: dict[str, Any]) -> Iterator[str]:
    """Yield each setting by its name; those of a list or mapping with their entry."""
    for name, value in settings.items():
        if isinstance(value, list | dict):
            yield from (f"{name}: [{one}]" for one in value)
        else:
            yield name


def _for(path: str, settings: Sequence[str]) -> tuple[str, ...]:
    """Choose the settings that were for a field."""
    from claude_code_proxy.drop_flags import DROP_FLAGS

    flags = {flag.name for flag in DROP_FLAGS if str(flag.path) == path}
    return tuple(one for one in settings if one in flags or f"[{path}]" in one)


def _wide(path: str) -> str:
    return _INDEX.sub("[*]", path)
