"""One request to a checked address, within a deadline that nothing can stretch."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache

from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from brands.outgoing.resolver import CannotResolve, Resolve, resolve
from brands.outgoing.target import RefusedTarget, Target, parse_target, reachable

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0
MOST_READ = 64 * 1024
MOST_KEPT = 4 * 1024
# A name may have many addresses; the first that takes a connection is the one that is asked.
MOST_TRIED = 3
AGENT = "Resonance/1"
KEPT_HEADERS = ("content-type", "location", "retry-after")
LONGEST_HEADER = 500


class Failure(StrEnum):
    """Why there is no answer."""

    REFUSED = "refused"  # the address is one that we do not call
    NAME = "name"  # the name leads nowhere
    CONNECT = "connect"
    CERTIFICATE = "certificate"
    TIMEOUT = "timeout"
    BROKEN = "broken"  # it ended half way, or is not HTTP


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, or why nothing did.

    `status` is None where `failure` is set. `headers` holds content-type, location and retry-after,
    `body` the first 4 KB as they were sent: hostile text, as is all of it.
    """

    status: int | None
    failure: Failure | None = None
    detail: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, wherever."""

    method: str
    headers: Mapping[str, str]
    body: bytes | None = None


def get(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    resolve: Resolve = resolve,
    total: float = TOTAL_SECONDS,
) -> Reply:
    """Fetch a URL that a partner chose. Raises nothing: trouble is part of the reply."""
    return ask(Question("GET", headers or {}), url, resolve, total)


def post(
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    resolve: Resolve = resolve,
    total: float = TOTAL_SECONDS,
) -> Reply:
    """Send to a URL that a partner chose. Raises nothing: trouble is part of the reply."""
    return ask(Question("POST", headers, body), url, resolve, total)


def ask(question: Question, url: str, resolve: Resolve, total: float) -> Reply:
    began = time.monotonic()

    def failed(failure: Failure, detail: str = "") -> Reply:
        return Reply(None, failure, detail, seconds=time.monotonic() - began)

    try:
        target = parse_target(url)
        addresses = reachable(target, resolve, total)
    except RefusedTarget as refused:
        return failed(Failure.REFUSED, f"{refused}")
    except CannotResolve as error:
        return failed(Failure.NAME, f"{error}")
    reply = failed(Failure.CONNECT)
    for address in addresses[:MOST_TRIED]:
        with Deadline(began + total) as deadline:
            if deadline.seconds_left() <= 0:
                return failed(Failure.TIMEOUT)
            reply = ask_at(question, target, address, deadline)
        reply = replace(reply, seconds=time.monotonic() - began)
        if reply.failure is not Failure.CONNECT:
            return reply
    return reply


class Deadline:
    """Shuts the connection when time is up, whatever it is doing.

    A socket's own timeout begins anew with every byte, so a peer that sends one now and then would
    hold us for ever.
    """

    def __init__(self, at: float) -> None:
        self.at = at
        self.passed = False
        self.lock = threading.Lock()
        self.sockets: list[socket.socket] = []
        self.timer = threading.Timer(max(0.0, self.seconds_left()), self.shut)
        self.timer.daemon = True

    def seconds_left(self) -> float:
        return self.at - time.monotonic()

    def __enter__(self) -> "Deadline":
        self.timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.timer.cancel()
        with self.lock:
            for sock in self.sockets:
                sock.close()
            self.sockets.clear()

    def watch(self, sock: socket.socket) -> None:
        # A duplicate: wrapping in TLS takes the socket's descriptor, closing would free its number.
        with self.lock:
            self.sockets.append(sock.dup())
            if self.passed:
                self.shut_all()

    def shut(self) -> None:
        with self.lock:
            self.passed = True
            self.shut_all()

    def shut_all(self) -> None:
        for sock in self.sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def ask_at(question: Question, target: Target, address: str, deadline: Deadline) -> Reply:
    """One request over one new connection to this very address."""
    pool = pool_at(target, address, deadline)
    own = {"Host": target.authority, "User-Agent": AGENT, "Accept-Encoding": "identity"}
    response: BaseHTTPResponse | None = None
    try:
        response = pool.urlopen(
            question.method,
            target.path,
            body=question.body,
            headers={**question.headers, **own, "Connection": "close"},
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
        )
        read = read_some(response)
    except (HTTPError, OSError, ValueError) as error:
        return Reply(None, *trouble(error, timed_out=deadline.passed))
    finally:
        if response is not None:
            response.close()
        pool.close()
    if deadline.passed:
        # A body without a length looks whole when it is cut.
        return Reply(None, Failure.TIMEOUT)
    kept = {
        name: response.headers[name][:LONGEST_HEADER]
        for name in KEPT_HEADERS
        if name in response.headers
    }
    return Reply(response.status, headers=kept, body=read[:MOST_KEPT])


def read_some(response: BaseHTTPResponse) -> bytes:
    """The first 64 KB. Raises HTTPError where the body ends before its length."""
    read = b""
    while len(read) < MOST_READ:
        part = response.read(MOST_READ - len(read), decode_content=False)
        if not part:
            break
        read += part
    return read


def pool_at(target: Target, address: str, deadline: Deadline) -> HTTPConnectionPool:
    """A pool for one request: its connection goes to the address, and speaks to the name."""
    timeout = Timeout(connect=CONNECT_SECONDS, read=max(0.1, deadline.seconds_left()))
    options = {"timeout": timeout, "maxsize": 1, "retries": False}
    pool: HTTPConnectionPool
    if target.scheme == "http":
        pool = HTTPConnectionPool(address, target.port, **options)  # type: ignore[arg-type]
    else:
        pool = HTTPSConnectionPool(
            address,
            target.port,
            ssl_context=trusted(),
            server_hostname=target.host,
            **options,  # type: ignore[arg-type]
        )

    class Watched(pool.ConnectionCls):  # type: ignore[name-defined,misc]
        def _new_conn(self) -> socket.socket:
            sock: socket.socket = super()._new_conn()
            deadline.watch(sock)
            return sock

    pool.ConnectionCls = Watched
    return pool


@cache
def trusted() -> ssl.SSLContext:
    """The system's authorities (SSL_CERT_FILE names others); names and certificates are checked."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def trouble(error: Exception, *, timed_out: bool) -> tuple[Failure, str]:
    """What went wrong, and in a word how."""
    if isinstance(error, NewConnectionError):
        return Failure.CONNECT, reason(error)
    if isinstance(error, ConnectTimeoutError):
        return Failure.CONNECT, "no connection in time"
    if timed_out or isinstance(error, (ReadTimeoutError, TimeoutError)):
        return Failure.TIMEOUT, ""
    if isinstance(error, (SSLError, ssl.SSLError)):
        return Failure.CERTIFICATE, certificate_trouble(error)
    return Failure.BROKEN, type(error).__name__


def reason(error: Exception) -> str:
    """The system's own word for it: Connection refused, Network is unreachable."""
    cause = error.__cause__
    return (cause.strerror or "") if isinstance(cause, OSError) else ""


def certificate_trouble(error: Exception) -> str:
    seen: Exception | BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return seen.verify_message
        inner: Sequence[object] = seen.args
        seen = seen.__cause__ or next((arg for arg in inner if isinstance(arg, ssl.SSLError)), None)
    return "no TLS connection"
