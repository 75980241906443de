"""Findings: where a rule is met, with what is needed to put it into an upstream's words."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from mock_upstream.judging.request_view import RequestView
from mock_upstream.schema.fault import Fault


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule is met. `extra` fills placeholders of the rule's own kind."""

    fault: Fault
    extra: Mapping[str, str] = field(default_factory=dict)


Check: TypeAlias = Callable[[RequestView], Iterator[Finding]]
"""What a rule looks for: all findings in a request body, in document order, found as asked for."""
