"""Every shipped profile and every golden request: what is refused, and which settings cure it."""

from collections.abc import Mapping
from importlib.metadata import version

import pytest

from mock_upstream import load_profile
from mock_upstream.profile_format.profile import profile_names
from mock_upstream.verdict import APIS, Api
from tests.claude_code_proxy.golden_requests import golden_requests
from tests.claude_code_proxy.recommended import findings, single_settings
from tests.claude_code_proxy.upstream_page import PAGE, joined, opening, section, sections
from tests.conformance.committed import PINNED_LITELLM

REASONS: Mapping[tuple[str, Api], Mapping[str, str]] = {
    ("strict-gateway", "responses"): {
        "drop_fields: [user]": "some of LiteLLM's versions send Claude Code's user id in it",
    },
}
"""Why a setting is recommended that no golden request needs, by profile and API."""


@pytest.mark.parametrize("name", profile_names())
def test_the_golden_requests_pass_with_the_recommended_settings(
    name: str, pytestconfig: pytest.Config
) -> None:
    """All of them, with each setting needed or explained; the page says what needs what.

    What is needed is told of one LiteLLM: others send no `prompt_cache_key`, or a `user` besides.
    """
    found = tuple(findings(name, golden_requests()))
    refused = [one for one in found if not one.recommended.accepted]
    assert refused == []
    if version("litellm") != PINNED_LITELLM:
        return

    for api in APIS:
        recommended = single_settings(getattr(load_profile(name).settings, api))
        needed = {text for one in found if one.api == api for text in one.needed}
        assert recommended.keys() - needed == REASONS.get((name, api), {}).keys()

    wanted = section(name, found, REASONS)
    if pytestconfig.getoption("--snapshot-update"):
        parts = sections(PAGE.read_text("utf-8")) if PAGE.exists() else {}
        PAGE.write_text(joined({**parts, "": opening(), name: wanted}), "utf-8")
    assert sections(PAGE.read_text("utf-8"))[name].rstrip() == wanted.rstrip()


def test_the_page_has_every_profile_and_nothing_else() -> None:
    parts = sections(PAGE.read_text("utf-8"))
    assert [*parts] == ["", *sorted(profile_names())]
    assert parts[""].rstrip() == opening().rstrip()
