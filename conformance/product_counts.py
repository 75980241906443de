"""The products of a run, counted: what each crosses, its cases, their distinct payloads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.matrix import Case
    from conformance.outcome import Outcome
    from conformance.products import Product
    from conformance.records import Records


@dataclass(frozen=True, slots=True)
class ProductCount:
    """A product of the run: how many values each axis has, the cases, and what they sent.

    ``done`` is how many of the ``cases`` were run; ``payloads`` are theirs, told apart by bytes.
    Products overlap: the sums of both are more than a run has.
    """

    name: str
    axes: Mapping[str, int]
    cases: int
    done: int
    payloads: int


def product_counts(
    products: Iterable[Product], all_records: Sequence[Records]
) -> Iterator[ProductCount]:
    """Count every one of ``products``, of the scenarios that ``all_records`` are of."""
    outcomes: dict[Case, Outcome] = {}
    for records in all_records:
        outcomes |= records.outcomes
    names = [records.scenario.name for records in all_records]
    for product in products:
        cases = list(product.cases(names))
        if cases:
            done = [outcomes[case] for case in cases if case in outcomes]
            payloads = {sent.sha256 for outcome in done for sent in outcome.sent}
            yield ProductCount(
                product.name, dict(_axes(product, names)), len(cases), len(done), len(payloads)
            )


def _axes(product: Product, names: Sequence[str]) -> Iterator[tuple[str, int]]:
    yield "scenarios", len([name for name in names if product.has(name)])
    yield "APIs", len(product.apis)
    yield "methods", len(product.methods)
    yield "deliveries", len(product.deliveries)
    yield "entries", len(product.entries or (None,))
    yield "credentials", len(product.sources)
    yield "options", len(product.options)
