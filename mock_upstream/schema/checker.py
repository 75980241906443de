"""The checker: what one API's requests are held to by the closed schema, compiled once."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from mock_upstream.schema.data import load_schema
from mock_upstream.schema.fault import Fault
from mock_upstream.schema.places import UNKNOWN, Held, Lookup, Place, Step
from mock_upstream.schema.tables import Tables
from mock_upstream.verdict import Api


class Checker:
    """Finds the faults of parsed request bodies; immutable, and so shared by all sessions.

    Faults come in document order. What is wrong with an object as a whole (a `type` that no member
    of a union has, a required key that is absent) stands at the object's opening, before its keys:
    a Chat-shaped tool misses its `name` before its `function` is unknown
    (openai-resp-tool-name-missing).
    """

    __slots__ = ("_root",)

    def __init__(self, root: Place) -> None:
        self._root = root

    def first(self, payload: object, *, unknown: bool = True) -> Fault | None:
        """Return the first fault in document order, or None.

        `unknown` says whether undeclared keys are faults; every other kind is found either way.
        """
        return next(self.all(payload, unknown=unknown), None)

    def fine(self, payload: object, *, unknown: bool = True) -> bool:
        """Say whether there is no fault: `all` without places and their order, for most requests.

        What is below a value waits for its turn behind what was found before.
        """
        faults, below = self._root.open(payload, ())
        waiting = [] if below is None else [below]
        if faults:
            return False
        for pairs, lookup, otherwise in waiting:
            for key, value in pairs:
                place = lookup(key, otherwise)
                if place is None:
                    continue
                check = place.kinds.get(value.__class__, place)
                if check is None or (check is UNKNOWN and not unknown):
                    continue
                faults, below = check.open(value, ())
                if faults:
                    return False
                if below is not None:
                    waiting.append(below)
        return True

    def all(self, payload: object, *, unknown: bool = True) -> Iterator[Fault]:
        """Yield every fault in document order; there may be as many as the payload has values.

        It walks declared places alone, on a stack of its own: what the schema leaves open (tool
        parameters) is never entered, and no nesting exhausts Python's stack. Most values are fine
        by their type, and are not opened.
        """
        path: list[Step] = []
        stack: list[tuple[Iterator[tuple[Any, object]], Lookup, Held | None]] = []
        if isinstance(payload, Mapping) and not isinstance(payload, dict):
            payload = dict(payload)
        faults, below = self._root.open(payload, path)
        yield from faults
        while below is not None or stack:
            if below is not None:
                stack.append((iter(below[0]), *below[1:]))
            pairs, lookup, otherwise = stack[-1]
            for key, value in pairs:
                place = lookup(key, otherwise)
                if place is None:
                    continue
                check = place.kinds.get(value.__class__, place)
                if check is None or (check is UNKNOWN and not unknown):
                    continue
                path.append(key)
                faults, below = check.open(value, path)
                if faults:
                    yield from faults
                if below is not None:
                    break
                path.pop()
            else:
                below = None
                stack.pop()
                if path:
                    path.pop()


@cache
def compile_schema(api: Api) -> Checker:
    """Compile what an API declares; once a process, as the committed data never change."""
    return Checker(Tables(load_schema()).root(api))
