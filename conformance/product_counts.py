"""The products of a run, counted: what each crosses, its cases, their distinct payloads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from conformance.matrix import Case
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


def counted(products: Iterable[Product], all_records: Sequence[Records]) -> Iterator[ProductCount]:
    """Count every one of ``products``, of the scenarios that ``all_records`` are of."""
    sent = {
        case: {sent.sha256 for sent in outcome.sent}
        for records in all_records
        for case, outcome in records.outcomes.items()
    }
    return product_counts(products, [records.scenario.name for records in all_records], sent)


def product_counts(
    products: Iterable[Product], names: Sequence[str], sent: Mapping[Case, Collection[str]]
) -> Iterator[ProductCount]:
    """Count every one of ``products``, of scenarios by name; ``sent`` are each case's sha256."""
    for product in products:
        cases = list(product.cases(names))
        if cases:
            done = [sent[case] for case in cases if case in sent]
            payloads = {sha256 for hashes in done for sha256 in hashes}
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
