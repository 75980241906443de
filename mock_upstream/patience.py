"""How long a server waits for a client that takes its time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds a connection may take: for a head, with nothing to do, to read a reply."""

    head: float = 15.0
    idle: float = 75.0
    reading: float = 60.0
    farewell: float = 2.0
    """For what a client still sends after its request was answered before its end."""

    @property
    def shortest(self) -> float:
        """The shortest of them."""
        return min(self.head, self.idle, self.reading, self.farewell)
