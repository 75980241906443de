"""Scenarios: the client requests that every case starts from, as data with a name and a reason."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import orjson
import yaml

if TYPE_CHECKING:
    from collections.abc import Sequence


class UnknownScenarioError(ValueError):
    """A scenario name that no scenario has."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One client request: the body that Claude Code posts to ``/v1/messages``, and why it is here.

    ``caller_metadata`` is what an SDK caller passes as LiteLLM's ``metadata`` besides: strings of
    its own, and what must not leave.
    """

    name: str
    reason: str
    body: dict[str, Any]
    caller_metadata: dict[str, Any] | None = None


def load_scenarios(names: Sequence[str] = ()) -> tuple[Scenario, ...]:
    """Return the scenarios of ``index.yaml`` in its order, or only those named.

    Raises `UnknownScenarioError` for a name that is not in the index.
    """
    here = files(__name__)
    rows = yaml.safe_load((here / "index.yaml").read_text("utf-8"))
    known = [row["name"] for row in rows]
    for name in names:
        if name not in known:
            raise UnknownScenarioError(f"no scenario {name!r}; there are {', '.join(known)}")
    return tuple(
        Scenario(
            name=row["name"],
            reason=row["reason"],
            body=orjson.loads((here / f"{row['name']}.json").read_bytes())["body"],
            caller_metadata=row.get("caller_metadata"),
        )
        for row in rows
        if not names or row["name"] in names
    )
