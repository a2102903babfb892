"""A DNS server on this machine, over UDP, that knows what it is told."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

SILENT = object()
BROKEN = object()


@dataclass
class NameServer:
    """`texts`: the TXT records of a name. A name with SILENT gets no answer, with BROKEN a failure."""

    texts: dict[str, object] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"

    def run(self) -> None:
        while True:
            packet, client = self.socket.recvfrom(4096)
            if packet == b"end":
                return
            query = dns.message.from_wire(packet)
            name = query.question[0].name.to_text(omit_final_dot=True)
            self.asked.append(name)
            known = self.texts.get(name)
            if known is SILENT:
                continue
            answer = dns.message.make_response(query)
            answer.flags |= dns.flags.RA
            if known is BROKEN:
                answer.set_rcode(dns.rcode.SERVFAIL)
            elif known is None:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            elif known:
                quoted = [f'"{text}"' for text in known]
                answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "TXT", *quoted))
            self.socket.sendto(answer.to_wire(), client)


@contextmanager
def name_server(**texts: object) -> Iterator[NameServer]:
    server = NameServer(dict(texts))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.socket.sendto(b"end", server.socket.getsockname())
        thread.join(5)
        server.socket.close()
