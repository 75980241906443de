"""What an upstream refuses whatever its profile says: bad URLs, methods and bodies.

Each refusal is a `Violation` like those of a profile's rules, so that the journal and the
envelopes need no second way to speak. Wordings are OpenAI's where a source is named.
"""

from mock_upstream.verdict import Violation

CLIENT_CLOSED_REQUEST = 499
"""The status that servers log, and never send, when the client left."""

_SHOWN_PATH = 200
"""Characters of an unknown path that are repeated in the refusal."""


def unknown_url(method: str, path: str) -> Violation:
    """Refuse a path that the upstream does not have.

    OpenAI's body as quoted in microsoft/TaskWeaver#11 and harry0703/MoneyPrinterTurbo#57.
    """
    message = f"Invalid URL ({method} {path[:_SHOWN_PATH]})"
    return Violation(rule="unknown-url", path="", message=message, status=404)


def wrong_method(expected: str) -> Violation:
    """Refuse a method that the path does not take.

    OpenAI's body as quoted in openai/openai-python#2703, where the path takes POST.
    """
    message = f"Only {expected} requests are accepted."
    return Violation(
        rule="method-not-supported",
        path="",
        message=message,
        status=405,
        code="method_not_supported",
    )


def body_too_large(limit: int) -> Violation:
    """Refuse a body over the mock's own limit. The wording is ours."""
    message = (
        f"Request body too large: the mock reads at most {limit} bytes. "
        "Send less, or start the mock with a higher --body-limit."
    )
    return Violation(
        rule="body-too-large", path="", message=message, status=413, code="request_too_large"
    )


def body_timed_out(received: int) -> Violation:
    """Refuse a body whose sender stalled. The wording is ours."""
    message = (
        f"Request timed out: {received} bytes of the body arrived, then nothing more. "
        "Send the whole body that Content-Length announces, or end the chunked body."
    )
    return Violation(rule="body-timed-out", path="", message=message, status=408)


def client_left(received: int) -> Violation:
    """Note a request whose client left before it was whole; nobody reads an answer."""
    message = f"The client left after {received} bytes of the body."
    return Violation(rule="client-left", path="", message=message, status=CLIENT_CLOSED_REQUEST)


def not_json() -> Violation:
    """Refuse a body that is not JSON, an empty one included.

    OpenAI's body as quoted in ChatGPTNextWeb/NextChat#4064 and microsoft/graphrag#2286; for a
    request without a body, openai/openai-python#2703.
    """
    message = (
        "We could not parse the JSON body of your request. (HINT: This likely means you aren't "
        "using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was "
        "sent was not valid JSON. If you have trouble figuring out how to fix this, please "
        "contact us through our help center at help.openai.com.)"
    )
    return Violation(rule="not-json", path="", message=message)


def not_an_object(value: object) -> Violation:
    """Refuse JSON that is not an object. No source; worded like OpenAI's other type errors."""
    message = (
        f"Invalid type for the request body: expected an object, but got {_kind(value)} instead."
    )
    return Violation(rule="not-an-object", path="", message=message, code="invalid_type")


def bad_credential(rule: str, status: int) -> Violation:
    """Note a refused credential for the journal; the reply has the upstream's own words."""
    return Violation(rule=rule, path="", message="The credential was refused.", status=status)


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    return "a string" if isinstance(value, str) else "an array"
