"""Whether a generated value meets a schema: the check after a branch was chosen.

Patterns and formats are not looked at: the texts were made for them, and to run a pattern that
comes with a request could take any time.
"""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from mock_upstream.replies.instance.flatten import resolve
from mock_upstream.replies.instance.limits import MAX_DEPTH, TooMuch, Unsatisfiable, Work
from mock_upstream.replies.instance.number import is_number

_NAMES: Final[Mapping[type, str]] = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    type(None): "null",
}


def type_of(value: object) -> str:
    """Name the JSON type of a value; a whole number, however it is written, is an integer."""
    name = _NAMES.get(type(value))
    if name is None:
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        name = "integer" if whole else "number"
    return name


def same(one: object, other: object) -> bool:
    """Compare two JSON values; `true` is not 1."""
    return type_of(one) == type_of(other) and one == other


class Conformity:
    """Checks values against the subschemas of one schema, within its work."""

    def __init__(self, root: object, work: Work) -> None:
        self._root = root
        self._work = work

    def meets(self, value: Any, schema: object, depth: int = 0) -> bool:
        """Say whether a value meets a subschema. Raises `TooMuch`."""
        self._work.step()
        if depth > 2 * MAX_DEPTH:
            raise TooMuch(f"its references go deeper than {2 * MAX_DEPTH} levels")
        if not isinstance(schema, dict):
            return schema is not False
        return (
            self._meets_type(value, schema)
            and self._meets_others(value, schema, depth + 1)
            and (not is_number(value) or self._number(value, schema))
            and (not isinstance(value, str) or _counted(len(value), schema, "Length"))
            and (not isinstance(value, list) or self._array(value, schema, depth + 1))
            and (not isinstance(value, dict) or self._object(value, schema, depth + 1))
        )

    def _meets_type(self, value: Any, schema: Mapping[str, Any]) -> bool:
        types, actual = schema.get("type"), type_of(value)
        wanted = [types] if isinstance(types, str) else types
        actuals = (actual, "number") if actual == "integer" else (actual,)
        if isinstance(wanted, list) and not any(one in wanted for one in actuals):
            return False
        if isinstance(schema.get("enum"), list):
            self._work.step(1 + len(schema["enum"]) // 1000)
            return any(same(value, one) for one in schema["enum"])
        return "const" not in schema or same(value, schema["const"])

    def _meets_others(self, value: Any, schema: Mapping[str, Any], depth: int) -> bool:
        reference = schema.get("$ref")
        if isinstance(reference, str):
            try:
                target = resolve(reference, self._root)
            except Unsatisfiable:
                return False
            if not self.meets(value, target, depth):
                return False
        met = {
            name: sum(self.meets(value, one, depth) for one in schema[name])
            for name in ("allOf", "anyOf", "oneOf")
            if isinstance(schema.get(name), list) and schema[name]
        }
        if met.get("oneOf", 1) != 1 or ("allOf" in met and met["allOf"] != len(schema["allOf"])):
            return False
        if not met.get("anyOf", 1) or ("not" in schema and self.meets(value, schema["not"], depth)):
            return False
        return "if" not in schema or self._meets_branch(value, schema, depth)

    def _meets_branch(self, value: Any, schema: Mapping[str, Any], depth: int) -> bool:
        branch = "then" if self.meets(value, schema["if"], depth) else "else"
        return self.meets(value, schema.get(branch, True), depth)

    @staticmethod
    def _number(value: Any, schema: Mapping[str, Any]) -> bool:
        step = schema.get("multipleOf")
        if is_number(step) and step > 0 and Fraction(repr(value)) % Fraction(repr(step)):
            return False
        bounds = {name: schema[name] for name in _BOUNDS if is_number(schema.get(name))}
        return (
            value >= bounds.get("minimum", -math.inf)
            and value <= bounds.get("maximum", math.inf)
            and ("exclusiveMinimum" not in bounds or value > bounds["exclusiveMinimum"])
            and ("exclusiveMaximum" not in bounds or value < bounds["exclusiveMaximum"])
        )

    def _array(self, value: list[Any], schema: Mapping[str, Any], depth: int) -> bool:
        if not _counted(len(value), schema, "Items"):
            return False
        first, rest = item_schemas(schema)
        for index, one in enumerate(value):
            if not self.meets(one, first[index] if index < len(first) else rest, depth):
                return False
        if schema.get("uniqueItems") is True:
            self._work.step(len(value) ** 2)
            if any(same(a, b) for i, a in enumerate(value) for b in value[:i]):
                return False
        if "contains" not in schema:
            return True
        held = sum(self.meets(one, schema["contains"], depth) for one in value)
        return _counted(held, {"minContains": 1} | schema, "Contains")  # type: ignore[operator]  # a dict

    def _object(self, value: dict[str, Any], schema: Mapping[str, Any], depth: int) -> bool:
        required = schema.get("required")
        if isinstance(required, list) and not all(name in value for name in map(str, required)):
            return False
        if not _counted(len(value), schema, "Properties"):
            return False
        declared, others = schema.get("properties"), schema.get("additionalProperties", True)
        declared = declared if isinstance(declared, dict) else {}
        others = True if schema.get("patternProperties") else others
        if not all(
            self.meets(one, declared.get(name, others), depth) for name, one in value.items()
        ):
            return False
        named = schema.get("propertyNames", True)
        if named is not True and not all(self.meets(name, named, depth) for name in value):
            return False
        dependent = schema.get("dependentRequired")
        pairs = dependent.items() if isinstance(dependent, dict) else ()
        return all(
            name not in value or all(one in value for one in needed)
            for name, needed in pairs
            if isinstance(needed, list)
        )


_BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def item_schemas(schema: Mapping[str, Any]) -> tuple[list[object], object]:
    """Give the schemas of an array's first items, and that of the rest, in either draft's words."""
    items = schema.get("items", True)
    if isinstance(items, list):
        return items, schema.get("additionalItems", True)
    first = schema.get("prefixItems")
    return (first if isinstance(first, list) else []), items


def _counted(count: int, schema: Mapping[str, Any], of: str) -> bool:
    least, most = schema.get(f"min{of}"), schema.get(f"max{of}")
    return not (is_number(least) and count < least) and not (is_number(most) and count > most)
