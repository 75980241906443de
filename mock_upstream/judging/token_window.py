"""The context window: an upstream that refuses to promise more tokens than its model has room for.

No tokenizer is as small as a mock, so the input's tokens are estimated: four bytes of compact JSON
a token.
"""

from collections.abc import Iterator

import orjson

from mock_upstream.field_path import FieldPath
from mock_upstream.judging.finding import Check, Finding
from mock_upstream.judging.reach import walk_of
from mock_upstream.judging.request_view import RequestView
from mock_upstream.profile_format.rule import Rule
from mock_upstream.schema.fault import Fault
from mock_upstream.verdict import Payload

BYTES_A_TOKEN = 4


def window_check(rule: Rule) -> Check:
    """Compile a rule on the sum of the input's tokens and those that are asked for."""
    walk = walk_of(FieldPath.parse(str(rule.context)))
    window = rule.window or 0

    def check(request: RequestView) -> Iterator[Finding]:
        for place, wanted in walk(request.payload):
            if isinstance(wanted, bool) or not isinstance(wanted, int):
                continue
            tokens = request.shared("tokens", input_tokens)
            if wanted + tokens > window:
                extra = {
                    "tokens": str(tokens),
                    "window": str(window),
                    "room": str(max(0, window - tokens)),
                }
                yield Finding(Fault("above", place, wanted, limit=window, noun="integer"), extra)

    return check


def input_tokens(payload: Payload) -> int:
    """Estimate the tokens of a request's conversation and tools."""
    said = [payload.get(key) for key in ("instructions", "input", "messages", "tools")]
    try:
        size = sum(len(orjson.dumps(part)) for part in said if part is not None)
    except TypeError:  # nested too deep, or half a surrogate pair: nothing that a model would read
        size = 0
    return -(-size // BYTES_A_TOKEN)
