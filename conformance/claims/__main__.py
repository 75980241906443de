"""`python -m conformance.claims --write` or `--check`: the page `CLAIMS.md`.

Exit codes: 0 written or current, 1 not current.
"""

import sys
from pathlib import Path

import click

from conformance.claims.page import page

PAGE = Path(__file__).parents[2] / "CLAIMS.md"


@click.command(help=__doc__.splitlines()[0] if __doc__ else None)
@click.option("--write/--check", default=False, help="Write the page anew, or compare it.")
@click.option("--to", "path", type=click.Path(path_type=Path), default=PAGE, show_default=True)
def main(*, write: bool, path: Path) -> None:
    """Write the page, or say whether it is current."""
    text = page()
    if write:
        path.write_text(text, "utf-8")
    elif not path.exists() or path.read_text("utf-8") != text:
        click.echo(f"{path} is not current; run: python -m conformance.claims --write", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
