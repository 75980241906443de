"""Words: a rule's refusal compiled: what is left out filled in, and the placeholders it needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mock_upstream.field_path import render
from mock_upstream.part import file_fields
from mock_upstream.profile_format.profile import Profile
from mock_upstream.schema.fault import FaultKind
from mock_upstream.schema.wording import openai_wording
from mock_upstream.verdict import Violation
from mock_upstream.wordings.envelope import Envelope
from mock_upstream.wordings.facts import Told
from mock_upstream.wordings.template import PLACEHOLDERS, fill, fill_shape, names_in
from mock_upstream.wordings.wording import Refusal

_DEFAULT_RULES: Mapping[FaultKind, str] = {"unknown": "unknown-parameter"}
_TEXTS = ("message", "many", "suggest", "type", "param", "code")
_FIELDS: Final = tuple(file_fields(Refusal))
_TOGETHER = frozenset({"names", "names_repr", "count"})


@dataclass(frozen=True, slots=True)
class Words:
    """How one rule is told. `message` None is OpenAI's own for the fault that is found."""

    rule: str
    message: str | None
    many: str | None
    suggest: str | None
    status: int
    type: Any
    param: Any
    code: Any
    envelope: Envelope | None
    needs: frozenset[str]
    together: bool
    """Whether all findings of the rule are told in one violation."""
    openai: bool
    """Whether param and code too are OpenAI's own."""

    def violation(self, told: Told) -> Violation:
        """Put a finding into words."""
        values = told.values(self.needs)
        message, code = self._message(told, values)
        fault = told.finding.fault
        openai = fault.values()["path"] if self.openai else None
        return Violation(
            rule=self.rule,
            path=render(fault.place),
            message=message,
            status=self.status,
            type=fill_shape(self.type, values),  # type: ignore[arg-type]  # as the template is
            param=openai if self.openai else fill_shape(self.param, values),
            code=code,
            envelope=self.envelope,
            values=values,
        )

    def _message(self, told: Told, values: dict[str, object]) -> tuple[str, Any]:
        fault = told.finding.fault
        code = fill_shape(self.code, values)
        if self.message is None:
            wording = openai_wording(fault)
            text = wording.message.format_map(fault.values())
            return text, wording.code if self.openai else code
        many = self.many is not None and len(told.together) > 1
        text = fill(str(self.many) if many else self.message, values)
        if self.suggest and values["suggestion"]:
            text += fill(self.suggest, values)
        return text, code


def compile_words(profile: Profile, rule: str, refusal: Refusal, base: Refusal | None) -> Words:
    """Compile a refusal. What it leaves out is `base`'s, or else the profile's defaults.

    Without a message in either, the words are OpenAI's for the kind of fault.
    """
    said: dict[str, Any] = {}
    for name in _FIELDS:
        for source in (refusal, base, profile.defaults):
            if source is not None and name in source.given:
                said[name] = getattr(source, name)
                break
        else:
            said[name] = getattr(profile.defaults, name, None)
    shape = said["envelope"] or profile.envelope
    openai = said["message"] is None and "code" not in refusal.given
    own_names = names_in(*(said[name] for name in _TEXTS))
    shape_names = names_in(shape.body, shape.headers)
    if shape.collect is not None:  # its count is that of the refusals, not of one rule's places
        shape_names = (shape_names | names_in(shape.collect.item)) - _TOGETHER
    named = own_names | shape_names | ({"suggestion"} if said["suggest"] else set())
    return Words(
        rule=rule,
        needs=named & PLACEHOLDERS.keys(),
        together=said["many"] is not None or bool((own_names | shape_names) & _TOGETHER),
        openai=openai,
        **said,
    )


def default_rule(kind: FaultKind) -> str:
    """Name the rule under which a fault is told that no rule of the profile words."""
    return _DEFAULT_RULES.get(kind, f"schema-{kind.replace('_', '-')}")
