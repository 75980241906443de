"""What was found, for a person and for a machine."""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from conformance.doctor.asking import counted
from conformance.doctor.checks.effort import arrives
from conformance.doctor.checks.useless import APIS
from conformance.doctor.copies import how_found, module_file
from conformance.doctor.subject import NESTED, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.doctor.config_file import Model
    from conformance.doctor.finding import Finding, Severity
    from conformance.doctor.subject import Mapped, Subject

NOT_A_SETTING: Final = frozenset({"model", "api_base", "base_url", "api_key", NESTED})
CONSUMED: Final = "LiteLLM, not the handler"
_WIDTH: Final = 100
_COLOURS: Final[dict[Severity, str]] = {"error": "red", "warning": "yellow", "note": "blue"}


@dataclass(frozen=True, slots=True)
class Report:
    """An examination that is over.

    ``not_run`` says why there was no trial, empty where there was; ``failed`` that there should
    have been.
    """

    subject: Subject
    findings: tuple[Finding, ...]
    not_run: str = ""
    failed: bool = False

    @property
    def is_healthy(self) -> bool:
        """Whether nothing has to be done."""
        return not any(finding.is_fault for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return all of it as JSON's objects."""
        subject = self.subject
        return {
            "config": str(subject.config.path),
            "healthy": self.is_healthy,
            "litellm": subject.trial.litellm if subject.trial else None,
            "not_run": self.not_run or None,
            "handlers": [_handler_json(subject, mapped) for mapped in subject.handlers],
            "models": [_model_json(subject, model) for model in subject.custom],
            "findings": [asdict(finding) for finding in self.findings],
        }

    def lines(self) -> Iterator[str]:
        """Yield the lines that a person reads."""
        subject = self.subject
        every, through = len(subject.config.models), len(subject.custom)
        models = counted(every, "model")
        yield f"{subject.config.main.name}: {models}, {through} of them through a handler"
        if self.not_run:
            yield f"not run in LiteLLM: {self.not_run}"
        for mapped in subject.handlers:
            yield from _handler_lines(subject, mapped)
        for model in subject.custom:
            yield from _model_lines(subject, model)
        for finding in self.findings:
            yield ""
            yield _heading(finding)
            yield _wrapped(finding.message)
        yield ""
        yield self._ending()

    def _ending(self) -> str:
        counts = Counter(finding.severity for finding in self.findings)
        severities: tuple[Severity, ...] = ("error", "warning", "note")
        told = [counted(counts[severity], severity) for severity in severities if counts[severity]]
        state = "healthy" if self.is_healthy else "faults found"
        return f"{', '.join(told) or 'nothing found'}: {state}"


def placements(subject: Subject, model: Model) -> dict[str, list[str]]:
    """Return the settings of ``model`` by where they reached the handler, or who kept them."""
    asked = subject.asked(model)
    if asked is None or asked.placements is None:
        return {}
    by_place: dict[str, list[str]] = {}
    for place, name, _ in settings_of(model):
        if name not in NOT_A_SETTING:
            wanted = None if place == (NESTED,) else f"optional_params.{NESTED}"
            by_place.setdefault(_placement(asked.placements, name, wanted), []).append(name)
    return by_place


def _placement(seen: Any, name: str, wanted: str | None) -> str:
    """Return where ``name`` stood: a nested one counts where it was nested."""
    found = [place for place, names in seen.items() if name in names]
    if wanted is not None:
        return wanted if wanted in found else CONSUMED
    kept = [place for place in found if not place.endswith(f".{NESTED}")]
    own = [place for place in kept if place != NESTED] or kept
    return own[0] if own else CONSUMED


def _handler_json(subject: Subject, mapped: Mapped) -> dict[str, Any]:
    loaded = subject.trial.handlers.get(mapped.reference) if subject.trial else None
    return {
        "provider": mapped.provider,
        "custom_handler": mapped.reference,
        "loads": None if loaded is None else not loaded.causes,
        "file": (loaded.file or None) if loaded else None,
        "imports": dict(loaded.parts or {}) if loaded else {},
        "causes": list(loaded.causes) if loaded else [],
    }


def _model_json(subject: Subject, model: Model) -> dict[str, Any]:
    asked = subject.asked(model)
    return {
        "model_name": model.name,
        "file": model.part.name,
        "line": model.line(),
        "model": model.target,
        "api": subject.api(model),
        "effort_arrives": arrives(subject, model),
        "asked": asked is not None,
        "refusal": (asked.refusal or None) if asked else None,
        "settings": placements(subject, model),
    }


def _handler_lines(subject: Subject, mapped: Mapped) -> Iterator[str]:
    yield ""
    yield f"handler {mapped.reference}, for {mapped.provider}/…"
    loaded = subject.trial.handlers.get(mapped.reference) if subject.trial else None
    if loaded is None:
        return
    version = subject.trial.litellm if subject.trial else ""
    if loaded.causes:
        yield f"  LiteLLM {version} cannot load it"
        return
    root = Path(loaded.file).parents[len(module_file(mapped.reference).parts) - 1]
    yield f"  LiteLLM {version} loads the one {how_found(subject, root)}"


def _model_lines(subject: Subject, model: Model) -> Iterator[str]:
    api = subject.api(model)
    through = {True: "arrives", False: "does not arrive", None: "unknown"}[arrives(subject, model)]
    yield ""
    yield f"model {_shown(model.name)} ({_place(model.part.name, model.line())}): {model.target}"
    yield f"  upstream API: {APIS[api] if api else 'unknown'}; Claude Code's effort {through}"
    for place, names in placements(subject, model).items():
        yield _wrapped(f"{place}: {', '.join(names)}")


def _heading(finding: Finding) -> str:
    severity = click.style(finding.severity, fg=_COLOURS[finding.severity], bold=True)
    model = f", model {_shown(finding.model)}" if finding.model else ""
    return f"{severity} {finding.id} at {_place(finding.file, finding.line)}{model}"


def _place(file: str, line: int) -> str:
    return f"{file}:{line}"


def _wrapped(text: str) -> str:
    """Return ``text`` in lines that can be read; a path or a name is never broken."""
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent="  ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _shown(name: str) -> str:
    return name if name.isprintable() else repr(name)
