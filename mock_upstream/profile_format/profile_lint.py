"""Finds what the rules of a well-formed profile say in vain beside one another.

Checked: ids given twice, rules that an earlier one always stands before, and each rule by itself.
"""

from collections.abc import Iterator

from mock_upstream.field_path import Every, FieldPath, Key
from mock_upstream.profile_format.profile import Profile
from mock_upstream.profile_format.rule import Rule
from mock_upstream.profile_format.rule_lint import PATH_KINDS, Place, lint_rule


def lint(profile: Profile, own: int) -> Iterator[tuple[Place, str]]:
    """Yield each fault's place and what it is; the first `own` rules are not inherited ones."""
    seen: set[str] = set()
    for index, rule in enumerate(profile.rules):
        if rule.id in seen:
            yield ("rules", index, "id"), f"the id {rule.id!r} is given twice; keep one"
        seen.add(rule.id)
        for below, what in lint_rule(rule):
            yield ("rules", index, *below), what
    yield from _shadowed(profile, own)


def _shadowed(profile: Profile, own: int) -> Iterator[tuple[Place, str]]:
    """Find rules that an earlier rule, unconditional and in force, always stands before.

    A child may well stand before what it inherits.
    """
    for index, rule in enumerate(profile.rules[:own]):
        for earlier in profile.rules[:index]:
            if _always_first(earlier, rule, profile):
                yield (
                    ("rules", index),
                    f"never told: the rule {earlier.id!r} above refuses all that {rule.id!r} does; "
                    "put the specific rule first, or give the other a condition",
                )
                break


def _always_first(earlier: Rule, rule: Rule, profile: Profile) -> bool:
    unconditional = not (earlier.when.given or earlier.where)
    lasting = earlier.since is None and earlier.until is None
    if not (unconditional and lasting and earlier.api in ("both", rule.api)):
        return False
    if earlier.always or (earlier.endpoint and earlier.endpoint == rule.endpoint):
        return rule.kind not in ("header", "endpoint") or earlier.endpoint is not None
    if earlier.fault is not None and rule.fault is not None:
        wide = earlier.at in (None, rule.at) and (rule.top or not earlier.top)
        return wide and earlier.fault in ("any", rule.fault)
    own = getattr(rule, rule.kind) if rule.kind in PATH_KINDS - {"require"} else None
    return profile.precedence != "document" and own is not None and _covers(earlier.forbid, own)


def _covers(forbidden: str | None, path: str) -> bool:
    """Say whether every place that a path names is a forbidden one, or lies below one."""
    if forbidden is None:
        return False
    refused, steps = FieldPath.parse(forbidden).steps, FieldPath.parse(path).steps
    return len(refused) <= len(steps) and all(
        one == other or (isinstance(one, Every) and not isinstance(other, Key))
        for one, other in zip(refused, steps, strict=False)
    )
