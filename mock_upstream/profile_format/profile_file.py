"""Reads profiles from YAML files: finds them, joins them with their parents, words faults.

A shipped profile that is asked for by its name is read as it stands, since the tests check each of
them as a user's file is checked; pydantic, which does that, is loaded for a file alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_upstream.field_path import render
from mock_upstream.nearest import nearest
from mock_upstream.part import build
from mock_upstream.profile_format.profile import Profile, ProfileError
from mock_upstream.profile_format.yaml_document import YamlDocument, YamlError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SHIPPED = Path(__file__).parents[1] / "profiles"
_SUFFIXES = (".yaml", ".yml")
_LONGEST_LINE = 10
"""Parents above one another that a profile may have."""

_MOST_FAULTS = 20
_NOT_INHERITED = ("name", "about", "extends", "without", "variants")
_NOT_OF_VARIANTS = ("extends", "without", "variants")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a key or rule of a merged profile stands: the file and the place in it."""

    path: Path
    document: YamlDocument
    place: tuple[str | int, ...]


@dataclass(slots=True)
class Merged:
    """A profile's data with its parents' and the origin of each key and each rule."""

    data: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, Origin] = field(default_factory=dict)
    rules: list[Origin] = field(default_factory=list)
    own: int = 0
    """How many of the rules, the first ones, are not inherited."""

    def origin(self, place: tuple[str | int, ...]) -> Origin:
        """Find the file and place of a place in the merged data."""
        if len(place) > 1 and place[0] == "rules" and isinstance(place[1], int):
            known = self.rules[place[1]]
            return Origin(known.path, known.document, (*known.place, *place[2:]))
        known = self.keys.get(str(place[0])) if place else None  # type: ignore[assignment]
        if known is None:
            first = next(iter(self.keys.values()))
            return Origin(first.path, first.document, place)
        return Origin(known.path, known.document, (*known.place, *place[1:]))


def is_file_name(text: str) -> bool:
    """Say whether a text means a file rather than a shipped profile."""
    return "/" in text or text.endswith(_SUFFIXES)


def shipped_names() -> tuple[str, ...]:
    """List the shipped profiles, sorted."""
    return tuple(sorted(path.stem for path in _SHIPPED.glob("*.yaml")))


def load(name_or_path: str | Path) -> Profile:
    """Load a profile by shipped name or by path. Raises `ProfileError`."""
    path = _find(name_or_path)
    shipped = isinstance(name_or_path, str) and path.parent == _SHIPPED
    document = YamlDocument.read(path, trusted=True) if shipped else _read(path)
    return _dated(path, document, _built if shipped else _validated)


def _dated(path: Path, document: YamlDocument, made: Callable[[Merged], Profile]) -> Profile:
    """Make a profile, and with it what each of its variants makes of it."""
    merged = _merged(path, document, ())
    profile = made(merged)
    dated = []
    for index, variant in enumerate(profile.variants):
        changed = _changed(
            merged, variant.change, Origin(path, document, ("variants", index, "change"))
        )
        dated.append((variant, made(changed)))
    return profile.but(dated=tuple(dated)) if dated else profile


def load_text(text: str, origin: str) -> Profile:
    """Load a profile from a text that came from `origin`; it may extend shipped profiles alone.

    Whoever sends a text shall not read the files of this machine. Raises `ProfileError`.
    """
    try:
        document = YamlDocument.of(text)
    except YamlError as error:
        raise ProfileError(f"{origin}{error}") from None
    parent = document.value.get("extends")
    names = shipped_names()
    if isinstance(parent, str) and parent not in names:
        raise ProfileError(
            f"{origin}:{document.line(('extends',))}: extends: received {parent!r}; expected one "
            f"of {', '.join(names)}{nearest(parent, names)}"
        )
    return _dated(Path(origin), document, _validated)


def family(path: Path) -> tuple[Path, ...]:
    """List a profile's file and those of its parents, as far as they can be read."""
    found: list[Path] = []
    at: Path | None = path
    while at is not None and at not in found and len(found) <= _LONGEST_LINE:
        found.append(at)
        at = _parent(at)
    return tuple(found)


def _parent(path: Path) -> Path | None:
    try:
        parent = _read(path).value.get("extends")
        return _find(parent, beside=path) if isinstance(parent, str) else None
    except ProfileError:
        return None


def _find(name_or_path: str | Path, beside: Path | None = None) -> Path:
    text = str(name_or_path)
    if isinstance(name_or_path, str) and not is_file_name(text):
        names = shipped_names()
        if text not in names:
            raise ProfileError(
                f"no profile {text!r}; expected one of {', '.join(names)}, or the path of a YAML "
                f"file{nearest(text, names)}"
            )
        return _SHIPPED / f"{text}.yaml"
    path = Path(name_or_path)
    return path if beside is None else beside.parent / path


