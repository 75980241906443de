"""The page `docs/upstreams.md`: which golden request needs which settings at which upstream."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import orjson
import yaml

from claude_code_proxy.adaptations import ADAPTATIONS
from mock_upstream import load_profile
from mock_upstream.verdict import APIS, Api
from tests.claude_code_proxy.recommended import Answer, Circumstance, Finding

PAGE: Final = Path(__file__).parents[2] / "docs" / "upstreams.md"
API_NAMES: Final[Mapping[Api, str]] = {"responses": "Responses", "chat": "Chat Completions"}

OPENING: Final = """\
# Upstreams: which settings they need

What Claude Code's requests meet at each upstream that has a profile, and the model settings that
cure it. Every line is a result: `tests/claude_code_proxy/test_profiles.py` sends each request
through LiteLLM's `/v1/messages` and the handler to a mock of the profile, streaming, without and
with the settings, and with ever fewer of them, to find those that it needs.

The settings go into a model's `litellm_params` (or, with the same effect, where `docs/settings.md`
says). What a request met is named by the profile's rules: `mock_upstream/profiles/NAME.yaml` has
the words and the source of each. "accepted" means that no rule of the profile speaks against the
request, and no more: a profile holds what was seen.

The requests: `plain-turn`, `first-turn` (24 tools), `tool-results-with-image` and
`tool-error` (thinking, parallel calls, an image), `thinking-history`; `late-system` (a
system turn in mid-conversation), `side-request` (a temperature, no tools), `silent-calls` (calls
without text or readable thinking, then a result and a reminder), `web-search` (Anthropic's hosted
tool, which Claude Code's WebSearch brings).

To write this page anew: `pytest tests/claude_code_proxy/test_profiles.py --snapshot-update`.
"""


def opening() -> str:
    """Return what stands before the upstreams: how to read the page, and what the settings do."""
    rows = [f"| `{row.name}` | {row.why} |" for row in ADAPTATIONS]
    table = "\n".join(["| adaptation | why |", "| --- | --- |", *rows])
    return f"{OPENING}\n{table}\n"


def section(
    name: str, findings: Iterable[Finding], reasons: Mapping[tuple[str, Api], Mapping[str, str]]
) -> str:
    """Return the part of the page on the profile ``name``.

    ``reasons`` has, by profile and API, why settings are recommended that no request needs.
    """
    profile = load_profile(name)
    lines = [f"## {name}", "", " ".join(profile.about.split()), ""]
    found = tuple(findings)
    for api in APIS:
        of_api = [finding for finding in found if finding.api == api]
        if of_api:
            settings: Mapping[str, Any] = getattr(profile.settings, api)
            lines += _part(api, of_api, settings, reasons.get((name, api), {}))
    return "\n".join(lines)


def sections(page: str) -> dict[str, str]:
    """Split ``page`` into its sections, by name; what stands before the first has the name ''."""
    before, *rest = page.split("\n## ")
    return {"": before} | {text.split("\n")[0]: f"## {text.rstrip()}\n" for text in rest}


def joined(parts: Mapping[str, str]) -> str:
    """Put the ``parts`` of `sections` together again, in the alphabet's order."""
    return "\n".join(parts[name].rstrip() + "\n" for name in sorted(parts))


def _part(
    api: Api, findings: list[Finding], settings: Mapping[str, Any], reasons: Mapping[str, str]
) -> list[str]:
    lines = [f"**{API_NAMES[api]}**", ""]
    if settings:
        text = yaml.safe_dump(dict(settings), sort_keys=False, width=100).rstrip()
        lines += ["```yaml", text, "```", ""]
    lines += ["| model | requests | without settings | needs |", "| --- | --- | --- | --- |"]
    alike: dict[tuple[str, ...], list[str]] = {}
    for circumstance in dict.fromkeys(_asked(one.circumstance, api) for one in findings):
        of_it = [one for one in findings if _asked(one.circumstance, api) == circumstance]
        alike.setdefault(_rows(of_it), []).append(circumstance)
    for rows, models in alike.items():
        lines += [f"| {', '.join(models)} | {row} |" for row in rows]
    lines += ["", *(f"- `{text}`: {why}" for text, why in reasons.items())]
    return [*lines, ""] if reasons else lines


def _rows(findings: list[Finding]) -> tuple[str, ...]:
    """Return a row for the requests that are answered alike, without its first cell."""
    rows: dict[tuple[str, str], list[str]] = {}
    for one in findings:
        needs = ", ".join(f"`{text}`" for text in one.needed)
        rows.setdefault((_told(one.without), needs), []).append(one.request)
    return tuple(
        f"{', '.join(requests) if len(rows) > 1 else 'all'} | {told} | {needs}"
        for (told, needs), requests in rows.items()
    )


def _asked(circumstance: Circumstance, api: Api) -> str:
    asks = circumstance.asks.get(api, {}).get("extra_body")
    return f"`{circumstance.model}`" + (f" with `{orjson.dumps(asks).decode()}`" if asks else "")


def _told(answer: Answer) -> str:
    if answer.accepted:
        return "accepted"
    return f"{answer.status}: {', '.join(f'`{rule}`' for rule in answer.rules)}"
