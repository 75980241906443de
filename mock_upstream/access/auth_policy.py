"""How an upstream authenticates: the section `auth` of a profile.

It says where a key may stand and how the upstream puts each refusal of a credential. What is not
said comes from OpenAI's family, each wording with its source; a note says what no source shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias

from mock_upstream.part import Held, Part
from mock_upstream.wordings.envelope import EnvelopeField
from mock_upstream.wordings.wording import KeyTemplate, Provenance, Status

Scheme: TypeAlias = Literal["bearer", "basic", "api-key", "x-api-key"]
"""Where a key stands: after `Authorization: Bearer`, as the password of `Authorization: Basic`, or
bare in the header of that name."""

KeyState: TypeAlias = Literal["valid", "unknown", "expired", "revoked", "other-project", "no-quota"]
"""What an upstream knows of a key that was shown to it."""

KEY_STATES: Final[tuple[KeyState, ...]] = (
    "valid",
    "unknown",
    "expired",
    "revoked",
    "other-project",
    "no-quota",
)

Failing: TypeAlias = Literal[
    "missing", "wrong_scheme", "empty", "invalid", "expired", "revoked", "other_project", "no_quota"
]
"""A way to fail, under the key that words it in a profile."""

_SIBLINGS: Final[Mapping[Failing, tuple[Failing, ...]]] = {
    "missing": ("invalid",),
    "wrong_scheme": ("missing", "invalid"),
    "empty": ("missing", "invalid"),
    "invalid": ("missing",),
    "expired": ("invalid", "missing"),
    "revoked": ("invalid", "missing"),
    "other_project": ("invalid", "missing"),
    "no_quota": (),
}
"""Whose words serve for a failure that a profile does not word, if it words one of these."""

_FROM_A_SIBLING = "Not verbatim: this upstream's words for another failed credential."
_FROM_OPENAI = "Not verbatim: OpenAI's words; no source shows this upstream's."
_FAILINGS: Final = frozenset(_SIBLINGS)
_INCORRECT = (
    "Incorrect API key provided: {key}. "
    "You can find your API key at https://platform.openai.com/account/api-keys."
)
_NO_BEARER = "Missing bearer or basic authentication in header"

_MOST_SHOWN = 12
"""How many characters of a key a mask may leave, as OpenAI's does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRefusal(Provenance):
    """How an upstream refuses a credential, in the profile's envelope or in one of its own."""

    status: Status = 401
    message: KeyTemplate
    type: str | int | None = "invalid_request_error"
    param: str | None = None
    code: str | int | None = None
    envelope: EnvelopeField | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMask(Part):
    """How an upstream hides a key that it repeats: what it leaves at either end.

    `hidden` stands for what is between; without it there is a star for each hidden character.
    """

    head: Annotated[int, Held(ge=0)] = 8
    tail: Annotated[int, Held(ge=0)] = 4
    hidden: str | None = None

    def check(self) -> None:
        """Refuse a mask that leaves too much of a key."""
        if self.head + self.tail > _MOST_SHOWN:
            raise ValueError(
                f"head and tail leave {self.head + self.tail} characters of a key in clear; "
                f"expected {_MOST_SHOWN} at most"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Auth(Part):
    """How the upstream authenticates: where a key may stand, and its words for each failure.

    The first of `schemes` under which a request shows a key decides. The default words are
    OpenAI's own. A profile that words only some failures has those words for the others too:
    see `wording`.
    """

    required: bool = True
    schemes: Annotated[tuple[Scheme, ...], Held(min_length=1)] = ("bearer", "basic")
    mask: KeyMask = KeyMask()
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
    wrong_scheme: KeyRefusal = KeyRefusal(
        message=_NO_BEARER,
        source=("openai/openai-cookbook#2347",),
        note="The body is quoted for an unset key; that another scheme gets it too is inferred.",
    )
    empty: KeyRefusal = KeyRefusal(
        message=_NO_BEARER,
        source=("openai/openai-cookbook#2347",),
        note="Quoted on the Responses API.",
    )
    invalid: KeyRefusal = KeyRefusal(
        message=_INCORRECT,
        code="invalid_api_key",
        source=("openai-401-invalid-key",),
    )
    expired: KeyRefusal = KeyRefusal(
        message=_INCORRECT,
        code="invalid_api_key",
        note="Not verbatim: no source shows the words for an expired key.",
    )
    revoked: KeyRefusal = KeyRefusal(
        message=_INCORRECT,
        code="invalid_api_key",
        source=("Chanzhaoyu/chatgpt-web#1217",),
        note="Not verbatim: a reader there found his key deleted; the body is the one for any key.",
    )
    other_project: KeyRefusal = KeyRefusal(
        message="OpenAI-Project header should match project for API key",
        code="mismatched_project",
        source=("microsoft/foundry-dev-tools#262",),
        note="Not verbatim: the body quoted there is the sibling's, mismatched_organization.",
    )
    no_quota: KeyRefusal = KeyRefusal(
        status=429,
        message=(
            "You exceeded your current quota, please check your plan and billing details. For more "
            "information on this error, read the docs: "
            "https://platform.openai.com/docs/guides/error-codes/api-errors."
        ),
        type="insufficient_quota",
        code="insufficient_quota",
        source=("OpenHands/OpenHands#998", "ChatGPTNextWeb/NextChat#3664"),
    )

    def wording(self, failing: Failing) -> KeyRefusal:
        """Return the words for a failure: the profile's, those for a sibling, or OpenAI's."""
        own = self.given
        if failing in own:
            return self._said(failing)
        for sibling in _SIBLINGS[failing]:
            if sibling in own:
                return self._said(sibling).but(note=_FROM_A_SIBLING)
        said = self._said(failing)
        return said.but(note=_FROM_OPENAI) if own & _FAILINGS else said

    def _said(self, failing: Failing) -> KeyRefusal:
        refusal: KeyRefusal = getattr(self, failing)
        return refusal
