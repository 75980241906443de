"""The ledger's files: a directory for each scenario, written and read here and nowhere else.

``responses.json`` and ``chat.json`` are the baselines, ``table.txt`` is how every case departs from
them, ``sha256.txt`` lists the distinct bodies, ``answers.txt`` what came of its variants, if it has
any. `conformance bless` writes them, `conformance diff` reads them, and a test holds them to what
the handler sends.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson

from conformance import ledger_answers
from conformance.ledger import Ledger
from conformance.matrix import APIS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

TABLE: Final = "table.txt"
SUMS: Final = "sha256.txt"
ANSWERS: Final = "answers.txt"
RECORDED_WITH: Final = "litellm.txt"
"""Beside the scenarios: the version of LiteLLM whose payloads these are."""


class LedgerError(Exception):
    """A directory that holds no ledger, or one that cannot be read; the message says which."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a writing did: files that are new, changed, gone, and how many were so already."""

    new: tuple[Path, ...]
    changed: tuple[Path, ...]
    gone: tuple[Path, ...]
    same: int


def contents(ledger: Ledger) -> dict[str, str]:
    """Return the text of every file of ``ledger`` by its name."""
    baselines = {f"{api}.json": ledger.baselines[api] for api in APIS}
    return {
        **{
            name: json.dumps(payload, indent=2, ensure_ascii=False) + "\n"
            for name, payload in baselines.items()
        },
        TABLE: ledger.text,
        SUMS: ledger.sums,
        **({ANSWERS: ledger_answers.render(ledger.answers)} if ledger.answers else {}),
    }


def write(directory: Path, ledgers: Iterable[Ledger], litellm: str, *, whole: bool) -> Written:
    """Write ``ledgers`` into ``directory``; where they are the ``whole``, others are removed."""
    texts = {directory / RECORDED_WITH: f"{litellm}\n"} if whole else {}
    for ledger in ledgers:
        here = directory / ledger.scenario
        texts |= {here / name: text for name, text in contents(ledger).items()}
    there = set(directory.glob("*/*")) | set(directory.glob("*.txt"))
    gone = sorted(there - texts.keys()) if whole else []
    changed = [p for p, text in texts.items() if p in there and p.read_text("utf-8") != text]
    new = [path for path in texts if path not in there]
    for path in (*new, *changed):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[path], "utf-8")
    for path in gone:
        path.unlink()
        if path.parent != directory and not any(path.parent.iterdir()):
            path.parent.rmdir()
    return Written(tuple(new), tuple(changed), tuple(gone), len(texts) - len(new) - len(changed))


def read(directory: Path) -> dict[str, Ledger]:
    """Return every scenario's ledger in ``directory`` by name; raises `LedgerError`."""
    found = {path.parent.name: _read(path.parent) for path in sorted(directory.glob(f"*/{TABLE}"))}
    if not found:
        raise LedgerError(
            f"no ledger in {directory}; expected SCENARIO/{TABLE} in it. "
            "`conformance bless` writes one, `--ledger` names another directory."
        )
    return found


def recorded_with(directory: Path) -> str:
    """Return the version of LiteLLM that the ledger was recorded with; empty if it is not said."""
    path = directory / RECORDED_WITH
    return path.read_text("utf-8").strip() if path.is_file() else ""


def _read(directory: Path) -> Ledger:
    try:
        baselines = {api: orjson.loads((directory / f"{api}.json").read_bytes()) for api in APIS}
        table = (directory / TABLE).read_text("utf-8")
        answers = directory / ANSWERS
        answered = answers.read_text("utf-8") if answers.is_file() else ""
        return Ledger.parse(table, (directory / SUMS).read_text("utf-8"), baselines, answered)
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise LedgerError(
            f"{directory} cannot be read as a ledger: {type(error).__name__}: {error}; "
            "restore it, or write it anew with `conformance bless`"
        ) from error
