"""Scenarios: the client requests that every case starts from, as data with a name and a reason."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import yaml

if TYPE_CHECKING:
    from collections.abc import Sequence


class UnknownScenarioError(ValueError):
    """A scenario name that no scenario has."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One client request: its body, in the form of Anthropic's or OpenAI's API, and why it is here.

    ``headers`` are the client's own, without its key. ``model_suffix`` is put behind the model's
    name. ``caller_metadata`` is what an SDK caller passes as LiteLLM's ``metadata`` besides:
    strings of its own, and what must not leave.
    """

    name: str
    reason: str
    body: dict[str, Any]
    form: Literal["messages", "chat"]
    headers: dict[str, str]
    model_suffix: str = ""
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
        _scenario(row, json.loads((here / f"{row['name']}.json").read_text("utf-8")))
        for row in rows
        if not names or row["name"] in names
    )


def _scenario(row: dict[str, Any], recorded: dict[str, Any]) -> Scenario:
    """Join a row of the index and its file; the json module, for it reads lone surrogates."""
    return Scenario(
        **row,
        body=recorded["body"],
        headers=recorded.get("headers", {}),
        form="messages" if recorded["path"] == "/v1/messages" else "chat",
    )
