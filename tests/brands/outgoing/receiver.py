"""A partner's server on this machine, that behaves as badly as it is told to."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

Behaviour = Callable[[socket.socket, bytes], None]


def answer(text: str, *, status: str = "200 OK", headers: str = "") -> Behaviour:
    body = text.encode()

    def behave(connection: socket.socket, _request: bytes) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        connection.sendall(head.encode() + body)

    return behave


class Receiver:
    """Every connection is answered by `behave`; `requests` keeps what was sent."""

    def __init__(self, behave: Behaviour, context: ssl.SSLContext | None = None) -> None:
        self.behave = behave
        self.context = context
        self.requests: list[bytes] = []
        self.ended = threading.Event()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def run(self) -> None:
        while not self.ended.is_set():
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        with suppress(OSError), ExitStack() as stack:
            stack.enter_context(connection)
            if self.context is not None:
                connection = self.context.wrap_socket(connection, server_side=True)
                stack.enter_context(connection)
            request = read_request(connection)
            self.requests.append(request)
            self.behave(connection, request)
            connection.shutdown(socket.SHUT_RDWR)


def read_request(connection: socket.socket) -> bytes:
    read = b""
    while b"\r\n\r\n" not in read:
        read += received(connection)
    head, _, body = read.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length:
        body += received(connection)
    return head + b"\r\n\r\n" + body


def received(connection: socket.socket) -> bytes:
    part = connection.recv(65_536)
    if not part:
        raise ConnectionResetError
    return part


@contextmanager
def receiving(behave: Behaviour, context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver(behave, context)
    thread = threading.Thread(target=receiver.run, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.ended.set()
        # close() alone would leave accept() waiting.
        with suppress(OSError):
            receiver.listening.shutdown(socket.SHUT_RDWR)
        receiver.listening.close()
        thread.join(5)
