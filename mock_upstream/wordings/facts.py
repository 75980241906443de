"""Facts: the values of a wording's placeholders, for one finding in one request."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mock_upstream.judging.finding import Finding
from mock_upstream.judging.suggestions import suggestion
from mock_upstream.schema.fault import echo
from mock_upstream.verdict import Api, Payload
from mock_upstream.wordings import minted, path_style
from mock_upstream.wordings.echo import pruned
from mock_upstream.wordings.path_style import PathStyle


@dataclass(frozen=True, slots=True)
class Told:
    """What is told: a rule's finding, all its findings if they are told together, the request."""

    rule: str
    api: Api
    style: PathStyle
    payload: Payload
    finding: Finding
    together: Sequence[Finding]

    def values(self, names: Collection[str]) -> dict[str, object]:
        """Fill the named placeholders."""
        fault = self.finding.fault.values()
        return {
            name: _FACTS[name](self)
            if name in _FACTS
            else self.finding.extra.get(name, fault.get(name, ""))
            for name in names
        }

    @property
    def place(self) -> tuple[str | int, ...]:
        """The concrete place of the finding."""
        return self.finding.fault.place


def _index(number: int) -> Callable[[Told], object]:
    def find(told: Told) -> object:
        indices = [step for step in told.place if isinstance(step, int)]
        return indices[number] if number < len(indices) else ""

    return find


def _loc(told: Told) -> list[str | int]:
    return ["body", *path_style.steps(told.place, told.style, told.payload)]


def _role(told: Told) -> object:
    """Give the role of the innermost message around the place."""
    role: object = ""
    value: object = told.payload
    for step in told.place:
        if isinstance(value, dict):
            role = value.get("role", role)
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            break
    return role


def _tool(told: Told) -> object:
    """Give the name of the tool or call around the place."""
    name: object = ""
    value: object = told.payload
    for step in told.place:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        function = value.get("function", value) if isinstance(value, dict) else None
        if isinstance(function, dict):
            name = function.get("name", name)
    return name


def _names(told: Told) -> list[str]:
    return [finding.fault.values()["name"] for finding in told.together]


def _extra(name: str, otherwise: Callable[[Told], object]) -> Callable[[Told], object]:
    return lambda told: told.finding.extra[name] if name in told.finding.extra else otherwise(told)


_FACTS: Final[Mapping[str, Callable[[Told], object]]] = {
    "path": lambda told: path_style.write(told.place, told.style, told.payload),
    "input": lambda told: pruned(told.finding.fault.value),
    "input_repr": lambda told: repr(pruned(told.finding.fault.value)),
    "loc": _loc,
    "loc_repr": lambda told: path_style.python_tuple(_loc(told)),
    "index": _index(0),
    "index2": _index(1),
    "index3": _index(2),
    "column": lambda told: path_style.compact_column(told.place, told.payload),
    "role": _extra("role", _role),
    "tool": _extra("tool", _tool),
    "model": lambda told: echo(told.payload.get("model", "")),
    "names": lambda told: ", ".join(_names(told)),
    "names_repr": lambda told: repr(_names(told)),
    "count": lambda told: len(told.together),
    "suggestion": lambda told: suggestion(told.api, told.place),
    "request_id": lambda told: minted.request_id(told.rule),
    "uuid": lambda told: minted.request_uuid(told.rule),
    "time": lambda _: minted.TIME,
}
