"""Explains an error: match, reproduce, prove, shrink."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from conformance.explain.captured import renamed, scenario_of
from conformance.explain.explanation import Explanation
from conformance.explain.reading import Chosen, refuse_what_is_none
from mock_upstream.from_error.blame import CREDENTIAL_KIND, IMPORT, LITELLM
from mock_upstream.from_error.reproduction import (
    NotReproducibleError,
    load_reproduction,
    reproduction,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.explain.handler_drive import HandlerDrive
    from conformance.explain.matching import Catalogue
    from conformance.explain.proof import Proof
    from conformance.explain.shrinking import Shrunk
    from conformance.explain.trip import Trip
    from mock_upstream.profile_format.profile import Profile


_UNSENT: Final = (IMPORT, LITELLM)
"""What arose before a request was sent: no upstream's quirk."""


def explain(
    chosen: Chosen,
    drive: HandlerDrive,
    catalogue: Catalogue,
    request: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Explanation:
    """Explain the error; ``request`` is a captured one to drive the handler with, and to shrink.

    Raises `UnexplainedError` for what is no refusal by an upstream.
    """
    told = describe(chosen, catalogue)
    if chosen.blame.kind == LITELLM:
        from conformance.explain.litellm_proof import prove_parameters

        return replace(told, proof=prove_parameters(drive, chosen.blame))
    if told.profile is None:
        from conformance.explain.import_proof import prove_import

        progress("asking LiteLLM's loader for the handler")
        return replace(told, proof=prove_import(chosen.report.message))
    profile = load_reproduction(told.profile)
    if chosen.blame.kind == CREDENTIAL_KIND:
        from conformance.explain.credential_proof import prove_credential

        return replace(told, proof=prove_credential(drive, chosen.report, profile))
    progress("driving the handler against a mock that refuses so")
    proof = _proved(told, drive, profile, request)
    if request is None or proof.trip is None or proof.scenario != _name(request, proof):
        return replace(told, proof=proof)
    progress("shrinking the request")
    return replace(told, proof=proof, shrunk=_shrunk(drive, profile, proof.trip, request))


def describe(chosen: Chosen, catalogue: Catalogue) -> Explanation:
    """Return what can be said without running anything. Raises `UnexplainedError`."""
    refuse_what_is_none(chosen)
    near = (
        catalogue.nearest(chosen.report, chosen.blame) if chosen.blame.kind not in _UNSENT else ()
    )
    try:
        profile = reproduction(chosen.report, chosen.blame)
    except NotReproducibleError:
        profile = None
    return Explanation(chosen, near, profile, None)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the handler's and LiteLLM's own logs out of what is printed."""
    loggers = [logging.getLogger(name) for name in ("claude_code_proxy", "LiteLLM")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _proved(
    told: Explanation, drive: HandlerDrive, profile: Profile, request: Mapping[str, Any] | None
) -> Proof:
    from conformance.explain.proof import Prover

    chosen = told.chosen
    given = request if request is not None else chosen.request
    prover = Prover(drive)
    if given is not None:
        proof = prover.prove_request(chosen.report, chosen.blame, profile, told.near, given)
        if request is not None or proof.outcome in ("cured", "incurable"):
            return proof
    return prover.prove(chosen.report, chosen.blame, profile, told.near)


def _name(request: Mapping[str, Any], proof: Proof) -> str:
    own = scenario_of(request)
    return own.name if own is not None else proof.scenario


def _shrunk(
    drive: HandlerDrive, profile: Profile, trip: Trip, request: Mapping[str, Any]
) -> Shrunk:
    from conformance.explain.shrinking import shrink

    number = iter(range(10**9))

    def refused(body: Mapping[str, Any]) -> bool:
        settings = dict(trip.settings)
        scenario = trip.scenario
        if "input" in request:
            settings["extra_body"] = {k: v for k, v in body.items() if k not in ("model", "stream")}
        else:
            scenario = renamed(trip.scenario, body, f"shrunk {next(number)}")
        driven = drive.drive(scenario, trip.api, settings, profile)
        return driven.payload is not None and not driven.accepted

    return shrink(request, refused)
