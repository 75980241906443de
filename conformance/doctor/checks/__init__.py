"""The checks: each looks at a subject for one kind of fault, and yields what it finds.

A new check is a function and one name in `CHECKS`. What a trial showed counts more than what the
file lets expect; without a trial a check says what can be said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from conformance.doctor.checks import (
    addresses,
    delivery,
    effort,
    handler_files,
    keys,
    master_key,
    places,
    provider_map,
    shape,
    spelling,
    useless,
    values,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.doctor.finding import Finding
    from conformance.doctor.subject import Subject

CHECKS: Final[tuple[Callable[[Subject], Iterator[Finding]], ...]] = (
    shape.repeated_keys,
    shape.models,
    provider_map.provider_map,
    provider_map.providers,
    handler_files.handler_files,
    master_key.master_key,
    spelling.sections,
    spelling.settings,
    spelling.allowed_params,
    places.wrong_places,
    places.blocked_variables,
    places.others_models,
    values.wrong_values,
    values.names_and_switches,
    keys.keys,
    addresses.addresses,
    useless.of_the_other_api,
    useless.contradictions,
    effort.efforts,
    delivery.consumed_drop_params,
    delivery.refusals,
    delivery.strangers,
    delivery.flags_without_effect,
)


def findings(subject: Subject) -> tuple[Finding, ...]:
    """Return all that the checks find, in the order of the file.

    That a request was refused is told where nothing else tells why.
    """
    order = {part.name: number for number, part in enumerate(subject.config.parts)}
    found = [finding for check in CHECKS for finding in check(subject)]
    explained = {(finding.file, finding.model) for finding in found if _explains(finding)}
    told = [f for f in found if f.id != "refused" or (f.file, f.model) not in explained]
    return tuple(sorted(told, key=lambda finding: (order.get(finding.file, 0), finding.line)))


def _explains(finding: Finding) -> bool:
    return finding.severity == "error" and finding.id != "refused"
