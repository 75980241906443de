"""`python -m mock_upstream.catalogue --write` or `--check`: the page `docs/catalogue.md`.

Exit codes: 0 written or current, 1 not current, 2 an entry that is neither reproduced nor excused.
"""

import sys
from pathlib import Path

import click

from mock_upstream.catalogue.page import page

_PAGE = Path(__file__).parents[2] / "docs" / "catalogue.md"


@click.command(help=__doc__.splitlines()[0] if __doc__ else None)
@click.option("--write/--check", default=False, help="Write the page anew, or compare it.")
@click.option("--to", "path", type=click.Path(path_type=Path), default=_PAGE, show_default=True)
def main(*, write: bool, path: Path) -> None:
    """Write the page, or say whether it is current."""
    try:
        text = page()
    except ValueError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2)
    if write:
        path.write_text(text, "utf-8")
    elif not path.exists() or path.read_text("utf-8") != text:
        click.echo(
            f"{path} is not current; run: python -m mock_upstream.catalogue --write", err=True
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
