"""The report as one page: it needs no network and no other file, and says most without its script.

The script and the style stand in the page under a policy that lets nothing else run or load.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from conformance.flags import FLAGS
from conformance.matrix import APIS, ENTRIES, METHODS, PLACEMENTS
from conformance.reports.command import UNSAVED
from conformance.reports.failures import broken_claims
from conformance.reports.lines import VERDICTS
from conformance.reports.page_data import PageData
from conformance.reports.tables import (
    accepting,
    axes,
    cases_of,
    refusal_rows,
    scenario_rows,
    score,
    summary,
)
from conformance.reports.visible import visible

if TYPE_CHECKING:
    from conformance.reports.result import Result


def as_page(result: Result, file: str = UNSAVED) -> str:
    """Return ``result``, which ``file`` holds, as an HTML document."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["visible"] = visible
    script, style = _text("page.js"), _text("page.css")
    profiles = dict.fromkeys(cure.profile for cure in result.cures)
    return environment.from_string(_text("page.html.j2")).render(
        result=result,
        summary=summary(result),
        score=score(result),
        axes=axes,
        cases_of=cases_of,
        broken_claims=list(broken_claims(result, file)),
        scenarios=list(scenario_rows(result)),
        refusals=list(refusal_rows(result)),
        accepting=accepting(result),
        filters={
            "scenario": list(result.header.scenarios),
            "api": APIS,
            "entry": ENTRIES,
            "method": METHODS,
            "flag": ["no flag", *(flag.name for flag in FLAGS)],
            "placement": PLACEMENTS,
            "verdict": VERDICTS,
        },
        colours=["verdict", "payload", *(f"answer of {profile}" for profile in profiles)],
        script=Markup(script),  # noqa: S704 -- our own file
        style=Markup(style),  # noqa: S704 -- our own file
        data=Markup(PageData(result).as_json()),  # noqa: S704 -- escaped there
        policy=f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "base-uri 'none'; form-action 'none'",
    )


def _text(name: str) -> str:
    return (files("conformance.reports") / name).read_text("utf-8")


def _hash(text: str) -> str:
    """Return a source expression of a content security policy: just this text."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
