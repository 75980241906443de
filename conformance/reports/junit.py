"""The report as JUnit XML, for CI systems that draw it: a test case for a claim and a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from conformance.reports.command import UNSAVED
from conformance.reports.failures import broken_claims
from conformance.reports.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.reports.failures import BrokenClaim, Failure
    from conformance.reports.lines import RulingLine
    from conformance.reports.result import Result

_SHOWN: Final = 5
"""Failures of one test case that are told in full."""

_ELEMENTS: Final = {
    "fail": "failure",
    "error": "error",
    "known": "skipped",
    "unsupported": "skipped",
}


def as_junit(result: Result, file: str = UNSAVED) -> str:
    """Return ``result`` as JUnit XML; a partial run has a test case that failed for it."""
    suites = ET.Element("testsuites", name="conformance")
    broken = {one.ruling.claim: one for one in broken_claims(result, file)}
    _properties(_suite(suites, "run", [_whole(result)]), result)
    _suite(suites, "engine", list(_engine(result)))
    for ruling in result.rulings:
        tests = [
            _test(ruling, scenario, broken.get(ruling.claim), concerned=concerned)
            for scenario, concerned in _by_scenario(result, ruling)
        ]
        _suite(suites, ruling.claim, tests)
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _properties(suite: ET.Element, result: Result) -> None:
    """Say how good the conformance suite itself is; nothing where the run was killed."""
    if result.score is not None:
        properties = ET.Element("properties")
        suite.insert(0, properties)  # where JUnit's schema has them: before the test cases
        for name, value in result.score.model_dump(exclude={"kind"}).items():
            ET.SubElement(properties, "property", name=name, value=str(value))


def _suite(suites: ET.Element, name: str, tests: list[ET.Element]) -> ET.Element:
    counts = {
        f"{kind}s" if kind != "skipped" else kind: str(
            sum(test.find(kind) is not None for test in tests)
        )
        for kind in ("failure", "error", "skipped")
    }
    attributes = {"name": name, "tests": str(len(tests)), **counts}
    suite = ET.SubElement(suites, "testsuite", attributes)
    for test in tests:
        test.set("classname", f"conformance.{name}")
        suite.append(test)
    return suite


def _whole(result: Result) -> ET.Element:
    test = ET.Element("testcase", name="complete")
    if result.partial:
        kind = "error" if result.cut else "skipped"  # a shard is as whole as it can be
        ET.SubElement(test, kind, message=visible(f"a partial run: {result.partial}"))
    return test


def _engine(result: Result) -> Iterator[ET.Element]:
    """Yield a test case for each scenario: whether our own engine could run all of its cases."""
    for scenario in result.header.scenarios:
        broken = [
            f"{case.id}: {case.answer.text}"
            for case in result.cases
            if case.scenario == scenario and case.answer.kind == "broken"
        ]
        test = ET.Element("testcase", name=scenario)
        if broken:
            error = ET.SubElement(test, "error", message=f"{len(broken)} cases could not be run")
            error.text = visible("\n".join(broken), lines=True)
        yield test


def _by_scenario(result: Result, ruling: RulingLine) -> Iterator[tuple[str, bool]]:
    """Yield each scenario, and whether the ruling's verdict is on it: where the breaches are, or
    everywhere if it is for another reason.
    """
    scenario_of = {case.id: case.scenario for case in result.cases}
    breaching = {scenario_of[breach.case] for breach in result.breaches.get(ruling.claim, ())}
    for scenario in result.header.scenarios:
        yield scenario, scenario in breaching or not breaching


def _test(
    ruling: RulingLine, scenario: str, broken: BrokenClaim | None, *, concerned: bool
) -> ET.Element:
    test = ET.Element("testcase", name=scenario)
    if ruling.verdict == "pass" or not concerned:
        return test
    message = f"{ruling.verdict}: {ruling.sentence} {ruling.note}".strip()
    element = ET.SubElement(test, _ELEMENTS[ruling.verdict], message=visible(message))
    if broken is not None:
        here = [
            failure
            for failure in broken.failures
            if any(case.scenario == scenario for case in failure.cases)
        ]
        element.text = visible("\n\n".join(_texts(broken, here)), lines=True)
    return test


def _texts(broken: BrokenClaim, failures: list[Failure]) -> Iterator[str]:
    yield f"why        {broken.ruling.reason}\nhint       {broken.hint}"
    yield from map(_text, failures[:_SHOWN])
    if len(failures) > _SHOWN:
        yield f"and {len(failures) - _SHOWN} more like these"


def _text(failure: Failure) -> str:
    return "\n".join(
        f"{title if number == 0 else '':9}  {line}"
        for title, lines in failure.facts
        for number, line in enumerate(lines)
    )
