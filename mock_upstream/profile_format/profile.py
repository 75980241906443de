"""Profiles: an upstream's habits as data, read from YAML.

A profile says how its upstream authenticates, what it refuses, in which words and envelope, and
how it answers. Those that are shipped stand in `mock_upstream/profiles/`; `load_profile` takes the
name of one or the path of a file. The format is told in `docs/profiles.md`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from mock_upstream.access.auth_policy import Auth
from mock_upstream.field_path import FieldPath
from mock_upstream.nearest import nearest
from mock_upstream.part import NOT_IN_FILES, After, Before, Held, JsonValue, Part
from mock_upstream.profile_format.conditions import Path as FieldPathText
from mock_upstream.profile_format.conditions import within
from mock_upstream.profile_format.rule import Rule
from mock_upstream.verdict import Api
from mock_upstream.wordings.envelope import ENVELOPES, EnvelopeField
from mock_upstream.wordings.path_style import PathStyle
from mock_upstream.wordings.wording import Defaults, Provenance

UnknownPolicy: TypeAlias = Literal["reject", "top", "ignore", "record"]
"""What becomes of keys that the API does not declare: refused at any depth, refused at the top of
the request alone, taken in silence, or taken and noted in the verdict."""

UNKNOWN_POLICIES: tuple[UnknownPolicy, ...] = ("reject", "top", "ignore", "record")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownByApi(Part):
    """A policy for each API; a profile writes one word for both."""

    responses: UnknownPolicy = "ignore"
    chat: UnknownPolicy = "ignore"


def _for_both(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value not in UNKNOWN_POLICIES:
        raise ValueError(
            f"received {value!r}; expected one of {', '.join(UNKNOWN_POLICIES)}, or one for each "
            f"API{nearest(value, UNKNOWN_POLICIES)}"
        )
    return {"responses": value, "chat": value}


UnknownField: TypeAlias = Annotated[
    UnknownByApi, Before(_for_both, shown=UnknownPolicy | UnknownByApi)
]
"""A policy in a profile, for both APIs or for each."""

Precedence: TypeAlias = Literal["document", "schema-first", "rules-first"]
"""Which of several violations answers: the first in the document; or the schema's, then the rules'
in their order; or the rules' in their order, then the schema's."""


class ProfileError(ValueError):
    """A profile that cannot be used; the message names file, place, received and expected."""


def _quirks(names: tuple[str, ...]) -> tuple[str, ...]:
    from mock_upstream.replies.reply_quirks import QUIRKS

    for name in names:
        if name not in QUIRKS:
            raise ValueError(
                f"received {name!r}; expected some of {', '.join(QUIRKS)}{nearest(name, QUIRKS)}"
            )
    return names


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies(Part):
    """How the upstream answers what it accepts: a dialect, and quirks by name."""

    dialect: Literal["full", "sparse"] = "full"
    quirks: Annotated[tuple[str, ...], After(_quirks)] = ()


def _settings(settings: dict[str, JsonValue]) -> dict[str, JsonValue]:
    dropped = settings.get("drop_fields", [])
    if not isinstance(dropped, list):
        raise ValueError(  # noqa: TRY004 - pydantic words ValueErrors
            "drop_fields: expected a list of field paths"
        )
    for path in dropped:
        FieldPath.parse(str(path))
    return settings


Settings = Annotated[dict[str, JsonValue], After(_settings)]
"""Model settings of the handler (`litellm_params`), such as `drop_metadata_res_api: true` and
`drop_fields: [field path, ...]`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommended(Part):
    """The handler's settings with which Claude Code's requests pass, for each upstream API."""

    responses: Settings = field(default_factory=dict)
    chat: Settings = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant(Provenance):
    """The same upstream in another time: `change` replaces keys of the profile, rules by id."""

    name: Annotated[str, Held(min_length=1)]
    about: str = ""
    since: date | None = None
    until: date | None = None
    change: dict[str, Any]

    def check(self) -> None:
        """Refuse a variant without a time, or with an empty one."""
        if self.since is None and self.until is None:
            raise ValueError("a variant without a time; expected 'until', 'since', or both")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError(f"since {self.since} is not before until {self.until}")

    def covers(self, day: date) -> bool:
        """Say whether the upstream was like this on a day; `until` is the first day after."""
        return within(day, self.since, self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(Part):
    """An upstream's habits: how it authenticates, what it refuses, and how it answers.

    `schema` says whether requests are held to OpenAI's types, `unknown` what becomes of keys that
    OpenAI's API does not declare, save those that `allow` names. `rules` refuse what they say; the
    `fault` rules among them word what the schema finds.
    """

    name: Annotated[str, Held(min_length=1)]
    about: str
    extends: str | None = None
    without: tuple[str, ...] = ()
    envelope: EnvelopeField = ENVELOPES["openai"]
    defaults: Defaults = Defaults()
    paths: PathStyle = "openai"
    auth: Auth = Auth()
    schema_: Literal["openai", "none"] = "none"
    unknown: UnknownField = UnknownByApi()
    allow: tuple[FieldPathText, ...] = ()
    precedence: Precedence = "schema-first"
    rules: tuple[Rule, ...] = ()
    variants: tuple[Variant, ...] = ()
    replies: Replies = Replies()
    settings: Recommended = Recommended()

    dated: tuple[tuple[Variant, "Profile"], ...] = field(
        default=(), repr=False, metadata=NOT_IN_FILES
    )
    """Each variant with the whole profile that it makes."""

    def unknown_on(self, api: Api) -> UnknownPolicy:
        """Say what becomes of keys that an API does not declare."""
        return self.unknown.chat if api == "chat" else self.unknown.responses

    def on(self, day: date | None) -> "Profile":
        """Return the profile as it was on a day: the first variant that covers it, or itself."""
        if day is None:
            return self
        return next((profile for variant, profile in self.dated if variant.covers(day)), self)

    def rules_for(self, api: Api, day: date | None = None) -> Iterable[Rule]:
        """List the rules that requests of an API are held to, in their order."""
        return (rule for rule in self.rules if rule.applies_to(api) and rule.in_force(day))

    def states(self) -> tuple[str, ...]:
        """List the states of server or account that rules ask for, sorted."""
        return tuple(sorted({rule.when.state for rule in self.rules if rule.when.state}))


def profile_names() -> tuple[str, ...]:
    """List the shipped profiles, sorted."""
    from mock_upstream.profile_format.profile_file import shipped_names

    return shipped_names()


def load_profile(name_or_path: str | Path) -> Profile:
    """Load a shipped profile by name, or a YAML file by path. Raises `ProfileError`.

    A text with a path separator or a YAML suffix is a path; anything else is a name.
    """
    from mock_upstream.profile_format.profile_file import load

    return load(name_or_path)
