"""Reads scripts: from a YAML file, from text, or from data that a control call brought.

Nothing of a script with a fault is used; all its faults are told, each with file, line and place.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from mock_upstream.scripts.answer import Answer
from mock_upstream.scripts.entry import ANY, Entry
from mock_upstream.scripts.fault_rule import FaultRule
from mock_upstream.scripts.node import Node, RefusedError, Source
from mock_upstream.scripts.read_fault import read_faults
from mock_upstream.scripts.read_match import read_match
from mock_upstream.scripts.read_reply import read_plan, read_raw
from mock_upstream.scripts.script import Script, ScriptError, Strict

_KEYS: Final = ("strict", "entries", "faults")
_ANSWER_KEYS: Final = ("reply", "raw", "fault")
_ENTRY_KEYS: Final = ("name", "match", "times", *_ANSWER_KEYS, "sequence")
_RULE_KEYS: Final = ("name", "match", "fault", "times", "every", "after")
_MOST_FAULTS: Final = 20

T = TypeVar("T")


def load_script(path: str | Path) -> Script:
    """Load a YAML file. Raises `ScriptError`."""
    from mock_upstream.profile_format.yaml_document import YamlDocument, YamlError

    try:
        document = YamlDocument.read(Path(path))
    except OSError as error:
        raise ScriptError(
            f"{path}: cannot read the script ({error.strerror}); expected a YAML file"
        ) from None
    except YamlError as error:
        raise ScriptError(f"{path}{error}") from None
    return _script(Node(document.value, (), Source(str(path), document)))


def parse_script(text: str, origin: str = "script") -> Script:
    """Read a script from YAML text, JSON included. Raises `ScriptError`."""
    from mock_upstream.profile_format.yaml_document import YamlDocument, YamlError

    try:
        document = YamlDocument.of(text)
    except YamlError as error:
        raise ScriptError(f"{origin}{error}") from None
    return _script(Node(document.value, (), Source(origin, document)))


def script_from(data: object, origin: str = "script") -> Script:
    """Read a script from data such as parsed JSON. Raises `ScriptError`."""
    return _script(Node(data, (), Source(origin)))


def faults_from(data: object, origin: str = "faults") -> tuple[FaultRule, ...]:
    """Read a list of fault rules from data such as parsed JSON. Raises `ScriptError`."""
    faults = _Faults()
    node = Node(data, (), Source(origin))
    rules = faults.each(node, _rule)
    faults.done()
    return rules


class _Faults:
    """Collects what is wrong, so that one reading tells it all."""

    def __init__(self) -> None:
        self._told: list[str] = []

    @contextmanager
    def telling(self) -> Iterator[None]:
        try:
            yield
        except RefusedError as error:
            self._told.append(str(error))

    def read(self, read: Callable[[], T], otherwise: T) -> T:
        with self.telling():
            return read()
        return otherwise

    def each(self, node: Node, read: Callable[[Node], T]) -> tuple[T, ...]:
        found: list[T] = []
        none: list[Node] = []
        for inner in self.read(node.items, none):
            with self.telling():
                found.append(read(inner))
        return tuple(found)

    def repeated(self, node: Node, entries: tuple[Entry, ...]) -> None:
        """Tell names that stand twice: journal and messages could not tell them apart."""
        seen: set[str] = set()
        for inner in entries:
            if inner.name is not None and inner.name in seen:
                with self.telling():
                    raise node.refuse(f"the name {inner.name!r} is given twice; keep one")
            seen.add(inner.name or "")

    def done(self) -> None:
        more = len(self._told) - _MOST_FAULTS
        told = self._told[:_MOST_FAULTS] + ([f"and {more} more"] if more > 0 else [])
        if told:
            raise ScriptError("\n".join(told))


def _script(node: Node) -> Script:
    faults = _Faults()
    found: dict[str, Node] = {}
    with faults.telling():
        found = dict(node.entries(f"a mapping with some of {', '.join(_KEYS)}"))
    for key in [one for one in found if one not in _KEYS]:
        with faults.telling():
            raise found[key].unknown(_KEYS)
    strict = Strict()
    entries: tuple[Entry, ...] = ()
    rules: tuple[FaultRule, ...] = ()
    if "strict" in found:
        strict = faults.read(lambda: _strict(found["strict"]), strict)
    if "entries" in found:
        entries = faults.each(found["entries"], _entry)
        faults.repeated(found["entries"], entries)
    if "faults" in found:
        rules = faults.each(found["faults"], _rule)
    faults.done()
    return Script(entries, rules, strict, node.source.origin)


def _strict(node: Node) -> Strict:
    if isinstance(node.value, bool):
        return Strict(node.value, node.value)
    found = node.mapping(("unmatched", "unused"))
    return Strict(**{name: inner.flag() for name, inner in found.items()})


def _entry(node: Node) -> Entry:
    found = node.mapping(_ENTRY_KEYS)
    given = [key for key in (*_ANSWER_KEYS, "sequence") if key in found]
    if not given:
        raise node.refuse("no answer; expected reply, raw, fault or sequence")
    if "sequence" in found and len(given) > 1:
        raise found["sequence"].refuse(f"stands beside {given[0]}; keep one of them")
    match = read_match(found["match"]) if "match" in found else ANY
    answer = _answer(node, found)
    sequence = tuple(map(_one, found["sequence"].items())) if "sequence" in found else ()
    if "sequence" in found and not sequence:
        raise found["sequence"].expected("at least one answer")
    name, times = _name(found), _times(found)
    return node.made(
        lambda: Entry(answer.reply, answer.faults, sequence, match, times, name, node.line)
    )


def _one(node: Node) -> Answer:
    """Read one answer of a sequence."""
    found = node.mapping(_ANSWER_KEYS)
    if not found:
        raise node.refuse("no answer; expected reply, raw or fault")
    return _answer(node, found)


def _answer(node: Node, found: dict[str, Node]) -> Answer:
    if "reply" in found and "raw" in found:
        raise found["raw"].refuse("stands beside reply; keep one of them")
    plan = read_plan(found["reply"]) if "reply" in found else None
    reply = read_raw(found["raw"]) if "raw" in found else plan
    fault = read_faults(found["fault"]) if "fault" in found else ()
    return node.made(lambda: Answer(reply, fault))


def _rule(node: Node) -> FaultRule:
    found = node.mapping(_RULE_KEYS)
    if "fault" not in found:
        raise node.refuse("no fault; expected a mapping under the key fault")
    match = read_match(found["match"]) if "match" in found else ANY
    fault = read_faults(found["fault"], limits=True)
    every = found["every"].whole() if "every" in found else 1
    after = found["after"].whole() if "after" in found else 0
    name, times = _name(found), _times(found)
    return node.made(lambda: FaultRule(fault, match, times, every, after, name, node.line))


def _name(found: dict[str, Node]) -> str | None:
    return found["name"].text() if "name" in found else None


def _times(found: dict[str, Node]) -> int | None:
    return found["times"].whole() if "times" in found else None
