"""What an upstream refuses whatever its profile says: bad URLs, methods and bodies.

Each refusal is a `Violation` like those of a profile's rules, so that the journal and the
envelopes need no second way to speak. Wordings are OpenAI's where a source is named.
"""

from mock_upstream.verdict import Violation

CLIENT_CLOSED_REQUEST = 499
"""The status that servers log, and never send, when the client left."""

_SHOWN_PATH = 200
"""Characters of an unknown path that are repeated in the refusal."""

_SHOWN_HEADER = 100
"""Characters of a header that are repeated in the refusal."""


def unknown_url(method: str, path: str) -> Violation:
    """Refuse a path that the upstream does not have.

    OpenAI's body as quoted in microsoft/TaskWeaver#11 and harry0703/MoneyPrinterTurbo#57.
    """
    message = f"Invalid URL ({method} {path[:_SHOWN_PATH]})"
    return Violation(rule="unknown-url", path="", message=message, status=404)


def wrong_method(expected: tuple[str, ...]) -> Violation:
    """Refuse a method that the path does not take.

    OpenAI's body as quoted in openai/openai-python#2703, where the path takes POST.
    """
    message = f"Only {' and '.join(expected)} requests are accepted."
    return Violation(
        rule="method-not-supported",
        path="",
        message=message,
        status=405,
        code="method_not_supported",
    )


def unknown_model(name: str) -> Violation:
    """Refuse to describe a model that is not on the list.

    OpenAI's body as quoted in QuantumNous/new-api's tests and, without `param`, in many more.
    """
    return Violation(
        rule="unknown-model",
        path="",
        message=f"The model '{name[:_SHOWN_PATH]}' does not exist",
        status=404,
        param="model",
        code="model_not_found",
    )


def unknown_response(response_id: str) -> Violation:
    """Refuse to show or delete a response that is not kept.

    The wording follows vllm-project/vllm#22137, made to match OpenAI's; `param` and `code` are
    inferred.
    """
    message = f"Response with id '{response_id[:_SHOWN_PATH]}' not found."
    return Violation(rule="unknown-response", path="", message=message, status=404)


def unknown_previous(response_id: str) -> Violation:
    """Refuse to continue a response that is not kept.

    OpenAI's body as quoted in Soju06/codex-lb#853 and maximhq/bifrost#2441.
    """
    return Violation(
        rule="previous-response",
        path="previous_response_id",
        message=f"Previous response with id '{response_id[:_SHOWN_PATH]}' not found.",
        param="previous_response_id",
        code="previous_response_not_found",
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


def wrong_content_type(received: str) -> Violation:
    """Refuse a body that is announced as something else than JSON.

    OpenAI's body as quoted in openai/openai-openapi#194 and TheoKanning/openai-java#465, its status
    in RageAgainstThePixel/OpenAI-DotNet#236; there it met a JSON type with a charset, for a day.
    """
    shown = received[:_SHOWN_HEADER]
    message = (
        f"Unsupported content type: '{shown}'. This API method only accepts 'application/json' "
        f"requests, but you specified the header 'Content-Type: {shown}'. Please try again with a "
        "supported content type."
    )
    return Violation(rule="content-type", path="", message=message, code="unsupported_content_type")


def compressed_body(received: str) -> Violation:
    """Refuse a body that is announced as encoded.

    No source; the wording is ours, the status HTTP's. The mock never decompresses: no client that
    it is made for compresses, and no source shows that OpenAI's API would take it.
    """
    message = (
        f"Unsupported content encoding: '{received[:_SHOWN_HEADER]}'. The mock reads bodies as "
        "they are. Send the JSON uncompressed, without the header Content-Encoding."
    )
    return Violation(
        rule="content-encoding",
        path="",
        message=message,
        status=415,
        code="unsupported_content_encoding",
    )


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


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    return "a string" if isinstance(value, str) else "an array"
