"""Mutants that read settings wrongly: the drop flags, `drop_fields`, LiteLLM's `drop_params`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from claude_code_proxy.adaptations import ADAPTATIONS
from conformance.flags import FLAGS, METADATA, THINKING_BLOCKS
from conformance.mutants.mutant import Arguments, Mutant, is_responses, items_of
from conformance.mutants.showing import (
    AGREEING,
    DISAGREEING,
    DROPPING,
    GOLDEN,
    RAISED,
    STRINGS,
    TIDYING,
    VALUES,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.mutants.mutant import Built, Payload

_NAMES = tuple(flag.name for flag in FLAGS)


class IgnoresTheNestedPlacement(Mutant):
    """Reads two placements of three."""

    caught_by = ("same-in-any-placement", "any-true-wins", "flag-drops-only-its-field")
    shown_by = RAISED

    def before(self, given: Arguments) -> Arguments:
        """Take the nested settings away."""
        return _with(given, optional_params=_less(given["optional_params"], ["litellm_params"]))


class IgnoresLitellmParams(Mutant):
    """Reads no flag in the handler's own `litellm_params`."""

    caught_by = ("same-in-any-placement", "any-true-wins", "flag-drops-only-its-field")
    shown_by = RAISED

    def before(self, given: Arguments) -> Arguments:
        """Take the flags away there."""
        return _with(given, litellm_params=_less(given.get("litellm_params"), _NAMES))


class AllMustBeTrue(Mutant):
    """Raises a flag only where every placement that says something says true."""

    caught_by = ("any-true-wins",)
    shown_by = DISAGREEING

    def before(self, given: Arguments) -> Arguments:
        """Take away each flag that some placement says false of."""
        beaten = {name for place in _places(given) for name in _NAMES if place.get(name) is False}
        return _without_flags(given, beaten)


class LastPlacementWins(Mutant):
    """Lets a false in the nested placement beat a true in another."""

    caught_by = ("any-true-wins",)
    shown_by = DISAGREEING

    def before(self, given: Arguments) -> Arguments:
        """Take away each flag that the nested placement says false of."""
        nested = _places(given)[-1]
        return _without_flags(given, {name for name in _NAMES if nested.get(name) is False})


class TwoTruesCancel(Mutant):
    """Takes a flag that two placements raise for lowered."""

    caught_by = ("agreement-changes-nothing", "any-true-wins")
    shown_by = AGREEING

    def before(self, given: Arguments) -> Arguments:
        """Take away each flag that is there twice."""
        places = _places(given)
        twice = {name for name in _NAMES if sum(name in place for place in places) > 1}
        return _without_flags(given, twice)


class AlwaysDrops(Mutant):
    """Takes every flag for true."""

    caught_by = ("metadata-unless-dropped", "thinking-blocks-unless-dropped")
    shown_by = RAISED

    def before(self, given: Arguments) -> Arguments:
        """Raise every flag."""
        return _raised(given, _NAMES)


class NeverDrops(Mutant):
    """Takes no flag for true."""

    caught_by = ("flag-drops-only-its-field",)
    shown_by = RAISED

    def before(self, given: Arguments) -> Arguments:
        """Take every flag away."""
        return _without_flags(given, set(_NAMES))


class DropsTheOtherField(Mutant):
    """Drops the metadata where the thinking blocks were to go as well."""

    caught_by = ("flag-drops-only-its-field",)
    shown_by = RAISED

    def before(self, given: Arguments) -> Arguments:
        """Raise the one where the other is raised."""
        both = any(place.get(THINKING_BLOCKS) for place in _places(given))
        return _raised(given, [METADATA]) if both else given


class DropsOnChatToo(Mutant):
    """Takes the limit of the answer out of a Chat payload where a Responses flag is raised."""

    caught_by = ("responses-flags-leave-chat-alone",)
    shown_by = RAISED

    def after(self, built: Built) -> Payload:
        """Drop a field of Chat's."""
        if is_responses(built.payload) or not built.settings.drop_flags:
            return built.payload
        return _less(built.payload, ["max_tokens", "max_completion_tokens", "tools"])


class TakesFalseForTrue(Mutant):
    """Takes a flag that is there at all for true."""

    caught_by = ("unset-is-false",)
    shown_by = VALUES

    def before(self, given: Arguments) -> Arguments:
        """Raise every flag that is mentioned."""
        return _raised(given, [name for name in _NAMES for p in _places(given) if name in p])


class TakesStringsForTrue(Mutant):
    """Takes any string that is not empty for true, as Python does."""

    caught_by = ("strings-are-booleans", "any-true-wins")
    shown_by = STRINGS

    def before(self, given: Arguments) -> Arguments:
        """Raise every flag that is spelled as a string."""
        return _raised(given, _spelled(given, _NAMES))


class DropsMetadataByFalse(Mutant):
    """Drops the metadata where its flag says `"false"`."""

    caught_by = ("strings-are-booleans", "metadata-unless-dropped")
    shown_by = STRINGS

    def before(self, given: Arguments) -> Arguments:
        """Raise the one flag if it is spelled as a string."""
        return _raised(given, _spelled(given, [METADATA]))


