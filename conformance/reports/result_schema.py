"""The JSON Schema of a result file's lines, committed beside this module.

`python -m conformance.reports.result_schema` writes the file anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import orjson

from conformance.reports.lines import LINE

COMMITTED: Final = Path(__file__).with_name("result.schema.json")


def result_schema() -> bytes:
    """Make the schema of one line from the models."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "One line of a result file: conformance run --save FILE",
    }
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
    return orjson.dumps(head | LINE.json_schema(), option=options) + b"\n"


if __name__ == "__main__":
    COMMITTED.write_bytes(result_schema())
