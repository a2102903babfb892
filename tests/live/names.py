"""A little DNS server, whose answers a test changes from one question to the next."""

import socket
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset


class Names:
    """Says the next of `answers[name]`, and the last of them from then on. `asked` counts per name."""

    def __init__(self) -> None:
        self.answers: dict[str, list[str]] = {}
        self.asked: dict[str, int] = defaultdict(int)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def run(self) -> None:
        while True:
            try:
                data, client = self.socket.recvfrom(4096)
            except OSError:
                return
            if not data:
                return
            self.socket.sendto(self.answer(dns.message.from_wire(data)).to_wire(), client)

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        question = query.question[0]
        if question.rdtype == dns.rdatatype.A:
            name = question.name.to_text(omit_final_dot=True)
            self.asked[name] += 1
            left = self.answers.get(name, [])
            address = left.pop(0) if len(left) > 1 else left[0] if left else None
            if address:
                reply.answer.append(dns.rrset.from_text(question.name, 0, "IN", "A", address))
        return reply


@contextmanager
def naming() -> Iterator[Names]:
    names = Names()
    thread = threading.Thread(target=names.run, daemon=True)
    thread.start()
    try:
        yield names
    finally:
        # An empty datagram wakes it; closing alone would leave it waiting.
        names.socket.sendto(b"", ("127.0.0.1", names.port))
        thread.join(5)
        names.socket.close()
