"""What cannot be predicted of a profile without the mock's own code."""


class CannotTellError(Exception):
    """A rule that this reading cannot tell; the message says which kind, and what it would need."""
