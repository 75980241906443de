"""Reads a YAML file safely and remembers on which line each value stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

SAFE_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""PyYAML's safe loader, the C one where there is one: it is ten times as fast."""


_DEEPEST = 50
_LARGEST = 1_000_000
"""Values in a file, those counted again that an alias repeats."""


class YamlError(ValueError):
    """A file that is no YAML mapping; the message begins with `:LINE: ` where a line is known."""


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """A YAML mapping and the syntax tree it came from.

    ``repeated`` holds the keys that are given twice, each with the line of the later one; there
    are none but where they were let pass, and of each the last one counts.
    """

    value: dict[object, object]
    root: yaml.MappingNode
    repeated: tuple[tuple[object, int], ...] = ()

    @classmethod
    def read(cls, path: Path, *, trusted: bool = False) -> "YamlDocument":
        """Read a file. Raises `OSError` and `YamlError`.

        A file that is trusted is not looked through for what would hurt the loader, or the reader.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise YamlError(f": not UTF-8 ({error.reason} at byte {error.start})") from None
        return cls.of(text, trusted=trusted)

    @classmethod
    def of(
        cls, text: str, *, trusted: bool = False, may_repeat_keys: bool = False
    ) -> "YamlDocument":
        """Read a text. Raises `YamlError`."""
        try:
            return cls._parse(text, trusted=trusted, may_repeat_keys=may_repeat_keys)
        except yaml.MarkedYAMLError as error:
            line = "" if error.problem_mark is None else f":{error.problem_mark.line + 1}"
            raise YamlError(f"{line}: not YAML: {error.problem}") from None
        except YamlError:
            raise
        except (yaml.YAMLError, ValueError) as error:  # ValueError: a date that is none, and such
            raise YamlError(f": not YAML: {error}") from None

    @classmethod
    def _parse(cls, text: str, *, trusted: bool, may_repeat_keys: bool) -> "YamlDocument":
        if not trusted:
            _refuse_depth(text)
        loader = SAFE_LOADER(text)
        try:
            root = loader.get_single_node()
            if not isinstance(root, yaml.MappingNode):
                raise YamlError(":1: expected a mapping of keys to values at the top")
            if trusted:
                return cls(loader.construct_document(root), root)
            repeated = tuple(_repeated(root))
            if repeated and not may_repeat_keys:
                key, line = repeated[0]
                raise YamlError(f":{line}: the key {key!r} is given twice; keep one")
            _refuse_growth(root)
            return cls(loader.construct_document(root), root, repeated)
        finally:
            loader.dispose()

    def line(self, place: tuple[str | int, ...]) -> int:
        """Give the line, from 1, of the value at a place, or of the nearest thing above it."""
        node: yaml.Node = self.root
        line: int = node.start_mark.line
        for step in place:
            found = _member(node, step)
            if found is None:
                break
            line, node = found
        return line + 1


def _member(node: yaml.Node, step: str | int) -> tuple[int, yaml.Node] | None:
    """Return what a node holds under a key or an index, with its line; None if nothing."""
    if isinstance(node, yaml.SequenceNode):  # maybe thousands
        if not isinstance(step, int) or step >= len(node.value):
            return None
        inner: yaml.Node = node.value[step]
        return inner.start_mark.line, inner
    return next(((line, inner) for key, line, inner in _members(node) if key == step), None)


def _members(node: yaml.Node) -> Iterator[tuple[object, int, yaml.Node]]:
    """Yield what a node holds: key or index, line, node."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key.value, key.start_mark.line, value
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield index, value.start_mark.line, value


def _refuse_depth(text: str) -> None:
    """Refuse nesting on which PyYAML's recursive composer exhausts the stack, the C one fatally."""
    depth = 0
    for event in yaml.parse(text, Loader=SAFE_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            line = "" if event.start_mark is None else f":{event.start_mark.line + 1}"
            raise YamlError(
                f"{line}: nested deeper than {_DEEPEST} levels; no file of ours needs that"
            )


def _refuse_growth(root: yaml.Node) -> None:
    """Refuse aliases that hold themselves, or make much of little: a reader follows each."""
    sizes: dict[int, int | None] = {}

    def size(node: yaml.Node) -> int:
        if id(node) not in sizes:
            sizes[id(node)] = None  # what holds itself is met again before it is counted
            sizes[id(node)] = 1 + sum(size(inner) for _, _, inner in _members(node))
        known = sizes[id(node)]
        if known is None:
            line = node.start_mark.line + 1
            raise YamlError(f":{line}: aliases go in a circle: this value holds itself")
        return known

    if size(root) > _LARGEST:
        raise YamlError(f": its aliases stand for more than {_LARGEST} values; write fewer of them")


def _repeated(root: yaml.Node) -> Iterator[tuple[object, int]]:
    """Yield each key given twice, which YAML loaders let pass in silence, and its line."""
    waiting, visited = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in visited:  # an alias
            continue
        visited.add(id(node))
        seen: set[object] = set()
        for key, line, inner in _members(node):
            waiting.append(inner)
            if isinstance(key, list):  # a mapping or a list as a key, which no loader takes
                continue
            if key in seen:
                yield key, line + 1
            seen.add(key)
