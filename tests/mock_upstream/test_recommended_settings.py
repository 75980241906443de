"""The handler's requests for Claude Code, with the settings that each profile recommends.

The payloads are those of the conformance ledger. What a setting does to them is applied here by the
field path, or by the adaptation of that name; that the handler does the same is the business of
tests/claude_code_proxy/test_profiles.py.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from claude_code_proxy.adaptations import adapted
from claude_code_proxy.drop_flags import DROP_FLAGS
from common.field_path import FieldPath
from mock_upstream import load_profile
from mock_upstream.judging.judge import compile_judge
from mock_upstream.profile_format.profile import profile_names
from mock_upstream.verdict import APIS, Api

LEDGER = Path(__file__).parents[1] / "conformance" / "ledger"
OF_CLAUDE_CODE = ("plain-turn", "first-turn", "tool-results-with-image", "thinking-history")


def _payloads(api: Api) -> Iterator[dict[str, Any]]:
    for scenario in OF_CLAUDE_CODE:
        yield orjson.loads((LEDGER / scenario / f"{api}.json").read_bytes())


def _with(payload: dict[str, Any], api: Api, settings: Mapping[str, Any]) -> dict[str, Any]:
    changed = adapted(dict(payload), api, [name for name in settings if settings[name] is True])
    if "store" in settings:
        changed["store"] = settings["store"]
    changed |= settings.get("extra_body", {})
    paths = [flag.path for flag in DROP_FLAGS if settings.get(flag.name) and flag.api == api]
    for path in [*paths, *settings.get("drop_fields", [])]:
        changed = FieldPath.parse(str(path)).remove(changed)
    return changed


@pytest.mark.parametrize("name", profile_names())
def test_what_claude_code_sends_passes_with_the_recommended_settings(name: str) -> None:
    """On both APIs, with the headers that the settings ask for."""
    profile = load_profile(name)
    judge = compile_judge(profile)
    refused = set()
    for api in APIS:
        settings: dict[str, Any] = getattr(profile.settings, api)
        headers = {key.lower(): text for key, text in settings.get("extra_headers", {}).items()}
        for payload in _payloads(api):
            verdict = judge.check(api, _with(payload, api, settings), headers)
            refused |= {violation.rule for violation in verdict.violations}
    assert refused == set()
