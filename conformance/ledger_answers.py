"""The ledger's answers: what came of each variant, from the requests that left to the last word.

A block a variant and API, for the methods that got the same:

```
variant=json-object · responses completion
    POST /v1/responses of call with <key of the call>
    {"content":"…","finish_reason":"stop"}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conformance.matrix import APIS, METHODS
from conformance.reports.visible import without_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from conformance.matrix import Api, Case, Method
    from conformance.outcome import Outcome

Key = tuple[str, "Api", "Method"]
"""A case's options in words, its API and its method."""

Answers = dict[Key, tuple[str, ...]]

_INDENT: Final = "    "
_THEN: Final = " · "


def of_case(case: Case, outcome: Outcome) -> Iterator[tuple[Key, tuple[str, ...]]]:
    """Yield what came of ``case`` if it is a variant, each key told by its source."""
    if case.options.variant:
        sent = (
            f"{one.method} {one.path} of {one.base} with {one.credential}" for one in outcome.sent
        )
        lines = (*sent, *getattr(outcome.answer, "heard", ()))
        yield (str(case.options), case.api, case.method), tuple(map(without_keys, lines))


def render(answers: Answers) -> str:
    """Return the text that is committed."""
    blocks: dict[tuple[str, Api, tuple[str, ...]], list[Method]] = {}
    for (options, api, method), lines in answers.items():
        blocks.setdefault((options, api, lines), []).append(method)
    return "".join(
        "\n".join((f"{options}{_THEN}{api} {' '.join(methods)}", *map(_INDENT.__add__, lines), ""))
        for (options, api, lines), methods in blocks.items()
    )


def parse(text: str) -> Answers:
    """Read what `render` wrote; raises `ValueError` for another text."""
    answers: Answers = {}
    keys: list[Key] = []
    for line in text.split("\n")[:-1]:
        if line.startswith(_INDENT):
            for key in keys:
                answers[key] = (*answers[key], line.removeprefix(_INDENT))
            continue
        options, _, columns = line.rpartition(_THEN)
        keys = [(options, *column) for column in _columns(columns)]
        answers.update(dict.fromkeys(keys, ()))
    return answers


def _columns(words: str) -> Iterator[tuple[Api, Method]]:
    api, *methods = words.split(" ")
    found = [(a, m) for a in APIS for m in METHODS if a == api and m in methods]
    if len(found) != len(methods):
        raise ValueError(f"{words!r} is not an API and its methods")
    yield from found


def changes(
    old: Mapping[Key, tuple[str, ...]], new: Mapping[Key, tuple[str, ...]]
) -> dict[Key, str]:
    """Return in words what is another answer now, for what both have."""
    return {
        key: _difference(old[key], lines)
        for key, lines in new.items()
        if key in old and old[key] != lines
    }


def _difference(old: tuple[str, ...], new: tuple[str, ...]) -> str:
    """Show the first line that is another."""
    pairs = zip((*old, "nothing more"), (*new, "nothing more"), strict=False)
    before, after = next(pair for pair in pairs if pair[0] != pair[1])
    return f"what comes back changed from {before} to {after}"
