"""A shipped profile read a second time: its raw YAML, without any code of the mock's.

The mock compiles a profile; here it is a handful of dictionaries in the order of the file, as
docs/profiles.md has it, so that `conformance.predictions` can be held against what the mock does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from conformance.matrix import Api

Rule = dict[str, Any]

_BOTH: Final = "both"
_NOT_INHERITED: Final = ("name", "about", "without", "variants")


@dataclass(frozen=True, slots=True)
class ProfileText:
    """What a profile says, its parent's words included; ``keys`` are its keys but for the rules."""

    name: str
    keys: dict[str, Any]
    rules: tuple[Rule, ...]

    def rules_for(self, api: Api) -> list[Rule]:
        """Return the rules on ``api`` that hold today, in no special state of server or account."""
        return [
            rule
            for rule in self.rules
            if rule["api"] in (api, _BOTH)
            and "until" not in rule
            and "state" not in rule.get("when", {})
        ]

    def unknown(self, api: Api) -> str:
        """Return what becomes of undeclared keys: ``reject``, ``top``, ``ignore`` or ``record``."""
        said = self.keys.get("unknown", "ignore")
        return str(said.get(api, "ignore") if isinstance(said, dict) else said)

    def status_of(self, rule: Rule) -> int:
        """Return the status of a refusal by ``rule``; an error inside a stream comes with 200."""
        error = rule.get("error", {})
        envelope = error.get("envelope", self.keys.get("envelope"))
        if isinstance(envelope, dict) and "event" in envelope:
            return 200
        return int(error.get("status", self.keys.get("defaults", {}).get("status", 400)))


def profile_names() -> tuple[str, ...]:
    """Return the names of the shipped profiles, in their order."""
    found = (files("mock_upstream") / "profiles").iterdir()
    return tuple(sorted(one.name[:-5] for one in found if one.name.endswith(".yaml")))


@cache
def read_profile(name: str) -> ProfileText:
    """Read the shipped profile ``name``, and what it extends."""
    text = (files("mock_upstream") / "profiles" / f"{name}.yaml").read_text("utf-8")
    own = yaml.safe_load(text)
    rules = own.pop("rules", [])
    if "extends" not in own:
        return ProfileText(name, own, tuple(rules))
    parent = read_profile(own["extends"])
    gone = {rule["id"] for rule in rules} | set(own.get("without", ()))
    inherited = {key: parent.keys[key] for key in parent.keys if key not in _NOT_INHERITED}
    kept = [rule for rule in parent.rules if rule["id"] not in gone]
    return ProfileText(name, {**inherited, **own}, (*rules, *kept))
