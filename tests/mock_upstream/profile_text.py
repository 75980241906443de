"""Profiles written in a test, and what they answer."""

import json
from pathlib import Path
from typing import Any

from mock_upstream.judging.judge import Judge, compile_judge
from mock_upstream.profile_format.profile import Profile, load_profile
from mock_upstream.verdict import Api


def written(directory: Path, text: str, name: str = "mine") -> Path:
    """Write a profile; its first lines are filled in if they are missing."""
    path = directory / f"{name}.yaml"
    head = "" if text.startswith("name:") else f"name: {name}\nabout: In a test.\n"
    path.write_text(head + text, encoding="utf-8")
    return path


def loaded(directory: Path, text: str) -> Profile:
    """Write and load a profile."""
    return load_profile(written(directory, text))


class Asked:
    """A compiled profile that is asked in a test."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge

    def __call__(self, api: Api, payload: dict[str, Any], **headers: str) -> list[str]:
        """List the messages of the violations; header names have `_` for `-`."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        verdict = self.judge.check(api, payload, given)
        return [violation.message for violation in verdict.violations]

    def body(self, api: Api, payload: dict[str, Any]) -> Any:
        """Return the JSON body of the refusal."""
        return json.loads(self.judge.refusal(self.judge.check(api, payload)).body)


def asked(directory: Path, text: str, **overrides: Any) -> Asked:
    """Write, load and compile a profile."""
    return Asked(compile_judge(loaded(directory, text), **overrides))


def rule(directory: Path, text: str, **overrides: Any) -> Asked:
    """Compile a profile of one rule, given as the inside of a flow mapping."""
    return asked(directory, f"rules:\n  - {{id: it, {text}}}\n", **overrides)
