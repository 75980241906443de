"""The errors that our own code raises on purpose."""


class ProxyError(Exception):
    """Base of them all; its text says what was received, what was expected and what to do next."""


class ConfigurationError(ProxyError, ValueError):
    """A setting or an environment variable has a value that we refuse to guess about."""


class UntranslatableError(ProxyError, ValueError):
    """A request holds something that the upstream API has no place for."""
