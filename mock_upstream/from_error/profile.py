"""A profile made of the one error in a text, for `mock-upstream serve --from-error`."""

from mock_upstream.from_error.blame import blame_of, says_a_refusal
from mock_upstream.from_error.finding import find_errors, plain_error
from mock_upstream.from_error.report import ErrorReport
from mock_upstream.from_error.reproduction import load_reproduction, reproduction
from mock_upstream.from_error.source_text import LONGEST, read_source
from mock_upstream.profile_format.profile import Profile

__all__ = ["LONGEST", "profile_from_error"]


def profile_from_error(data: bytes) -> Profile:
    """Make a profile that refuses what an error refuses, in its words.

    An error that names nothing is told of every request. Raises `ValueError` for bytes that hold no
    error, several, or half of one.
    """
    text = read_source(data)
    errors = find_errors(text).errors
    report = errors[0] if errors else _plain(text)
    if len(errors) > 1:
        told = "; ".join(one.message[:60] for one in errors[:3])
        raise ValueError(f"received {len(errors)} different errors ({told}); expected one")
    if report.half:
        raise ValueError(
            f"received half an error: {report.message[:60]!r}; expected the whole body"
        )
    return load_reproduction(reproduction(report, blame_of(report)))


def _plain(text: str) -> ErrorReport:
    plain = plain_error(text)
    if plain is None or not says_a_refusal(plain.message):
        raise ValueError(
            f"received {len(text)} characters without an error; expected an upstream's error "
            "body, LiteLLM's exception or a log"
        )
    return plain
