"""Walks the type hints of TypedDicts into shapes; for the generator alone.

A shape is JSON data:
`"string"`, `"integer"`, `"number"`, `"boolean"`, `"null"`, `"any"`;
`{"enum": [values]}`, `{"items": shape}`, `{"map": shape}` (free keys), `{"ref": object name}`,
`{"any_of": [shapes]}`.
An object is `{"required": [keys], "properties": {key: shape}}`; objects are named and refer to
each other by name, so that recursive types end.
"""

import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import typing_extensions

Shape: TypeAlias = str | dict[str, Any]

_SCALARS: Mapping[object, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
    object: "any",
    Any: "any",
}
_QUALIFIERS = (
    typing_extensions.Required,
    typing_extensions.NotRequired,
    typing_extensions.ReadOnly,
)


class UnknownHintError(TypeError):
    """A type hint that the walk cannot read; it must learn it before data is written."""


class TypeWalk:
    """Collects every object that the given TypedDicts reach."""

    def __init__(self, package: str) -> None:
        self._prefix = package + "."
        self.objects: dict[str, dict[str, Any]] = {}

    def shape(self, hint: Any) -> Shape:
        """Turn one type hint into a shape, collecting the objects that it reaches."""
        if hint in _SCALARS:
            return _SCALARS[hint]
        if typing_extensions.is_typeddict(hint):
            return {"ref": self._collect(hint)}
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Literal:
            return {"enum": list(arguments)}
        if origin is Annotated or origin in _QUALIFIERS:
            return self.shape(arguments[0])
        if origin is Union or origin is types.UnionType:
            return _union(self.shape(argument) for argument in arguments)
        return self._container(hint, origin, arguments)

    def _container(self, hint: Any, origin: Any, arguments: tuple[Any, ...]) -> Shape:
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return {"map": self.shape(arguments[1])}
        if _is_array(origin):
            return {"items": self.shape(arguments[0])}
        raise UnknownHintError(f"no shape for the type hint {hint!r}; teach {__name__} to read it")

    def _collect(self, typed_dict: type) -> str:
        """Walk one TypedDict, once; return its name."""
        name = f"{typed_dict.__module__}.{typed_dict.__qualname__}".removeprefix(self._prefix)
        if name not in self.objects:
            entry: dict[str, Any] = {}
            self.objects[name] = entry  # before its properties, for types that hold themselves
            hints = get_type_hints(typed_dict, include_extras=True)
            entry["required"] = sorted(required_keys(typed_dict, hints))
            entry["properties"] = {
                _wire_name(key, hint): self.shape(hint) for key, hint in hints.items()
            }
        return name


def _union(shapes: Iterable[Shape]) -> Shape:
    """Join shapes flat; an enum beside a free string limits nothing and is left out."""
    members: list[Shape] = []
    for shape in shapes:
        nested = shape["any_of"] if isinstance(shape, dict) and "any_of" in shape else [shape]
        members += [member for member in nested if member not in members]
    if "string" in members:
        members = [member for member in members if "enum" not in member]
    return members[0] if len(members) == 1 else {"any_of": members}


def required_keys(typed_dict: type, hints: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys that a TypedDict requires.

    `__required_keys__` cannot be trusted where annotations are strings: the qualifier inside the
    string is not seen by it. So each key is judged by its own qualifier, else by the totality of
    the class that declares it.
    """
    totals = _totals(typed_dict)
    for key, hint in hints.items():
        origin = get_origin(hint)
        by_default = totals[key] and origin is not typing_extensions.NotRequired
        if by_default or origin is typing_extensions.Required:
            yield _wire_name(key, hint)


def _totals(typed_dict: type) -> dict[str, bool]:
    """Say for each key whether the class that declares it is total."""
    inherited: dict[str, bool] = {}
    for base in getattr(typed_dict, "__orig_bases__", ()):
        if typing_extensions.is_typeddict(base):
            inherited |= _totals(base)
    own = {key: bool(getattr(typed_dict, "__total__", True)) for key in typed_dict.__annotations__}
    return own | inherited


def _wire_name(key: str, hint: Any) -> str:
    """Give the name that travels: the SDK's `PropertyInfo(alias=…)`, else the key itself."""
    if get_origin(hint) in _QUALIFIERS:
        return _wire_name(key, get_args(hint)[0])
    if get_origin(hint) is Annotated:
        for note in get_args(hint)[1:]:
            alias = getattr(note, "alias", None)
            if isinstance(alias, str):
                return alias
    return key


def _is_array(origin: Any) -> bool:
    if not isinstance(origin, type):
        return False
    # The SDK's SequenceNotStr is a protocol: a sequence by name only.
    return issubclass(origin, Sequence) or origin is Iterable or origin.__name__ == "SequenceNotStr"
