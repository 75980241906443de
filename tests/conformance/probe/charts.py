"""A mock of a profile, charted by the probe over a real socket."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from conformance.probe.asking import Asking
from conformance.probe.charting import Chart, charted
from conformance.probe.plan import plans
from conformance.probe.wire import Wire
from conformance.probe.written import Occasion, profile_text
from mock_upstream import MockServer, Profile, Session, create_app
from mock_upstream.profile_format.profile_file import load_text
from mock_upstream.recording.address import Address
from mock_upstream.verdict import Api

KEY = "key-of-the-upstream"


@dataclass(frozen=True, slots=True)
class Charted:
    """A chart, the profile that was written of it, and how it was made."""

    chart: Chart
    profile: Profile
    occasion: Occasion
    asking: Asking


@contextmanager
def served(session: Session) -> Iterator[str]:
    """Serve a session; gives the base URL."""
    with MockServer(create_app(session)) as server:
        yield f"{server.url}/v1"


def charted_at(url: str, apis: Sequence[Api], model: str, most: int = 1000) -> Charted:
    """Chart what answers at a URL."""
    address = Address.parse(url)
    with Wire(address, 10) as wire:
        asking = Asking(wire, KEY, most, 5, lambda _: None)
        chart = charted([one for one in plans() if one.api in apis], asking, model, {})
    occasion = Occasion(address, "KEY", "2026-11-22", asking.sent)
    profile = load_text(profile_text(chart, occasion), "probed.yaml")
    return Charted(chart, profile, occasion, asking)


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    """Write headers' names as a judge takes them."""
    return {name.lower(): value for name, value in headers.items()}
