"""`conformance probe`: its options, what it says, and how it ends."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from conformance.probe.exits import (
    BROKEN_OFF,
    DRIFTED,
    MEANINGS,
    ProbeError,
)

if TYPE_CHECKING:
    from conformance.probe.asking import Asking
    from conformance.probe.charting import Chart
    from conformance.probe.drift import Difference
    from conformance.probe.wire import Wire
    from conformance.probe.written import Occasion
    from mock_upstream.profile_format.profile import Profile
    from mock_upstream.recording.address import Address

_NAME: Final = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")
_CODES: Final = "\n".join(f"  {code}  {meaning}" for code, meaning in MEANINGS)
_EPILOG: Final = f"""\b
Examples:
  conformance probe https://host/v1 --api-key-env ACME_KEY --model m
  conformance probe URL --api-key-env ACME_KEY --model m \\
    --write-profile acme.yaml --write-config config.yaml --report acme.json
  conformance probe URL --api-key-env ACME_KEY --model m --against acme.yaml

\b
The URL is what api_base would be; without a path, /v1 is meant. The key is read
from the environment variable, sent in headers, and written nowhere.

\b
Exit codes:
{_CODES}
"""


@click.command(epilog=_EPILOG)
@click.argument("url")
@click.option(
    "--api-key-env",
    "variable",
    metavar="NAME",
    help="The environment variable with the key.  [default: no key is sent]",
)
@click.option("--model", required=True, metavar="M", help="The model that is asked.")
@click.option(
    "--api",
    type=click.Choice(("both", "responses", "chat")),
    default="both",
    show_default=True,
    help="Which API is asked.",
)
@click.option(
    "--max-requests",
    "most",
    type=click.IntRange(1, 5000),
    default=600,
    show_default=True,
    metavar="N",
    help="How many requests are sent at the most; what is left undone is listed as unseen.",
)
@click.option(
    "--timeout",
    "patience",
    type=click.FloatRange(0.1, 600),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a whole answer may take.",
)
@click.option(
    "--wait",
    type=click.FloatRange(0, 3600),
    default=120.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait in all where the upstream says 429 or 503.",
)
@click.option("--ca", metavar="FILE", help="Certificates to trust besides the public ones.")
@click.option(
    "--report", "report_file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write all that was found, as JSON.",
)  # fmt: skip
@click.option(
    "--write-profile", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write a profile that mock-upstream serves.",
)  # fmt: skip
@click.option(
    "--write-config", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write the LiteLLM config that the handler needs.",
)  # fmt: skip
@click.option(
    "--against",
    metavar="FILE",
    help="Compare with an earlier report or profile, or a shipped one's name; exit 1 on drift.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report instead of the table.")
def probe(  # noqa: PLR0913 -- a command has its options
    url: str,
    variable: str | None,
    model: str,
    api: str,
    *,
    most: int,
    patience: float,
    wait: float,
    ca: str | None,
    report_file: Path | None,
    write_profile: Path | None,
    write_config: Path | None,
    against: str | None,
    as_json: bool,
) -> None:
    """Find out with small requests what an upstream accepts, and what Claude Code needs there.

    Both APIs, each field, limits, orders and the key are tried by differences from the smallest
    request that is taken. What comes of it: a table, a report, a profile for the mock, a config.
    """
    from conformance.probe.outputs import Files, Outputs, hidden

    address, key = _address(url), _key(variable)
    earlier = _earlier(against)
    try:
        with _wire(address, patience, ca) as wire:
            chart, asking = _charted(wire, key, model, api, Bounds(most, wait))
        occasion = _occasion(address, variable, asking)
        outputs = Outputs(chart, occasion, asking, _drift(earlier, chart), key)
        outputs.write(Files(report_file, write_profile, write_config))
    except ProbeError as error:
        click.echo(f"Error: {hidden(str(error), key)}", err=True)
        sys.exit(error.code)
    except KeyboardInterrupt:
        click.echo("Error: broken off before anything was seen", err=True)
        sys.exit(BROKEN_OFF)
    outputs.say(as_json=as_json)
    sys.exit(BROKEN_OFF if chart.broken_off else DRIFTED if outputs.drift else 0)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many requests are sent at the most, and how many seconds are waited in all."""

    requests: int
    waiting: float


class _Counted:
    """Says on standard error how far it is: on a terminal each time, else now and then."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()

    def __call__(self, sent: int) -> None:
        if self._terminal:
            click.echo(f"\r{sent} requests", nl=False, err=True)
        elif sent % 50 == 0:
            click.echo(f"{sent} requests", err=True)


def _address(url: str) -> Address:
    """Read the URL; without a path, `/v1` is meant, as api_base has it."""
    from mock_upstream.recording.address import Address, AddressError

    try:
        address = Address.parse(url)
    except AddressError as error:
        raise click.BadParameter(str(error), param_hint="URL") from None
    return address if address.prefix else replace(address, prefix="/v1")


def _key(variable: str | None) -> str:
    if variable is None:
        return ""
    key = os.environ.get(variable, "")
    if not key:
        named = variable if _NAME.fullmatch(variable) else "that is named"  # is it the key itself?
        raise click.BadParameter(
            f"the environment variable {named} is not set, or empty; "
            "export it with the upstream's key, and give its name",
            param_hint="--api-key-env",
        )
    if not (key.isascii() and key.isprintable() and key.strip() == key):
        raise click.BadParameter(
            f"the key in {variable} has characters that no header carries: a space or a line end?",
            param_hint="--api-key-env",
        )
    return key


def _earlier(against: str | None) -> Profile | None:
    if against is None:
        return None
    from conformance.probe.drift import earlier_profile
    from mock_upstream.profile_format.profile import ProfileError

    try:
        return earlier_profile(against)
    except ProfileError as error:
        raise click.BadParameter(str(error), param_hint="--against") from None


def _wire(address: Address, patience: float, authorities: str | None) -> Wire:
    from conformance.probe.wire import Wire
    from mock_upstream.recording.upstream import MissingLibraryError

    try:
        return Wire(address, patience, authorities)
    except MissingLibraryError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.BadParameter(
            f"{authorities} cannot be used ({error.strerror or error}); expected PEM",
            param_hint="--ca",
        ) from None


def _charted(wire: Wire, key: str, model: str, api: str, bounds: Bounds) -> tuple[Chart, Asking]:
    """Say what it will cost, and chart."""
    from conformance.probe.asking import Asking
    from conformance.probe.charting import charted
    from conformance.probe.plan import cost, plans

    asked = tuple(one for one in plans() if api in ("both", one.api))
    click.echo(f"{wire.address}: {cost(asked, bounds.requests)}", err=True)
    asking = Asking(wire, key, bounds.requests, bounds.waiting, _Counted())
    chart = charted(asked, asking, model, {})
    if sys.stderr.isatty():
        click.echo("", err=True)
    return chart, asking


def _occasion(address: Address, variable: str | None, asking: Asking) -> Occasion:
    from conformance.probe.written import Occasion

    day = datetime.now(UTC).date().isoformat()
    return Occasion(address, variable or "", day, asking.sent)


def _drift(earlier: Profile | None, chart: Chart) -> list[Difference] | None:
    if earlier is None:
        return None
    from conformance.probe.drift import differences

    return differences(earlier, chart)
