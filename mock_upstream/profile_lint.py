"""Finds what a well-formed profile still says in vain: rules that can never be met, words for nothing."""

from collections.abc import Iterator

from mock_upstream.profile import Profile
from mock_upstream.template import PLACEHOLDERS

Place = tuple[str | int, ...]


def lint(profile: Profile) -> Iterator[tuple[Place, str]]:
    """Yield each fault's place and what it is."""
    seen: set[str] = set()
    for index, rule in enumerate(profile.rules):
        if rule.id in seen:
            yield ("rules", index, "id"), f"the id {rule.id!r} is given twice; keep one"
        seen.add(rule.id)


__all__ = ["PLACEHOLDERS", "lint"]
