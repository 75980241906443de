"""Words: how the API speaks of certain objects, read from `words.yaml`.

A row concerns every union that its `member` is in. `noun` is what a type error calls the object;
`blame: object` says that an unfit `type` or `role` is reported at the object; `type` and `role`
give the values that an error lists: `values` in the API's order, `also` those that the API takes
and the types do not have, `familiar` those that it knows at any place of this kind.
`first` names a required key that is looked for before the others.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mock_upstream.schema.objects import Choice
from mock_upstream.schema.shapes import Shape, members

Row = Mapping[str, Any]


class Words:
    """The rows, by the member that they concern."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = {row["member"]: row for row in rows}

    def _row(self, names: Sequence[str]) -> Row:
        return next((self._rows[name] for name in names if name in self._rows), {})

    def called(self, alternatives: Sequence[Shape]) -> list[Shape]:
        """Put what the API calls an object in the place of its name, at any depth of the shapes.

        All objects of a union go by the one noun that a row gives to any of them.
        """
        names = [
            shape["ref"] for shape in alternatives if isinstance(shape, Mapping) and "ref" in shape
        ]
        noun = next(
            (row["noun"] for name in names if "noun" in (row := self._row([name]))), "object"
        )
        leads = any(self._row([name]).get("objects_first") for name in names)
        order = sorted(alternatives, key=_is_object, reverse=True) if leads else alternatives
        return [self._called(shape, noun) for shape in order]

    def _called(self, shape: Shape, noun: str) -> Shape:
        if not isinstance(shape, Mapping):
            return shape
        if "ref" in shape:
            return {"noun": noun}
        if "items" in shape:
            return {"items": {"any_of": self.called(members([shape["items"]]))}}
        return shape

    def put_into(self, choice: Choice, names: Sequence[str], declared: Sequence[str]) -> None:
        """Give a union's choice the values that its errors list, and whom they blame."""
        row = self._row(names)
        said = row.get(choice.key, {})
        welcome = dict.fromkeys([*declared, *said.get("also", ())])
        order = [value for value in said.get("values", ()) if value in welcome]
        choice.names = list(dict.fromkeys([*order, *welcome]))
        choice.familiar = said.get("familiar", ())
        choice.blames_object = row.get("blame") == "object"

    def first(self, names: Sequence[str]) -> Sequence[str]:
        """Name the required keys that are looked for before the others."""
        return tuple(self._row(names).get("first", ()))


def _is_object(shape: Shape) -> bool:
    return isinstance(shape, Mapping) and "ref" in shape