class IgnoresTrueStrings(Mutant):
    """Takes no string for true."""

    caught_by = ("strings-are-booleans",)
    shown_by = STRINGS

    def before(self, given: Arguments) -> Arguments:
        """Take away every flag that is spelled as a string."""
        return _without_flags(given, set(_spelled(given, _NAMES)))


class HonoursDropParams(Mutant):
    """Leaves the metadata out where LiteLLM is told to drop parameters."""

    caught_by = ("drop-params-change-nothing",)
    shown_by = TIDYING

    def before(self, given: Arguments) -> Arguments:
        """Raise the flag of the metadata."""
        told = any(place.get("drop_params") for place in _places(given))
        return _raised(given, [METADATA]) if told else given


class IgnoresDropFields(Mutant):
    """Reads no `drop_fields`."""

    caught_by = ("drop-fields-drop-their-paths", "flag-is-its-drop-field")
    shown_by = DROPPING

    def before(self, given: Arguments) -> Arguments:
        """Take them away."""
        return _with(given, optional_params=_less(given["optional_params"], ["drop_fields"]))


class DropFieldsLeaveAShell(Mutant):
    """Empties what `drop_fields` names instead of removing it."""

    caught_by = ("drop-fields-drop-their-paths", "flag-is-its-drop-field")
    shown_by = DROPPING

    def after(self, built: Built) -> Payload:
        """Put an empty object in the place of a key of the payload."""
        shells: Payload = {
            str(path): {} for path in built.settings.drop_fields if str(path).isalpha()
        }
        return {**built.payload, **shells}


class DropFieldsSilenceFlags(Mutant):
    """Forgets the flags where `drop_fields` is set."""

    caught_by = ("drop-fields-commute-with-flags",)
    shown_by = DROPPING

    def before(self, given: Arguments) -> Arguments:
        """Take every flag away."""
        named = any(place.get("drop_fields") for place in _places(given))
        return _without_flags(given, set(_NAMES)) if named else given


class LeaksAFlag(Mutant):
    """Sends a raised flag on as a field of the payload."""

    caught_by = ("nothing-of-ours",)
    shown_by = RAISED

    def after(self, built: Built) -> Payload:
        """Write the flags into the payload."""
        flags = dict.fromkeys(sorted(built.settings.drop_flags), True)
        return {**built.payload, **flags}


class ForgetsAdaptations(Mutant):
    """Reads no adaptation that an upstream's settings ask for."""

    caught_by = ("golden-cured",)
    shown_by = GOLDEN

    def before(self, given: Arguments) -> Arguments:
        """Take them away."""
        names = [adaptation.name for adaptation in ADAPTATIONS]
        return _with(given, optional_params=_less(given["optional_params"], names))


class StripsTheWrongBlock(Mutant):
    """Strips the redacted thinking, and leaves the rest, where no flag asks for it."""

    caught_by = ("thinking-blocks-unless-dropped",)
    shown_by = RAISED

    def payload(self, payload: Payload) -> Payload:
        """Keep the readable blocks alone."""
        for item in items_of(payload):
            if "thinking_blocks" in item:
                blocks = item["thinking_blocks"]
                item["thinking_blocks"] = [b for b in blocks if b["type"] == "thinking"]
        return payload


def _places(given: Arguments) -> list[dict[str, Any]]:
    params = given["optional_params"]
    return [given.get("litellm_params") or {}, params, params.get("litellm_params") or {}]


def _spelled(given: Arguments, names: Iterable[str]) -> list[str]:
    return [name for name in names for p in _places(given) if isinstance(p.get(name), str)]


def _raised(given: Arguments, names: Iterable[str]) -> Arguments:
    return _with(given, optional_params={**given["optional_params"], **dict.fromkeys(names, True)})


def _without_flags(given: Arguments, names: set[str]) -> Arguments:
    """Return the arguments without flags of these ``names`` in any placement."""
    params = _less(given["optional_params"], names)
    if params.get("litellm_params"):
        params["litellm_params"] = _less(params["litellm_params"], names)
    return _with(
        given, optional_params=params, litellm_params=_less(given.get("litellm_params"), names)
    )


def _with(given: Arguments, **changed: Any) -> Arguments:
    return {**given, **changed}


def _less(params: dict[str, Any] | None, names: Iterable[str]) -> dict[str, Any]:
    gone = set(names)
    return {name: value for name, value in (params or {}).items() if name not in gone}


FLAG_MUTANTS = (
    IgnoresTheNestedPlacement(),
    IgnoresLitellmParams(),
    AllMustBeTrue(),
    LastPlacementWins(),
    TwoTruesCancel(),
    AlwaysDrops(),
    NeverDrops(),
    DropsTheOtherField(),
    DropsOnChatToo(),
    TakesFalseForTrue(),
    TakesStringsForTrue(),
    DropsMetadataByFalse(),
    IgnoresTrueStrings(),
    HonoursDropParams(),
    IgnoresDropFields(),
    DropFieldsLeaveAShell(),
    DropFieldsSilenceFlags(),
    LeaksAFlag(),
    ForgetsAdaptations(),
    StripsTheWrongBlock(),
)
