"""The checker: what one API's requests are held to by the closed schema, compiled once."""

from collections.abc import Iterator
from functools import cache

from mock_upstream.schema.data import load_schema
from mock_upstream.schema.fault import Fault
from mock_upstream.schema.tables import Node, Tables
from mock_upstream.unknown_keys import first_unknown
from mock_upstream.verdict import Api


class Checker:
    """Finds the faults of parsed request bodies; immutable, and so shared by all sessions."""

    __slots__ = ("_root",)

    def __init__(self, root: Node) -> None:
        self._root = root

    def first(self, payload: object, *, unknown: bool = True) -> Fault | None:
        """Return the first fault in document order, or None.

        `unknown` says whether undeclared keys are faults; every other kind is found either way.
        """
        return next(self.all(payload, unknown=unknown), None)

    def all(self, payload: object, *, unknown: bool = True) -> Iterator[Fault]:
        """Yield every fault, in document order."""
        place = first_unknown(self._root, payload) if unknown else None
        if place is not None:
            yield Fault("unknown", place)


@cache
def compile_schema(api: Api) -> Checker:
    """Compile what an API declares; once a process, as the committed data never change."""
    return Checker(Tables(load_schema()).root(api))
