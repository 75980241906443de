"""The tables of ``docs/settings.md``: ``python -m claude_code_proxy.settings_page [--check]``.

It is run in a clone of the repository, from its root: an installation has no pages.
Without ``--check`` they are written anew from the registries; with it the exit code is 1 where the
page is not current. What stands between the tables is written by hand.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from claude_code_proxy.adaptations import ADAPTATIONS
from claude_code_proxy.drop_flags import DROP_FLAGS
from claude_code_proxy.keep_fields import KEPT_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PAGE: Final = Path("docs/settings.md")

_APIS: Final = {"responses": "Responses", "chat": "Chat Completions"}
_TABLE: Final = re.compile(r"(<!-- table: (?P<name>[\w ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def current(page: str) -> str:
    """Return ``page`` with each of its tables as the registries have it."""
    tables = {"drop flags": _flags, "adaptations": _adaptations, "kept fields": _kept}
    return _TABLE.sub(lambda found: f"{found[1]}{tables[found['name']]()}{found[3]}", page)


def _flags() -> str:
    rows = ([f"`{f.name}: true`", _APIS[f.api], f"`{f.path}`", f.why] for f in DROP_FLAGS)
    return _table(("setting", "API", "what is dropped", "why"), rows)


def _adaptations() -> str:
    rows = ([f"`{a.name}: true`", _APIS[a.api], a.why] for a in ADAPTATIONS)
    return _table(("setting", "API", "why"), rows)


def _kept() -> str:
    rows = ([f"`{field.path}`", field.why] for field in KEPT_FIELDS)
    return _table(("field path", "who wants it"), rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main(arguments: Sequence[str]) -> int:
    """Write the page or, with ``--check``, tell whether it is current; return the exit code."""
    page = PAGE.read_text("utf-8")
    if "--check" in arguments:
        return int(page != current(page))
    PAGE.write_text(current(page), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
