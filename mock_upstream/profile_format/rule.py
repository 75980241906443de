"""Rules: one refusal each, with what it looks at, when, in which words, and where it was seen."""

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Final, Literal, TypeAlias

from mock_upstream.part import Held, JsonValue
from mock_upstream.profile_format.conditions import Path, Pattern, TestField, When, within
from mock_upstream.schema.fault import FaultKind
from mock_upstream.verdict import Api
from mock_upstream.wordings.wording import Provenance, Refusal

Sequence: TypeAlias = Literal[
    "system_first",
    "last_role",
    "role_after",
    "calls_unanswered",
    "calls_not_adjacent",
    "call_count",
    "outputs_orphaned",
    "reasoning_not_followed",
    "call_without_reasoning",
    "ids_repeated",
]
"""What a conversation may get wrong as a whole."""

ToolSchema: TypeAlias = Literal[
    "array_items",
    "object_properties",
    "property_type",
    "top_level_combinator",
    "strict_required",
    "strict_additional",
    "format",
    "keyword",
    "ref_prefix",
    "ref_missing",
    "ref_siblings",
]
"""What a tool's JSON Schema may get wrong."""

Scope: TypeAlias = Literal["body", "body-repr", "body-elided", "message", "fragment"]
"""How much of the refusal the source shows; the catalogue's own words."""

Endpoint: TypeAlias = Annotated[str, Held(pattern="^/")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds(Provenance):
    """What a rule looks at: exactly one of these keys, mostly with the field path it concerns."""

    fault: FaultKind | Literal["any"] | None = None
    forbid: Path | None = None
    require: Path | None = None
    type: Path | None = None
    enum: Path | None = None
    pattern: Path | None = None
    length: Path | None = None
    range: Path | None = None
    items: Path | None = None
    properties: Path | None = None
    context: Path | None = None
    sequence: Sequence | None = None
    tool_schema: ToolSchema | None = None
    header: Annotated[str, Held(min_length=1)] | None = None
    endpoint: Endpoint | None = None
    always: Literal[True] | None = None


KINDS: Final = tuple(Kinds.__annotations__)
"""The keys of which a rule has exactly one."""

OPTIONS: Final[dict[str, tuple[str, ...]]] = {
    "fault": ("at", "top"),
    "require": ("nonempty",),
    "type": ("allowed",),
    "enum": ("allowed", "refused"),
    "pattern": ("regex", "refused_regex"),
    "length": ("min", "max"),
    "range": ("min", "max"),
    "items": ("min", "max"),
    "properties": ("min", "max"),
    "context": ("window",),
    "sequence": ("roles", "role", "after", "at"),
    "tool_schema": ("words", "strict"),
    "header": ("regex",),
    "always": ("at",),
}
"""The further keys that each kind understands."""

_NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "type": ("allowed",),
    "enum": ("allowed", "refused"),
    "pattern": ("regex", "refused_regex"),
    "length": ("min", "max"),
    "range": ("min", "max"),
    "items": ("min", "max"),
    "properties": ("min", "max"),
    "context": ("window",),
}
"""The kinds that say nothing without one of these keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Kinds):
    """One refusal. See `docs/profiles.md`."""

    id: Annotated[str, Held(min_length=1)]
    api: Literal["responses", "chat", "both"]
    when: When = When()
    where: dict[Path, TestField] = field(default_factory=dict)
    since: date | None = None
    until: date | None = None
    error: Refusal = Refusal()
    verbatim: Scope | None = None
    observed: date | None = None

    at: Path | None = None
    top: bool = False
    nonempty: bool = False
    allowed: list[JsonValue] | None = None
    refused: Annotated[list[JsonValue], Held(min_length=1)] | None = None
    regex: Pattern | None = None
    refused_regex: Pattern | None = None
    min: Annotated[int | float, Held(allow_inf_nan=False)] | None = None
    max: Annotated[int | float, Held(allow_inf_nan=False)] | None = None
    window: Annotated[int, Held(gt=0)] | None = None
    roles: list[str] = field(default_factory=list)
    role: str | None = None
    after: str | None = None
    words: list[str] = field(default_factory=list)
    strict: Literal["explicit", "assumed"] | None = None

    @property
    def kind(self) -> str:
        """The one kind key that is given."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    def applies_to(self, api: Api) -> bool:
        """Say whether requests of this API are held to the rule."""
        return self.api in (api, "both")

    def in_force(self, day: date | None) -> bool:
        """Say whether the rule holds on a day; None is the newest state of things."""
        if day is None:
            return self.until is None
        return within(day, self.since, self.until)

    def check(self) -> None:
        """Refuse a rule that has not one kind, or not the options of its kind."""
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            received = f"received {' and '.join(given)}" if given else "received none"
            raise ValueError(f"{received}; expected exactly one of {', '.join(KINDS)}")
        own = OPTIONS.get(self.kind, ())
        every = {option for options in OPTIONS.values() for option in options}
        for option in sorted(every & self.given - set(own)):
            fits = ", ".join(own) or "none"
            raise ValueError(f"{option!r} says nothing to {self.kind!r}; its options: {fits}")
        needed = _NEEDED.get(self.kind, ())
        if needed and not any(getattr(self, option) is not None for option in needed):
            raise ValueError(f"{self.kind!r} needs {' or '.join(needed)}")
