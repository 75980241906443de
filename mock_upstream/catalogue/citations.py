"""What the shipped profiles cite: every source of a rule or a refused credential."""

from collections.abc import Iterator
from datetime import date, timedelta

from mock_upstream.access.auth import RULES
from mock_upstream.access.auth_policy import KeyRefusal
from mock_upstream.catalogue import Citation
from mock_upstream.profile_format.profile import Profile, Variant, load_profile, profile_names
from mock_upstream.profile_format.rule import Rule
from mock_upstream.wordings.wording import Provenance


def citations() -> Iterator[Citation]:
    """List all sources, each at the profile that names it and not at those that inherit it."""
    for name in profile_names():
        profile = load_profile(name)
        parent = load_profile(profile.extends) if profile.extends else None
        for rule, said in _own(profile, parent):
            for source in said.source:
                yield Citation(name, rule, source, needs(profile, said))


def needs(profile: Profile, said: Provenance) -> str:
    """Say with which options the profile's upstream has a rule."""
    if not isinstance(said, Rule):
        return ""
    options = [f"--state {said.when.state}"] if said.when.state else []
    days = [
        _day_of(variant)
        for variant in profile.variants
        if said in profile.on(_day_of(variant)).rules and said not in profile.rules
    ]
    if said.until is not None:
        days.append(said.until - timedelta(days=1))
    options += [f"--date {day}" for day in days[:1]]
    return " ".join(options)


def _own(profile: Profile, parent: Profile | None) -> Iterator[tuple[str, Provenance]]:
    inherited = parent.rules if parent else ()
    yield from ((rule.id, rule) for rule in profile.rules if rule not in inherited)
    yield from _of_credentials(profile, parent)
    for variant in profile.variants:
        changed = profile.on(_day_of(variant))
        yield from ((rule.id, rule) for rule in changed.rules if rule not in profile.rules)


def _day_of(variant: Variant) -> date:
    """Name a day that a variant covers."""
    if variant.until is not None:
        return variant.until - timedelta(days=1)
    return variant.since or date.max


def _of_credentials(profile: Profile, parent: Profile | None) -> Iterator[tuple[str, Provenance]]:
    """List the words for credentials; OpenAI's, which the others have by default, at `openai`."""
    for failing, rule in RULES.items():
        refusal = getattr(profile.auth, failing)
        default = profile.name != "openai" and failing not in profile.auth.given
        inherited = parent is not None and getattr(parent.auth, failing) == refusal
        if isinstance(refusal, KeyRefusal) and not default and not inherited:
            yield rule, refusal
