"""The handler's settings with which Claude Code's request meets no rule of a drawn profile."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from claude_code_proxy.adaptations import ADAPTATIONS
from claude_code_proxy.drop_fields import is_needed
from claude_code_proxy.drop_flags import DROP_FLAGS
from claude_code_proxy.keep_fields import KEPT_FIELDS
from common.field_path import FieldPath, FieldPathError
from conformance.probe.whole_request import as_set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from conformance.matrix import Api
    from conformance.probe.experiment import Payload
    from mock_upstream.judging.judge import Judge
    from mock_upstream.verdict import Violation

Setting = tuple[str, Any]
"""A setting's name and value; a list or mapping of one entry is joined with others."""

_REQUIRED: Final[Mapping[str, Any]] = {
    "store": False,
    "instructions": "You are a coding agent.",
}
_MOST_ROUNDS: Final = 20
_INDEX: Final = re.compile(r"\[\d+\]")


def joined(settings: Sequence[Setting]) -> dict[str, Any]:
    """Put settings together, as a model's ``litellm_params`` have them."""
    whole: dict[str, Any] = {}
    for name, value in settings:
        if isinstance(value, list):
            whole[name] = [*whole.get(name, ()), *value]
        elif isinstance(value, dict):
            whole[name] = {**whole.get(name, {}), **value}
        else:
            whole[name] = value
    return whole


def needed(
    judge: Judge, api: Api, payloads: Sequence[Payload], headers: Mapping[str, str]
) -> list[Setting]:
    """Find the fewest settings with which ``judge`` takes all ``payloads``, or the most of them."""
    given = {name.lower(): value for name, value in headers.items()}

    def met(settings: Sequence[Setting]) -> list[Violation]:
        made = (as_set(one, api, joined(settings)) for one in payloads)
        return [violation for one in made for violation in judge.check(api, one, given).violations]

    chosen: list[Setting] = []
    for _ in range(_MOST_ROUNDS):
        better = next((one for one in _better(met(chosen), api, chosen, met)), None)
        if better is None:
            break
        chosen.append(better)
    for one in list(reversed(chosen)):
        rest = [other for other in chosen if other is not one]
        if one[0] != "keep_fields" and len(met(rest)) <= len(met(chosen)):
            chosen = rest
    return chosen


def _better(
    violations: Sequence[Violation],
    api: Api,
    chosen: Sequence[Setting],
    met: Callable[[Sequence[Setting]], Sequence[Violation]],
) -> Iterator[Setting]:
    """Yield settings that leave fewer rules met than there are."""
    for violation in violations:
        for setting in _candidates(violation, api):
            if setting not in chosen and _fewer(met([*chosen, setting]), violations):
                yield setting


def _fewer(after: Sequence[Violation], before: Sequence[Violation]) -> bool:
    """Whether rules went away and no new one came; or one rule is met at fewer places."""
    rules = {one.rule for one in before}
    left = {one.rule for one in after}
    moved = {(one.rule, one.path) for one in after} - {(one.rule, one.path) for one in before}
    return left <= rules and (left < rules or len(after) < len(before) or bool(moved))


def _candidates(violation: Violation, api: Api) -> Iterator[Setting]:
    """Yield what may cure a refusal: flags, adaptations, what is kept or added, then dropping."""
    wide = _INDEX.sub("[*]", violation.path)
    flags = (flag.name for flag in DROP_FLAGS if (flag.api, str(flag.path)) == (api, wide))
    yield from ((name, True) for name in flags)
    if wide in _REQUIRED:
        yield "extra_body", {wide: _REQUIRED[wide]}
    if api == "chat" and any(str(kept.path) == wide for kept in KEPT_FIELDS):
        yield "keep_fields", [wide]
    yield from ((row.name, True) for row in ADAPTATIONS if row.api == api)
    yield from (("drop_fields", [path]) for path in _droppable(wide, api))


def _droppable(wide: str, api: Api) -> Iterator[str]:
    """Yield what may be dropped for a refusal at a place: it, or what of a tool is refused."""
    first = wide.partition(".")[0]
    if first == "stream_options":
        yield first
    if _can_be_dropped(wide):
        yield wide
    if wide in ("tools[*].type", "tools[*]"):
        yield "tools[?type=web_search]"
    holder = "tools[*].function" if api == "chat" else "tools[*]"
    if wide in ("tools[*]", f"{holder}.parameters"):
        yield f"{holder}.parameters.properties.args"


def _can_be_dropped(path: str) -> bool:
    try:
        parsed = FieldPath.parse(path)
    except FieldPathError:
        return False
    bare = path in ("tools[*].type", "tools", "tools[*]") or path.endswith(
        (".role", "[*]", ".id", ".parameters")
    )
    content = path.endswith(".content") or ".content[" in path
    return not (bare or content or is_needed(parsed))
