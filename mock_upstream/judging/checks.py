"""Chooses the check of a rule's kind."""

from collections.abc import Iterator

from mock_upstream.field_path import FieldPath
from mock_upstream.judging.field_checks import field_check
from mock_upstream.judging.finding import Check, Finding
from mock_upstream.judging.request_view import RequestView
from mock_upstream.profile_format.rule import Rule
from mock_upstream.schema.fault import Fault
from mock_upstream.verdict import Api


def compile_check(rule: Rule, api: Api) -> Check:
    """Compile what a rule looks for in requests of an API."""
    if rule.sequence is not None:
        from mock_upstream.judging.sequences import sequence_check

        return sequence_check(rule, api)
    if rule.tool_schema is not None:
        from mock_upstream.judging.tool_schemas import tool_schema_check

        return tool_schema_check(rule, api)
    if rule.context is not None:
        from mock_upstream.judging.token_window import window_check

        return window_check(rule)
    if rule.always:
        return _always(None if rule.at is None else FieldPath.parse(rule.at))
    return field_check(rule)


def _always(at: FieldPath | None) -> Check:
    def check(request: RequestView) -> Iterator[Finding]:
        place = () if at is None else at.first(request.payload) or ()
        yield Finding(Fault("value", place))

    return check