def _read(path: Path) -> YamlDocument:
    try:
        return YamlDocument.read(path)
    except OSError as error:
        raise ProfileError(
            f"{path}: cannot read the profile ({error.strerror}); expected a YAML file, or one of "
            f"the names {', '.join(shipped_names())}"
        ) from None
    except YamlError as error:
        raise ProfileError(f"{path}{error}") from None


def _merged(path: Path, document: YamlDocument, below: tuple[Path, ...]) -> Merged:
    """Lay a profile over its parent: keys replace, rules go before the parent's."""
    line = (*below, path.resolve())
    parent = document.value.get("extends")
    if not isinstance(parent, str):
        return _over(Merged(), _plain(document), Origin(path, document, ()))
    where = f"{path}:{document.line(('extends',))}: extends: "
    try:
        parent_path = _find(parent, beside=path)
        _check_line(line, parent_path)
        parent_document = _read(parent_path)
    except ProfileError as error:
        raise ProfileError(f"{where}{error}") from None
    inherited = _merged(parent_path, parent_document, line)
    for key in _NOT_INHERITED:
        inherited.data.pop(key, None)
    return _over(inherited, _plain(document), Origin(path, document, ()))


def _check_line(line: tuple[Path, ...], parent: Path) -> None:
    if parent.resolve() in line:
        family = " -> ".join(known.stem for known in (*line, parent))
        raise ProfileError(f"a cycle of inheritance: {family}; take one 'extends' away")
    if len(line) > _LONGEST_LINE:
        raise ProfileError(f"more than {_LONGEST_LINE} parents above one another")


def _plain(document: YamlDocument) -> dict[str, Any]:
    return {str(key): value for key, value in document.value.items()}


def _over(under: Merged, data: dict[str, Any], origin: Origin) -> Merged:
    """Lay data over data. A rule takes the place of the one with its id; `without` removes some."""
    own = data.get("rules", [])
    if not isinstance(own, list):
        own = None
    merged = Merged({**under.data, **data}, dict(under.keys))
    for key in data:
        merged.keys[key] = Origin(origin.path, origin.document, (*origin.place, key))
    if own is None:
        return merged
    gone = {rule.get("id") for rule in own if isinstance(rule, dict)}
    gone |= _without(under, data, origin)
    kept = [
        (rule, known)
        for rule, known in zip(under.data.get("rules", []), under.rules, strict=False)
        if not (isinstance(rule, dict) and rule.get("id") in gone)
    ]
    place = (*origin.place, "rules")
    merged.rules = [Origin(origin.path, origin.document, (*place, at)) for at in range(len(own))]
    merged.rules += [known for _, known in kept]
    merged.own = len(own)
    merged.data["rules"] = [*own, *(rule for rule, _ in kept)]
    return merged


def _without(under: Merged, data: dict[str, Any], origin: Origin) -> set[object]:
    without = data.get("without", [])
    if not isinstance(without, list):
        return set()
    known = [rule.get("id") for rule in under.data.get("rules", []) if isinstance(rule, dict)]
    for index, name in enumerate(without):
        if name not in known:
            line = origin.document.line((*origin.place, "without", index))
            raise ProfileError(
                f"{origin.path}:{line}: without[{index}]: no inherited rule {name!r}"
                f"{nearest(str(name), [str(one) for one in known])}"
            )
    return set(without)


def _changed(merged: Merged, change: dict[str, Any], origin: Origin) -> Merged:
    """Lay a variant's change over its profile."""
    bare = {key: value for key, value in merged.data.items() if key not in _NOT_OF_VARIANTS}
    return _over(Merged(bare, merged.keys, merged.rules), change, origin)


def _built(merged: Merged) -> Profile:
    return build(Profile, merged.data)


def _validated(merged: Merged) -> Profile:
    from mock_upstream.profile_format.profile_fault import shape_faults
    from mock_upstream.profile_format.profile_lint import lint

    misshapen = shape_faults(merged.data)
    if misshapen:
        raise ProfileError(_listed([_told(merged, one) for one in misshapen]))
    profile = _built(merged)
    faults = [_told_at(merged, place, what) for place, what in lint(profile, merged.own)]
    if faults:
        raise ProfileError(_listed(faults))
    return profile


def _listed(faults: list[str]) -> str:
    more = len(faults) - _MOST_FAULTS
    return "\n".join(faults[:_MOST_FAULTS] + ([f"and {more} more"] if more > 0 else []))


def _told(merged: Merged, fault: "ErrorDetails") -> str:
    from mock_upstream.profile_format.profile_fault import describe

    origin = merged.origin(fault["loc"])
    return f"{origin.path}{describe(origin.document, fault, origin.place)}"


def _told_at(merged: Merged, place: tuple[str | int, ...], what: str) -> str:
    origin = merged.origin(place)
    return f"{origin.path}:{origin.document.line(origin.place)}: {render(origin.place)}: {what}"
