"""The sink: where the lines of a run go, which is memory and, where one is asked for, a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reports.result import Result
from conformance.reports.result_file import written

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from conformance.reports.lines import Line


class ResultSink:
    """Takes lines as they come; a context manager.

    Each line is in the file before the next comes, so that a run that is killed leaves what it had.
    Raises `OSError` if the file cannot be written.
    """

    def __init__(self, path: Path | None) -> None:
        self._lines: list[Line] = []
        self._file: BinaryIO | None = None if path is None else path.open("wb")

    def __enter__(self) -> ResultSink:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def __call__(self, line: Line) -> None:
        """Take one more line."""
        self._lines.append(line)
        if self._file is not None:
            self._file.write(written(line))
            self._file.flush()

    def result(self) -> Result:
        """Return what all lines say together."""
        return Result.of(tuple(self._lines))
