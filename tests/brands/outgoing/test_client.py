"""One request to a partner's server: what it may do to us, which is nothing."""

import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager
from functools import partial

import pytest

from brands.outgoing import Failure, client, get, post
from tests.brands.outgoing.receiver import answer, receiving


@contextmanager
def told(settings, behave, context=None):
    with receiving(behave, context) as receiver:
        settings.RESONANCE_OUTGOING_INSECURE_HOSTS = [receiver.host]
        yield receiver


def test_what_is_sent_and_what_comes_back(settings):
    with told(settings, answer("thanks", headers="Retry-After: 7\r\nX-Other: no\r\n")) as receiver:
        url = f"http://{receiver.host}/hooks?x=1"
        reply = post(url, body=b'{"a": 1}', headers={"Content-Type": "application/json"})
    assert (reply.status, reply.failure, reply.body) == (200, None, b"thanks")
    assert reply.headers == {"retry-after": "7"}
    sent = receiver.requests[0].decode()
    assert sent.startswith("POST /hooks?x=1 HTTP/1.1\r\n")
    assert f"Host: {receiver.host}\r\n" in sent
    assert "Content-Length: 8\r\n" in sent
    assert sent.endswith('\r\n\r\n{"a": 1}')


def test_get_fetches(settings):
    with told(settings, answer("token")) as receiver:
        assert get(f"http://{receiver.host}/well-known").body == b"token"
    assert receiver.requests[0].startswith(b"GET /well-known ")


def test_a_redirect_is_an_answer_and_is_not_followed(settings):
    moved = answer("", status="302 Found", headers="Location: http://127.0.0.1:1/\r\n")
    with told(settings, moved) as receiver:
        reply = get(f"http://{receiver.host}/")
    assert (reply.status, reply.headers["location"]) == (302, "http://127.0.0.1:1/")
    assert len(receiver.requests) == 1


