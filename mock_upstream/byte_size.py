"""A number of bytes on the command line: `4096`, `64KiB`, `32MiB`, `1GiB`."""

import re
from collections.abc import Mapping
from typing import Final

import click

_FORM = re.compile(r"(\d{1,18})\s*(|B|KiB|MiB|GiB)", re.IGNORECASE)
_UNITS: Final[Mapping[str, int]] = {"": 1, "b": 1, "kib": 2**10, "mib": 2**20, "gib": 2**30}


def byte_size(value: str | int) -> int:
    """Read a size in bytes, from 1; usable as the type of a click option."""
    match = _FORM.fullmatch(str(value).strip())
    size = int(match[1]) * _UNITS[match[2].lower()] if match else 0
    if size < 1:
        raise click.BadParameter(f"{value!r} is no size; give bytes from 1, or 64KiB, 32MiB, 1GiB.")
    return size
