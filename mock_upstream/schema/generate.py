"""Writes `openai.json` from the `openai` package: `python -m mock_upstream.schema.generate`.

For developers; it alone imports `openai`, and serving never imports it. It shows what changed, as
a unified diff. With `--check` it writes nothing, shows what would change, and exits 1 if anything
would. Rows of the overlay, the limits and the words that no longer fit the new data are told when
the schema is loaded next, each with the object that it misses.
"""

import argparse
import difflib
import json
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mock_upstream.schema.type_walk import TypeWalk

DATA = Path(__file__).with_name("openai.json")
_WIDTH = 90


def generate() -> str:
    """Walk the request types of the installed `openai` package; return the data file's text."""
    import openai
    from openai.types.chat import completion_create_params as chat
    from openai.types.responses import response_create_params as responses

    walk = TypeWalk("openai.types")
    roots = {
        "responses": walk.shape(responses.ResponseCreateParams),
        "chat": walk.shape(chat.CompletionCreateParams),
    }
    return _write(openai.__version__, roots, walk.objects)


def _write(version: str, roots: dict[str, Any], objects: dict[str, dict[str, Any]]) -> str:
    """Write short values on one line each, so that a new version is reviewed as a short diff."""
    data = {"openai": version, "roots": roots, "objects": dict(sorted(objects.items()))}
    return _spread(data, "") + "\n"


def _spread(value: Any, indent: str) -> str:
    """Write JSON on one line if it is short and holds no properties, else a member a line."""
    inline = json.dumps(value)
    if len(inline) <= _WIDTH and '"properties"' not in inline:
        return inline
    inner = indent + " "
    if isinstance(value, dict):
        members = [
            f"{inner}{json.dumps(key)}: {_spread(part, inner)}" for key, part in value.items()
        ]
        opening, closing = "{", "}"
    elif isinstance(value, list):
        members = [inner + _spread(part, inner) for part in value]
        opening, closing = "[", "]"
    else:
        return inline
    return "\n".join((opening, ",\n".join(members), indent + closing))


def difference(committed: str, generated: str) -> str:
    """Show how the generated data departs from the committed; empty when it does not."""
    lines = difflib.unified_diff(
        committed.splitlines(), generated.splitlines(), "committed", "generated", n=2, lineterm=""
    )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the data, or check it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m mock_upstream.schema.generate")
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    check = parser.parse_args(arguments).check
    generated = generate()
    committed = DATA.read_text(encoding="utf-8") if DATA.exists() else ""
    changed = difference(committed, generated)
    if changed:
        sys.stdout.write(f"{changed}\n")
    if check:
        sys.stdout.write(f"{DATA.name} {'is out of date' if changed else 'is current'}\n")
        return 1 if changed else 0
    DATA.write_text(generated, encoding="utf-8")
    sys.stdout.write(f"wrote {DATA} from openai {version('openai')}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
