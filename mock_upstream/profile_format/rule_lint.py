"""Finds what a well-formed rule says in vain: words it cannot fill, places that no request has.

Checked: a rule without words; a placeholder that its kind does not fill; a path that no request of
its API can have; bounds and times that are empty; conditions that contradict one another or the
rule, or that it cannot see.
"""

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from mock_upstream.field_path import Every, FieldPath, Key, Where
from mock_upstream.nearest import nearest
from mock_upstream.profile_format.rule import KINDS, Rule
from mock_upstream.wordings.rule_words import unfilled, wordless

Place: TypeAlias = tuple[str | int, ...]
Found: TypeAlias = Iterator[tuple[Place, str]]
"""A place below a rule, and what is wrong there."""

_ENDPOINTS: Final = ("/v1/responses", "/v1/chat/completions", "/v1/models")
_KEY_OF_API: Final = {"responses": "messages", "chat": "input"}
"""The key that holds the other API's conversation."""

_API_OF_ENDPOINT: Final = {"/v1/responses": "responses", "/v1/chat/completions": "chat"}

_TYPE_OF_KIND: Final = {"length": "string", "items": "array", "properties": "object"}


def lint_rule(rule: Rule) -> Found:
    """Yield each fault's place below the rule and what it is."""
    for check in _CHECKS:
        yield from check(rule)


def _words(rule: Rule) -> Found:
    missing = wordless(rule)
    if missing is not None:
        yield ("error",), missing
    for place, name, welcome in unfilled(rule):
        yield (
            ("error", *place),
            f"a rule of kind {rule.kind!r} does not fill {{{name}}}; expected "
            f"{', '.join(f'{{{known}}}' for known in welcome)}{nearest(name, welcome)}",
        )


def _time(rule: Rule) -> Found:
    if rule.since is not None and rule.until is not None and rule.since >= rule.until:
        yield ("until",), f"never in force: until {rule.until} is not after since {rule.since}"


def _bounds(rule: Rule) -> Found:
    if rule.min is not None and rule.max is not None and rule.min > rule.max:
        yield ("min",), f"nothing is between min {rule.min} and max {rule.max}; every value is met"
    if rule.kind in _TYPE_OF_KIND and rule.max is None and rule.min is not None and rule.min <= 0:
        yield ("min",), f"never met: no {_TYPE_OF_KIND[rule.kind]} is shorter than {rule.min}"


def _path(rule: Rule) -> Found:
    """Check the shape of the rule's own path, and that it is a path of the rule's API."""
    text = getattr(rule, rule.kind) if rule.kind in PATH_KINDS else rule.at
    if text is None:
        return
    place = (rule.kind,) if rule.kind in PATH_KINDS else ("at",)
    steps = FieldPath.parse(text).steps
    if rule.kind == "require" and not isinstance(steps[-1], Key):
        yield place, f"received {text!r}; expected a path that ends in the key that is required"
    other = _KEY_OF_API.get(rule.api)
    below = len(steps) > 1 and isinstance(steps[1], Every | Where)
    if isinstance(steps[0], Key) and steps[0].name == other and below and rule.kind != "fault":
        yield (
            place,
            f"never met: requests of the API {rule.api!r} have no {other!r}; "
            f"expected api: {'chat' if rule.api == 'responses' else 'responses'}, or another path",
        )


def _options(rule: Rule) -> Found:
    if rule.kind == "type":
        for at, name in enumerate(rule.allowed or ()):
            if name not in _JSON_TYPES:
                yield (
                    ("allowed", at),
                    f"received {name!r}; expected one of {', '.join(_JSON_TYPES)}"
                    f"{nearest(str(name), _JSON_TYPES)}",
                )
    if rule.sequence == "last_role" and not rule.roles:
        yield ("sequence",), "'last_role' needs roles: those that are allowed"
    if rule.sequence == "role_after" and (rule.role is None or rule.after is None):
        yield ("sequence",), "'role_after' needs role and after"
    if rule.tool_schema == "keyword" and not rule.words:
        yield ("tool_schema",), "never met: 'keyword' needs words: those that are refused"
    if rule.sequence in _RESPONSES_ONLY and rule.api == "chat":
        yield ("sequence",), f"never met: {rule.sequence!r} is about items of the API 'responses'"
    if rule.sequence == "call_count" and rule.api == "responses":
        yield ("sequence",), "never met: 'call_count' is about messages of the API 'chat'"
    if rule.endpoint is not None and not rule.endpoint.startswith(_ENDPOINTS):
        yield (
            ("endpoint",),
            f"received {rule.endpoint!r}; expected {', '.join(_ENDPOINTS)} or a path below one"
            f"{nearest(rule.endpoint, _ENDPOINTS)}",
        )


def _idle(rule: Rule) -> Found:
    """Find what leaves a well-formed kind nothing to refuse."""
    if rule.kind == "type" and set(_JSON_TYPES) <= set(map(str, rule.allowed or ())):
        yield ("allowed",), "never met: every JSON type is allowed"
    api = _API_OF_ENDPOINT.get(rule.endpoint or "")
    if api is not None and rule.api not in ("both", api):
        yield ("api",), f"never met: {rule.endpoint} is the API {api!r}, not {rule.api!r}"


def _unseen(rule: Rule) -> Found:
    """Find conditions that a rule cannot see: what is asked at the door knows no body."""
    if rule.kind not in ("header", "endpoint"):
        return
    why = f"a rule of kind {rule.kind!r} is asked before the body is read"
    for name in ("model", "not_model", "stream", "fields"):
        if name in rule.when.given:
            yield ("when", name), why
    if rule.where:
        yield ("where",), why


def _contradictions(rule: Rule) -> Found:
    when = rule.when
    if when.model is not None and when.model == when.not_model:
        yield ("when", "not_model"), "never met: 'model' and 'not_model' are the same pattern"
    for path, test in when.fields.items():
        if test.present is False and test.given & _OF_A_VALUE:
            yield ("when", "fields", path), "never met: a field that is absent has no value"
    streamed = when.fields.get("stream")
    if when.stream is not None and streamed is not None and streamed.equals is (not when.stream):
        yield ("when", "stream"), f"never met: 'fields' asks for stream {streamed.equals}"


def _own_field(rule: Rule) -> Found:
    """Find conditions on the rule's own field under which it has nothing to say."""
    own = getattr(rule, rule.kind)
    test = rule.when.fields.get(own) if rule.kind in PATH_KINDS else None
    if test is None:
        return
    if test.present is False and rule.kind != "require":
        yield ("when", "fields", own), f"never met: the rule looks at {own!r}, which is absent"
    if test.present and rule.kind == "require" and _simple(own) and not rule.nonempty:
        yield ("when", "fields", own), f"never met: the rule misses {own!r}, which is present"


def _simple(path: str) -> bool:
    return all(isinstance(step, Key) for step in FieldPath.parse(path).steps)


_OF_A_VALUE: Final = frozenset({"equals", "one_of", "type", "pattern"})
_JSON_TYPES: Final = ("object", "array", "string", "number", "integer", "boolean", "null")
_RESPONSES_ONLY: Final = ("reasoning_not_followed", "call_without_reasoning")
PATH_KINDS: Final = frozenset(KINDS) - {
    "fault",
    "sequence",
    "tool_schema",
    "header",
    "endpoint",
    "always",
}
_CHECKS: Final[tuple[Callable[[Rule], Found], ...]] = (
    _words,
    _time,
    _bounds,
    _path,
    _options,
    _idle,
    _unseen,
    _contradictions,
    _own_field,
)