def test_proxies_of_the_environment_are_not_asked(settings, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with told(settings, answer("direct")) as receiver:
        assert get(f"http://{receiver.host}/").body == b"direct"


def test_an_endless_body_is_read_for_64_kb_and_kept_for_4(settings):
    taken: list[int] = []

    def endless(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while len(taken) < 10_000:
            connection.sendall(b"x" * 1024)
            taken.append(1)

    with told(settings, endless) as receiver:
        reply = get(f"http://{receiver.host}/")
        assert (reply.status, reply.body) == (200, b"x" * 4096)
        assert reply.seconds < 2
    # What lies in the sockets' buffers was sent and never read.
    assert len(taken) < 10_000


def drip(connection: socket.socket, first: bytes, each: bytes) -> None:
    connection.sendall(first)
    for _ in range(100):
        time.sleep(0.05)
        connection.sendall(each)


DRIPS = {
    "headers": (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
    "one header": (b"HTTP/1.1 200 OK\r\nA: ", b"b"),
    "continues": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body until the end": (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    "body of a length": (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "nothing": (b"", b""),
}


@pytest.mark.parametrize("name", DRIPS)
def test_a_server_that_drips_is_left_at_the_deadline(settings, name):
    first, each = DRIPS[name]
    with told(settings, lambda connection, _: drip(connection, first, each)) as receiver:
        reply = get(f"http://{receiver.host}/", total=0.4)
    assert (reply.status, reply.failure) == (None, Failure.TIMEOUT)
    assert 0.3 < reply.seconds < 1


def test_nothing_is_left_of_a_request(settings):
    with told(settings, lambda c, _: drip(c, b"", b"")) as receiver:
        get(f"http://{receiver.host}/", total=0.1)
    assert not [t for t in threading.enumerate() if isinstance(t, threading.Timer) and t.is_alive()]


@pytest.mark.parametrize(
    "said", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]
)
def test_what_is_no_answer_is_told_so(settings, said):
    with told(settings, lambda connection, _: connection.sendall(said)) as receiver:
        reply = get(f"http://{receiver.host}/")
    assert (reply.status, reply.failure) == (None, Failure.BROKEN)


def test_nobody_there(settings):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        host = f"127.0.0.1:{unused.getsockname()[1]}"
    settings.RESONANCE_OUTGOING_INSECURE_HOSTS = [host]
    reply = get(f"http://{host}/")
    assert (reply.failure, reply.detail) == (Failure.CONNECT, "Connection refused")


def leading_to(addresses: list[str], _name: str, _seconds: float) -> list[str]:
    return addresses


def test_a_name_that_leads_inside_is_refused_at_every_attempt():
    answers = [["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["169.254.169.254"], ["::ffff:127.0.0.1"]]
    for addresses in answers:
        reply = get("https://shop.example.com/", resolve=partial(leading_to, addresses))
        assert reply.failure is Failure.REFUSED
    assert "not a public address" in reply.detail


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(settings, monkeypatch):
    """A name that changes between check and connect (rebinding) changes nothing."""
    asked = []

    def changing(name: str, _seconds: float) -> list[str]:
        asked.append(name)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    with receiving(answer("first")) as receiver:
        host = f"shop.example.com:{receiver.port}"
        settings.RESONANCE_OUTGOING_INSECURE_HOSTS = [host]
        looked_up = []
        original = socket.getaddrinfo

        def spy(host, *rest, **options):
            looked_up.append(host)
            return original(host, *rest, **options)

        monkeypatch.setattr(socket, "getaddrinfo", spy)
        assert get(f"http://{host}/", resolve=changing).body == b"first"
        assert get(f"http://{host}/", resolve=changing).failure is Failure.REFUSED
    assert asked == ["shop.example.com"] * 2
    assert set(looked_up) == {"127.0.0.1"}
    assert f"Host: {host}\r\n".encode() in receiver.requests[0]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Of shop.example.com, signed by itself."""
    folder = tmp_path_factory.mktemp("certificate")
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    make += ["-nodes", "-days", "2", "-subj", "/CN=shop.example.com"]
    make += ["-addext", "subjectAltName=DNS:shop.example.com"]
    key, found = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [*make, "-keyout", f"{key}", "-out", f"{found}"], check=True, capture_output=True
    )
    return found, key


@pytest.fixture
def fresh_trust():
    client.trusted.cache_clear()
    yield
    client.trusted.cache_clear()


@pytest.mark.needs("openssl")
@pytest.mark.usefixtures("fresh_trust")
def test_certificates_are_verified_for_the_name(settings, monkeypatch, certificate):
    found, key = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(found, key)
    names = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)

    def here(_name: str, _seconds: float) -> list[str]:
        return ["127.0.0.1"]

    with receiving(answer("secret"), context) as receiver:
        right, wrong = f"shop.example.com:{receiver.port}", f"other.example.com:{receiver.port}"
        settings.RESONANCE_OUTGOING_INSECURE_HOSTS = [right, wrong]
        untrusted = get(f"https://{right}/", resolve=here)
        assert (untrusted.failure, untrusted.detail) == (
            Failure.CERTIFICATE,
            "self-signed certificate",
        )
        monkeypatch.setenv("SSL_CERT_FILE", f"{found}")
        client.trusted.cache_clear()
        assert get(f"https://{right}/", resolve=here).body == b"secret"
        mismatch = get(f"https://{wrong}/", resolve=here)
        assert mismatch.failure is Failure.CERTIFICATE
        assert "other.example.com" in mismatch.detail
    assert names == ["shop.example.com", "shop.example.com", "other.example.com"]


def test_a_handshake_that_never_ends_is_left_at_the_deadline(settings):
    with receiving(lambda connection, _: time.sleep(2)) as receiver:
        settings.RESONANCE_OUTGOING_INSECURE_HOSTS = [receiver.host]
        reply = get(f"https://{receiver.host}/", total=0.3)
    assert reply.failure is Failure.TIMEOUT
    assert reply.seconds < 1


def test_a_name_that_leads_nowhere(settings):
    settings.RESONANCE_DNS_SERVERS = ["127.0.0.1:1"]
    reply = get("https://shop.example.com/", total=0.3)
    assert reply.failure is Failure.NAME
    assert reply.seconds < 1
