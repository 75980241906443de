"""Profiles: an upstream's habits as data, read from YAML.

A profile says how its upstream authenticates, what it refuses and in which words. Three are
shipped in `mock_upstream/profiles/`; `load_profile` takes the name of one or the path of a file.
"""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, ValidationError

from mock_upstream.envelope import EnvelopeName
from mock_upstream.field_path import FieldPath
from mock_upstream.nearest import nearest
from mock_upstream.profile_fault import describe
from mock_upstream.verdict import Api
from mock_upstream.wording import FieldRefusal, KeyRefusal, Model, Provenance
from mock_upstream.yaml_document import YamlDocument, YamlError

UnknownPolicy: TypeAlias = Literal["reject", "ignore"]

_SHIPPED = Path(__file__).with_name("profiles")
_SUFFIXES = (".yaml", ".yml")


class ProfileError(ValueError):
    """A profile that cannot be used; the message names file, place, received and expected."""


def _field_path(text: str) -> str:
    FieldPath.parse(text)
    return text


class Rule(Provenance):
    """One refusal: a field path that the upstream does not take."""

    id: str = Field(min_length=1)
    api: Literal["responses", "chat", "both"]
    reject: Annotated[str, AfterValidator(_field_path)]

    def applies_to(self, api: Api) -> bool:
        """Say whether requests of this API are held to the rule."""
        return self.api in (api, "both")


class Auth(Model):
    """How the upstream authenticates: by bearer token, and its words when that is missing or bad.

    The default words are OpenAI's own (openai-401-missing-key and openai-401-invalid-key).
    """

    required: bool = True
    missing: KeyRefusal = KeyRefusal(
        message=(
            "You didn't provide an API key. You need to provide your API key in an Authorization "
            "header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password "
            "field (with blank username) if you're accessing the API from your browser and are "
            "prompted for a username and password. You can obtain an API key from "
            "https://platform.openai.com/account/api-keys."
        ),
        source=("openai-401-missing-key",),
        note="type, param and code are inferred.",
    )
    invalid: KeyRefusal = KeyRefusal(
        message=(
            "Incorrect API key provided: {key}. "
            "You can find your API key at https://platform.openai.com/account/api-keys."
        ),
        code="invalid_api_key",
        source=("openai-401-invalid-key",),
    )


class Profile(Model):
    """An upstream's habits: how it authenticates, what it refuses, in which words and envelope.

    `unknown` says what becomes of keys that the API does not declare. `refusal` words them, and
    every other field that the upstream does not take.
    """

    name: str = Field(min_length=1)
    about: str
    envelope: EnvelopeName
    auth: Auth = Auth()
    unknown: UnknownPolicy
    refusal: FieldRefusal
    rules: tuple[Rule, ...] = Field(default=(), strict=False)


def profile_names() -> tuple[str, ...]:
    """List the shipped profiles, sorted."""
    return tuple(sorted(path.stem for path in _SHIPPED.glob("*.yaml")))


def load_profile(name_or_path: str | Path) -> Profile:
    """Load a shipped profile by name, or a YAML file by path. Raises `ProfileError`.

    A text with a path separator or a YAML suffix is a path; anything else is a name.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, str) and "/" not in text and not text.endswith(_SUFFIXES):
        return _read(_shipped(text))
    return _read(Path(name_or_path))


def _shipped(name: str) -> Path:
    names = profile_names()
    if name not in names:
        raise ProfileError(
            f"no profile {name!r}; expected one of {', '.join(names)}, or the path of a YAML file"
            f"{nearest(name, names)}"
        )
    return _SHIPPED / f"{name}.yaml"


def _read(path: Path) -> Profile:
    try:
        document = YamlDocument.read(path)
    except OSError as error:
        raise ProfileError(
            f"{path}: cannot read the profile ({error.strerror}); expected a YAML file, or one of "
            f"the names {', '.join(profile_names())}"
        ) from None
    except YamlError as error:
        raise ProfileError(f"{path}{error}") from None
    try:
        return Profile.model_validate(document.value)
    except ValidationError as error:
        faults = [describe(Profile, document, fault) for fault in error.errors()]
        raise ProfileError("\n".join(f"{path}{fault}" for fault in faults)) from None
