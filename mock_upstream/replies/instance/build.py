"""Builds a small instance of a schema: what is required and no more.

Branches are tried in their order. A reference that is already being followed is not followed
again, so recursive schemas end where they first can.
"""

from collections.abc import Mapping
from typing import Any, Final

from mock_upstream.replies.instance.conform import Conformity, item_schemas
from mock_upstream.replies.instance.flatten import Flat, flatten
from mock_upstream.replies.instance.limits import MAX_DEPTH, MAX_ITEMS, TooMuch, Unsatisfiable, Work
from mock_upstream.replies.instance.number import is_number, number
from mock_upstream.replies.instance.text import text

_HINTS: Final[Mapping[str, tuple[str, ...]]] = {
    "object": ("properties", "required", "additionalProperties", "minProperties"),
    "array": ("items", "prefixItems", "minItems", "contains", "uniqueItems"),
    "string": ("minLength", "maxLength", "pattern", "format"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
"""What a schema without a type says of the type that it means."""
_GUESSES: Final = ("string", "number", "boolean", "object", "array", "null")
"""What is tried for a schema without a type."""


def build(schema: object) -> Any:
    """Build an instance. Raises `Unsatisfiable` when none was found within bounds."""
    work = Work()
    try:
        built = _Builder(schema, work).build(schema, frozenset(), 0)
        if not Conformity(schema, work).meets(built, schema):
            raise Unsatisfiable("its demands were not met together")
    except RecursionError:
        raise TooMuch("it is nested too deeply") from None
    return built


class _Builder:
    """Builds the instances of one schema's parts."""

    def __init__(self, root: object, work: Work) -> None:
        self._root = root
        self._work = work
        self._conformity = Conformity(root, work)
        self._variant = 0

    def build(self, schema: object, path: frozenset[str], depth: int) -> Any:
        """Build an instance of a subschema, below the references of `path`."""
        if depth > MAX_DEPTH:
            raise Unsatisfiable(f"it is nested deeper than {MAX_DEPTH} levels")
        flat = flatten(schema, self._root, self._work)
        again = flat.refs & path
        if again:
            raise Unsatisfiable(f"{min(again)} needs itself without end")
        below = path | flat.refs
        if flat.branches:
            return self._chosen(schema, flat, below, depth)
        return self._typed(flat.demands, below, depth)

    def _chosen(self, schema: object, flat: Flat, path: frozenset[str], depth: int) -> Any:
        """Take the first branch that leads to an instance of the whole."""
        first, *others = flat.branches
        left: list[object] = [{"anyOf": branches} for branches in others]
        failure = Unsatisfiable("none of its branches can be met")
        for branch in first:
            part = {"allOf": [flat.demands, branch, *left]}
            try:
                built = self.build(part, path, depth + 1)
                if self._conformity.meets(built, schema):
                    return built
            except TooMuch:
                raise
            except Unsatisfiable as error:
                failure = error
        raise failure

    def _typed(self, demands: Mapping[str, Any], path: frozenset[str], depth: int) -> Any:
        if isinstance(demands.get("enum"), list):
            return self._listed(demands)
        types = demands.get("type") or _meant(demands)
        failure = Unsatisfiable(f"its type {types!r} is not one of JSON's")
        for kind in sorted(map(str, types), key=lambda one: one == "null"):
            try:
                built = self._made(kind, demands, path, depth)
                if "not" not in demands or self._conformity.meets(built, demands):
                    return built
                failure = Unsatisfiable("what it excludes could not be avoided")
            except TooMuch:
                raise
            except Unsatisfiable as error:
                failure = error
        raise failure

    def _listed(self, demands: Mapping[str, Any]) -> Any:
        """Choose one of the values that are listed."""
        values, skipped = demands["enum"], self._variant
        for value in values:
            if self._conformity.meets(value, demands):
                if not skipped:
                    return value
                skipped -= 1
        raise Unsatisfiable(f"none of its {len(values)} values will do")

    def _made(self, kind: str, demands: Mapping[str, Any], path: frozenset[str], depth: int) -> Any:
        match kind:
            case "object":
                return self._object(demands, path, depth)
            case "array":
                return self._array(demands, path, depth)
            case "string":
                return text(demands, self._variant)
            case "number" | "integer":
                return number(demands, whole=kind == "integer", variant=self._variant)
            case "boolean":
                return self._variant % 2 == 1
            case "null":
                return None
        raise Unsatisfiable(f"its type {kind!r} is not one of JSON's")

    def _array(self, demands: Mapping[str, Any], path: frozenset[str], depth: int) -> list[Any]:
        held = demands.get("minContains", 1) if "contains" in demands else 0
        count = max(_count(demands.get("minItems")), _count(held))
        first, rest = item_schemas(demands)
        outer, items = self._variant, []
        for index in range(count):
            schema = first[index] if index < len(first) else rest
            if index < _count(held):
                schema = {"allOf": [schema, demands["contains"]]}
            self._variant = index if demands.get("uniqueItems") is True else outer
            items.append(self.build(schema, path, depth + 1))
        self._variant = outer
        return items

    def _object(
        self, demands: Mapping[str, Any], path: frozenset[str], depth: int
    ) -> dict[str, Any]:
        declared = demands.get("properties")
        declared = declared if isinstance(declared, dict) else {}
        built: dict[str, Any] = {}
        for name in self._needed(demands):
            schema = declared[name] if name in declared else _undeclared(demands)
            built[name] = self.build(schema, path, depth + 1)
        missing = _count(demands.get("minProperties")) - len(built)
        for name in (name for name in declared if name not in built) if missing > 0 else ():
            if missing <= 0:
                break
            built[name] = self.build(declared[name], path, depth + 1)
            missing -= 1
        for index in range(missing):
            built[f"key{index}"] = self.build(_undeclared(demands), path, depth + 1)
        return built

    def _needed(self, demands: Mapping[str, Any]) -> list[str]:
        """List the names that are required, and those that they require in turn."""
        required = demands.get("required")
        required = required if isinstance(required, list) else []
        names = [name for name in required if isinstance(name, str)]
        dependent = demands.get("dependentRequired")
        needed = dict.fromkeys(names)
        for name in names:  # grows while it is read
            more = dependent.get(name) if isinstance(dependent, dict) else None
            for one in more if isinstance(more, list) else ():
                self._work.step()
                if isinstance(one, str) and one not in needed:
                    needed[one] = None
                    names.append(one)
        return list(needed)


def _undeclared(demands: Mapping[str, Any]) -> object:
    """Give the schema of a property that is not declared; patterns are not run to find theirs."""
    others, patterned = demands.get("additionalProperties", True), demands.get("patternProperties")
    if others is False and isinstance(patterned, dict) and patterned:
        return next(iter(patterned.values()))
    return others


def _meant(demands: Mapping[str, Any]) -> tuple[str, ...]:
    """Guess the type of a schema that names none: what its demands speak of, then any other."""
    spoken = (kind for kind, hints in _HINTS.items() if any(hint in demands for hint in hints))
    return tuple(dict.fromkeys((*spoken, *_GUESSES)))


def _count(value: object) -> int:
    if not is_number(value):
        return 0
    if value > MAX_ITEMS:
        raise Unsatisfiable(f"it asks for {value:g} members, more than {MAX_ITEMS}")
    return int(value)
