"""The catalogue of observed refusals, and which of them the shipped profiles reproduce.

`quirks.yaml` is the catalogue; the profiles cite its ids. `python -m mock_upstream.catalogue
--write` writes the page that lists every entry, `--check` says whether the page is current.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Entry:
    """One observed refusal.

    `scope` says how much of it the source shows: `body` the whole body, `body-repr` the same as
    Python or an SDK prints it, `body-elided` a body with parts left out, `message` the message
    alone, `fragment` a phrase or fact, `inferred` nothing.
    """

    id: str
    upstream: str
    api: str
    trigger: str
    status: int
    body: str
    scope: str
    source: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Citation:
    """A rule of a shipped profile that says which catalogue entry it reproduces.

    `needs` says what the mock has to be started with, such as `--state NAME`; mostly nothing.
    """

    profile: str
    rule: str
    entry: str
    needs: str = ""


def read_entries() -> tuple[Entry, ...]:
    """Read the catalogue, in its order."""
    rows = yaml.load((_HERE / "quirks.yaml").read_text("utf-8"), _LOADER)  # noqa: S506 - a safe one
    return tuple(map(_entry, rows))


def read_reasons() -> dict[str, str]:
    """Read why entries are not reproduced, by id."""
    rows: dict[str, str] = yaml.safe_load((_HERE / "unreproduced.yaml").read_text("utf-8")) or {}
    return rows


def read_citations() -> Iterator[Citation]:
    """List what the shipped profiles say that they reproduce, each at the profile that says it."""
    from mock_upstream.catalogue.citations import citations

    known = {entry.id for entry in read_entries()}
    return (one for one in citations() if one.entry in known)


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(
        id=row["id"],
        upstream=row["upstream"],
        api=row["api"],
        trigger=row["trigger"],
        status=row["status"],
        body=row["error_body"],
        scope=row["verbatim_scope"],
        source=tuple(row["source"]),
    )
