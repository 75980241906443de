"""Profiles: an upstream's habits as data."""

from pathlib import Path
from typing import Literal, TypeAlias

UnknownPolicy: TypeAlias = Literal["reject", "ignore"]


class ProfileError(ValueError):
    """A profile that cannot be used; the message names file, place, received and expected."""


class Profile:
    """An upstream's habits: how it authenticates, what it refuses, in which words."""

    name: str
    envelope: Literal["openai", "detail"]


def load_profile(name_or_path: str | Path) -> Profile:
    """Load a shipped profile by name, or a YAML file by path. Raises `ProfileError`."""
    raise NotImplementedError


def profile_names() -> tuple[str, ...]:
    """List the shipped profiles, sorted."""
    raise NotImplementedError
