"""A load generator: one request, over and over, on some connections, and how long that took.

`python benchmarks/load.py` reads a job as one JSON line on stdin (see `Job`), runs it and writes
its result as one JSON line, again and again until stdin ends. It stands in a process of its own, so
that it takes nothing from the server it measures, and it does little: plain sockets on one `epoll`,
requests built beforehand, and of each answer only the status and where it ends is looked at.
"""

import base64
import select
import socket
import sys
import time
from dataclasses import asdict, dataclass

import orjson

_READ = 2**20
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_LAST_CHUNK = b"0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Job:
    """What to send, whole with its head in base64; where; on how many connections; how often."""

    port: int
    request: str
    connections: int
    requests: int


@dataclass(frozen=True, slots=True)
class Result:
    """Seconds for all requests, the processor's share of them here, and one answer's bytes."""

    seconds: float
    own_processor: float
    answer: int


class Connection:
    """One connection that always has one request under way."""

    def __init__(self, port: int, request: bytes, poll: select.epoll) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)  # noqa: FBT003 -- the socket module's own signature
        self._request = request
        self._unsent = memoryview(b"")
        self._got = bytearray()
        self._poll = poll
        self._waiting = False
        poll.register(self.socket.fileno(), select.EPOLLIN)

    def ask(self) -> None:
        """Begin a request."""
        self._unsent = memoryview(self._request)
        self.write()

    def write(self) -> None:
        """Send what has not left yet, and ask to be told when more can leave."""
        try:
            while self._unsent:
                self._unsent = self._unsent[self.socket.send(self._unsent) :]
        except BlockingIOError:
            self._poll.modify(self.socket.fileno(), select.EPOLLIN | select.EPOLLOUT)
            self._waiting = True
        else:
            if self._waiting:
                self._poll.modify(self.socket.fileno(), select.EPOLLIN)
                self._waiting = False

    def read(self) -> int:
        """Read what is there; return the answer's length when it is whole, else 0."""
        data = self.socket.recv(_READ)
        if not data:
            raise SystemExit(f"the server closed a connection after {bytes(self._got[:200])!r}")
        if self._got or not _whole(data):
            self._got += data
            if not _whole(self._got):
                return 0
            data = bytes(self._got)
            self._got.clear()
        if not data.startswith(b"HTTP/1.1 200 "):
            raise SystemExit(f"a request was not answered 200: {data[:600]!r}")
        return len(data)


def _whole(data: bytes | bytearray) -> bool:
    """Say whether an answer has arrived whole: by its length, or by its last chunk."""
    end = data.find(_HEAD_END)
    if end < 0:
        return False
    head = data[:end].lower()
    at = head.find(_LENGTH)
    if at < 0:
        return data.endswith(_LAST_CHUNK)
    length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0])
    return len(data) >= end + len(_HEAD_END) + length


def run(job: Job) -> Result:
    """Send all requests of a job, each connection one at a time."""
    request, poll = base64.b64decode(job.request), select.epoll()
    connections = [Connection(job.port, request, poll) for _ in range(job.connections)]
    by_number = {connection.socket.fileno(): connection for connection in connections}
    begun, used = time.perf_counter(), time.process_time()
    answer = _exchange(by_number, poll, job.requests)
    result = Result(time.perf_counter() - begun, time.process_time() - used, answer)
    poll.close()
    for connection in connections:
        connection.socket.close()
    return result


def _exchange(connections: dict[int, Connection], poll: select.epoll, requests: int) -> int:
    """Keep every connection busy until all requests are answered; return an answer's length."""
    for connection in connections.values():
        connection.ask()
    unasked, unanswered, answer = requests - len(connections), requests, 0
    while unanswered:
        for number, event in poll.poll():
            connection = connections[number]
            if event & select.EPOLLOUT:
                connection.write()
            length = connection.read() if event & ~select.EPOLLOUT else 0
            if length:
                answer = length
                unanswered -= 1
                if unasked > 0:
                    unasked -= 1
                    connection.ask()
    return answer


def main() -> None:
    """Run each job that stdin brings."""
    for line in sys.stdin.buffer:
        result = run(Job(**orjson.loads(line)))
        sys.stdout.buffer.write(orjson.dumps(asdict(result)) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
