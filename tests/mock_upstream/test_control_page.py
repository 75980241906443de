"""docs/control.md, held to what is served."""

import re
from pathlib import Path

from mock_upstream.control.routes import ROUTES
from mock_upstream.journal.query import Query

PAGE = (Path(__file__).parents[2] / "docs" / "control.md").read_text("utf-8")


def test_the_page_lists_every_call() -> None:
    """The table has each call once, in the order of the document, and no other."""
    listed = re.findall(r"^\| `([A-Z]+) (/\S+)` \|", PAGE, re.MULTILINE)
    assert listed == [(method, path) for path, calls in ROUTES.items() for method in calls]


def test_the_page_names_every_question_to_the_journal() -> None:
    for name in Query.__slots__:
        assert f"`{name}`" in PAGE or f"?{name}=" in PAGE, name
