"""An explanation: all that is known of one error, and how it is come by."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from conformance.explain.candidates import parsed
from conformance.explain.exits import Exit
from mock_upstream.from_error.blame import CREDENTIAL_KIND, IMPORT, LITELLM
from mock_upstream.recording.yaml_text import yaml_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.explain.matching import Likeness
    from conformance.explain.proof import Proof
    from conformance.explain.reading import Chosen
    from conformance.explain.shrinking import Shrunk
    from mock_upstream.from_error.blame import Blame

_KINDS: Final[Mapping[str, str]] = {
    "unknown": "a field that this upstream does not take",
    "missing": "a field that is not there",
    "type": "a value of the wrong type",
    "value": "a value that this upstream does not take",
    "below": "a number below its bound",
    "above": "a number above its bound",
    "too_long": "a text that is too long",
    "too_short": "a value that is too short",
    "items": "a list that is too long",
    "too_many": "an object of too many keys",
    "pattern": "a text of the wrong form",
    "needs": "a field that needs another one beside it",
    "conflict": "a field that does not go with another",
    "credential": "the key",
    "import": "an import: no request was sent at all",
    "litellm": "LiteLLM itself takes no such parameter: no request was sent at all",
}
_FORBIDDEN: Final = 403
_CLASSIC: Final = ("metadata", "thinking_blocks")
_HANDLER_YAML: Final = """\
litellm_settings:
  custom_provider_map:
    - provider: claude_code_router
      custom_handler: claude_code_proxy.claude_code_router.claude_code_router
"""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One error explained. ``profile`` is the reproduction as YAML, None where no upstream spoke.

    ``unproved`` says why nothing was run.
    """

    chosen: Chosen
    near: tuple[Likeness, ...]
    profile: str | None
    proof: Proof | None
    shrunk: Shrunk | None = None
    unproved: str = ""

    @property
    def code(self) -> Exit:
        """The exit code."""
        if self.proof is None:
            return Exit.CANNOT_PROVE
        good = self.proof.outcome in ("cured", "not-sent")
        return Exit.PROVED if good else Exit.NO_CURE

    @property
    def refused(self) -> str:
        """What was refused, in a line: the path and the kind, or the rule by name."""
        blame = self.chosen.blame
        kind = blame.name if blame.kind == "whole" else _KINDS.get(blame.kind, blame.kind)
        return f"{', '.join(blame.paths)}: {kind}" if blame.paths else kind

    @property
    def trouble(self) -> str | None:
        """The name of the classic trouble that this is, if it is one."""
        return trouble_of(self.chosen.blame, self.chosen.report.status)

    @property
    def cure(self) -> str | None:
        """The settings that cure it, as YAML to paste; None if none does."""
        proof = self.proof
        if self.chosen.blame.kind == IMPORT and proof is not None and proof.outcome == "cured":
            return _HANDLER_YAML
        if proof is None or proof.outcome != "cured" or not proof.settings:
            return None
        if self.chosen.blame.kind == LITELLM:
            return yaml_text({"litellm_settings": dict(proof.settings)})
        return yaml_text({"litellm_params": dict(proof.settings)})

    @property
    def row(self) -> str | None:
        """The line or registry row that would cure it, where no setting does."""
        if self.proof is None or self.proof.outcome != "incurable":
            return None
        return row_for(self.chosen, self.proof.api or "chat")


def trouble_of(blame: Blame, status: int | None) -> str | None:
    """Name the classic trouble: 401, unsupported metadata or thinking_blocks, a failed import."""
    if blame.kind == IMPORT:
        return "module import error"
    if blame.kind == CREDENTIAL_KIND:
        return "403" if status == _FORBIDDEN else "401"
    for name in _CLASSIC:
        if blame.kind == "unknown" and any(path.rpartition(".")[2] == name for path in blame.paths):
            return f"unsupported {name}"
    return None


def row_for(chosen: Chosen, api: str) -> str | None:
    """Write what a registry of the handler's would have to say."""
    blame, report = chosen.blame, chosen.report
    if blame.kind in (IMPORT, CREDENTIAL_KIND, LITELLM) or any(
        "always" in rule for rule in blame.rules
    ):
        return None
    path = parsed(blame.path)
    short = "res" if api == "responses" else "chat"
    if blame.kind == "unknown" and path is not None:
        return f"drop_fields: {json.dumps(list(blame.paths))}"
    said = re.sub(r"['\"`][^'\"`]*['\"`]|\d+", "§", report.message[:80])
    words = re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", said).replace("§", ".+").replace('"', ".")
    name = re.sub(r"\W+", "_", blame.name or blame.kind).strip("_")
    return (
        "Adaptation(\n"
        f'    name="{name}_{short}_api",\n'
        f'    api="{api}",\n'
        f"    apply={api}.{name},\n"
        f'    why="…",\n'
        f'    refusal=r"{words.lower()}",\n'
        '    source=("owner/repository#number",),\n'
        ")"
    )


def as_data(explanation: Explanation) -> dict[str, Any]:
    """Return the explanation as JSON values, for a machine."""
    report, blame, proof = explanation.chosen.report, explanation.chosen.blame, explanation.proof
    shrunk = explanation.shrunk
    return {
        "exit": int(explanation.code),
        "error": {
            "status": report.status,
            "message": report.message,
            "param": report.param,
            "code": report.code,
            "type": report.type,
            "wrapping": list(report.wrapping),
        },
        "refused": {
            "kind": blame.kind,
            "rule": blame.name or None,
            "paths": list(blame.paths),
            "api": blame.api,
        },
        "trouble": explanation.trouble,
        "quirks": list(map(_quirk, explanation.near)),
        "cure": None if proof is None or proof.outcome != "cured" else dict(proof.settings),
        "yaml": explanation.cure,
        "row": explanation.row,
        "proof": None if proof is None else _proof(proof),
        "shrunk": None if shrunk is None else _request(shrunk),
        "profile": explanation.profile,
        "unproved": explanation.unproved or None,
    }


def _quirk(one: Likeness) -> dict[str, Any]:
    return {
        "id": one.entry.id,
        "vendor": one.entry.upstream,
        "score": round(one.score, 2),
        "same_words": one.same_words,
        "scope": one.entry.scope,
        "source": list(one.entry.source),
        "profiles": list(one.profiles),
    }


def _request(shrunk: Shrunk) -> dict[str, Any]:
    return {
        "request": dict(shrunk.request),
        "bytes_before": shrunk.before,
        "bytes_after": shrunk.after,
        "trials": shrunk.trials,
        "complete": shrunk.complete,
    }


def _proof(proof: Proof) -> dict[str, Any]:
    return {
        "outcome": proof.outcome,
        "request": proof.scenario or None,
        "api": proof.api or None,
        "planted": proof.planted,
        "without": {"status": proof.without_status, "message": proof.without_message},
        "with": {"status": proof.with_status} if proof.with_status else None,
        "changes": list(proof.changes),
        "tried": [dict(one) for one in proof.tried],
    }
