"""Result files: written line by line while the run goes on, so that a killed run leaves what it
had, and read back with what is missing told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from conformance.reports.lines import LINE, BreachLine, CaseLine, PayloadLine, ReplayLine
from conformance.reports.result import Result, ResultFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from conformance.reports.lines import Line

_EXPECTED: Final = "expected a file that `conformance run --save FILE` wrote"


def written(line: Line) -> bytes:
    """Return ``line`` as it stands in a file, its line feed included."""
    return LINE.dump_json(line) + b"\n"


def read_result(path: Path) -> Result:
    """Read a result file.

    A line that cannot be read ends the reading: what stood before it is a partial result, which
    says so. Raises `ResultFileError` for a file that is missing, empty or no result file.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ResultFileError(f"could not read {path}: {error.strerror}; {_EXPECTED}") from None
    lines: list[Line] = []
    damage = ""
    for number, text in enumerate(content.splitlines(), 1):
        try:
            lines.append(LINE.validate_json(text))
        except ValidationError as error:
            damage = f"line {number} of {path.name} cannot be read ({_first(error)})"
            break
    if not lines:
        raise ResultFileError(f"{path}: {damage or 'the file is empty'}; {_EXPECTED}")
    try:
        return Result.of(tuple(_standing(lines)), damage)
    except ResultFileError as error:
        raise ResultFileError(f"{path}: {error}; {_EXPECTED}") from None


def _standing(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield the lines that do not speak of a line that is missing."""
    payloads: set[str] = set()
    cases: set[str] = set()
    for line in lines:
        match line:
            case PayloadLine():
                payloads.add(line.sha256)
            case CaseLine():
                if not payloads.issuperset(sent.sha256 for sent in line.sent):
                    continue
                cases.add(line.id)
            case BreachLine() if line.case not in cases:
                continue
            case ReplayLine() if line.sha256 not in payloads:
                continue
        yield line


def _first(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(map(str, fault["loc"]))
    return f"{place}: {fault['msg']}" if place else fault["msg"]
