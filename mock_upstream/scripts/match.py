"""Which requests an entry or a fault is for: endpoint, model, headers, places in the body, nth."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import get_args

from mock_upstream.access.credentials import is_secret_name
from mock_upstream.field_path import FieldPath, Location
from mock_upstream.nearest import nearest
from mock_upstream.scripts.condition import Condition, condition, shown_all
from mock_upstream.scripts.incoming import EndpointName, Incoming

ENDPOINT_NAMES: tuple[EndpointName, ...] = get_args(EndpointName)


@dataclass(frozen=True, slots=True)
class Difference:
    """One condition that a request does not meet: the place, what it asks for, what was there."""

    place: str
    expected: str
    received: str

    def __str__(self) -> str:
        return f"{self.place}: expected {self.expected}, received {self.received}"


@dataclass(frozen=True, slots=True)
class Match:
    """Conditions on a request; what is left out is not asked for.

    `endpoint` left out means either API. `header` and `body` say of a header's name, or of a field
    path, what value has to be there: a plain value to be equalled, or a condition such as
    `Contains("ls")`. Where a path names several places, one of them is enough. `nth` counts, from
    1, the requests that meet all the other conditions.

    Raises `ValueError` for an unknown endpoint, a text that is no field path, or an `nth` under 1.
    """

    endpoint: EndpointName | None = None
    model: str | Condition | None = None
    header: Mapping[str, str | Condition] = field(default_factory=dict)
    body: Mapping[str, object] = field(default_factory=dict)
    nth: int | None = None
    _headers: tuple[tuple[str, Condition], ...] = field(init=False, repr=False, compare=False)
    _paths: tuple[tuple[FieldPath, Condition], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check(self)
        headers = tuple((name.lower(), condition(one)) for name, one in self.header.items())
        paths = tuple((FieldPath.parse(path), condition(one)) for path, one in self.body.items())
        object.__setattr__(self, "header", MappingProxyType(dict(self.header)))
        object.__setattr__(self, "body", MappingProxyType(dict(self.body)))
        object.__setattr__(self, "_headers", headers)
        object.__setattr__(self, "_paths", paths)

    def holds(self, incoming: Incoming) -> bool:
        """Say whether a request meets all conditions but `nth`, which needs a count."""
        return next(self.differences(incoming), None) is None

    def differences(self, incoming: Incoming) -> Iterator[Difference]:
        """Tell the conditions that a request does not meet, without `nth`; the cheap ones first."""
        if not self._has_endpoint(incoming):
            yield Difference(
                "endpoint", self.endpoint or "responses or chat", incoming.endpoint or incoming.path
            )
        for name, wanted in self._headers:
            values: Sequence[object] = incoming.header(name)
            if not wanted.holds(values):
                yield _header_difference(name, wanted, values)
        if self.model is not None:
            wanted, models = condition(self.model), _given(incoming.model)
            if not wanted.holds(models):
                yield Difference("model", str(wanted), shown_all(models))
        for path, wanted in self._paths:
            values = values_at(path, incoming.payload)
            if not wanted.holds(values):
                yield Difference(f"body {path.text}", str(wanted), shown_all(values))

    @property
    def size(self) -> int:
        """How many conditions there are, besides `nth`."""
        return (
            (self.endpoint is not None)
            + (self.model is not None)
            + len(self.header)
            + len(self.body)
        )

    def _has_endpoint(self, incoming: Incoming) -> bool:
        if self.endpoint is None:
            return incoming.endpoint in ("responses", "chat")
        return self.endpoint in ("any", incoming.endpoint)


def _header_difference(name: str, wanted: Condition, values: Sequence[object]) -> Difference:
    """Tell what a header lacks; of one that holds a secret, no value."""
    if is_secret_name(name.encode("latin-1")):
        received = "another value" if values else "nothing"
        return Difference(f"header {name}", "the value that the script names", received)
    return Difference(f"header {name}", str(wanted), shown_all(values))


def values_at(path: FieldPath, payload: object) -> Sequence[object]:
    """List the values at the places that a path names."""
    return [_value(payload, place) for place in path.find(payload)]


def _value(payload: object, place: Location) -> object:
    for step in place:
        payload = payload[step]  # type: ignore[index]  # the path has just been found there
    return payload


def _given(value: object) -> tuple[object, ...]:
    return () if value is None else (value,)


def _check(match: Match) -> None:
    if match.endpoint is not None and match.endpoint not in ENDPOINT_NAMES:
        raise ValueError(
            f"received {match.endpoint!r} as endpoint; expected one of {', '.join(ENDPOINT_NAMES)}"
            f"{nearest(str(match.endpoint), ENDPOINT_NAMES)}"
        )
    if match.nth is not None and (isinstance(match.nth, bool) or match.nth < 1):
        raise ValueError(f"received {match.nth!r} as nth; expected a whole number from 1")
