"""An HTTP load generator: one thread, keep-alive connections, epoll, every answer looked at.

It spends some 20 µs a call, so that on two cores it takes little from what it measures.
"""

import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

RECEIVE = 65_536


class BadAnswer(Exception):
    """An answer that was not 2xx. A benchmark of refusals measures nothing."""


@dataclass
class Measured:
    """What a run showed: calls, the seconds it took, and each call's latency in seconds."""

    calls: int
    seconds: float
    latencies: list[float] = field(repr=False)

    @property
    def per_second(self) -> float:
        return self.calls / self.seconds

    def percentile(self, percent: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * percent / 100), len(ordered) - 1)] * 1000


@dataclass
class Connection:
    socket: socket.socket
    began: float = 0.0
    received: bytes = b""

    def answer(self) -> bytes | None:
        """The whole answer once it is there."""
        head, separator, rest = self.received.partition(b"\r\n\r\n")
        if not separator:
            return None
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                if len(rest) < int(value):
                    return None
                self.received = b""
                return head + separator + rest
        raise BadAnswer(f"An answer without a length: {head[:200]!r}")


def run(
    *, port: int, request: Callable[[], bytes], connections: int, seconds: float, warm: float = 0.5
) -> Measured:
    """Send as fast as answers come, for `seconds` after `warm` seconds that do not count.

    Raises BadAnswer.
    """
    poll = select.epoll()
    open_ones: dict[int, Connection] = {}
    try:
        for _ in range(connections):
            own = socket.create_connection(("127.0.0.1", port), timeout=10)
            own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            open_ones[own.fileno()] = Connection(own)
            poll.register(own, select.EPOLLIN)
        return measure(poll, open_ones, request, seconds, warm)
    finally:
        for each in open_ones.values():
            each.socket.close()
        poll.close()


def measure(
    poll: select.epoll,
    open_ones: dict[int, Connection],
    request: Callable[[], bytes],
    seconds: float,
    warm: float,
) -> Measured:
    latencies: list[float] = []
    clock = time.perf_counter
    for connection in open_ones.values():
        connection.began = clock()
        connection.socket.sendall(request())
    begin = clock() + warm
    end = begin + seconds
    while (now := clock()) < end:
        for descriptor, _ in poll.poll(1):
            connection = open_ones[descriptor]
            part = connection.socket.recv(RECEIVE)
            connection.received += part
            if not part:
                raise BadAnswer("The server closed a connection.")
            answer = connection.answer()
            if answer is None:
                continue
            now = clock()
            if not answer.startswith(b"HTTP/1.1 2"):
                raise BadAnswer(answer.decode(errors="replace")[:600])
            if now >= begin:
                latencies.append(now - connection.began)
            connection.began = now
            connection.socket.sendall(request())
    return Measured(len(latencies), now - begin, latencies)
