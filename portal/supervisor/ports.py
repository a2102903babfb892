"""Is the port free, and does it stay ours while the web processes come and go."""

import errno
import http.client
import os
import socket
import sys
from typing import Self
from urllib.parse import urlsplit

from portal.trouble import Trouble


class PortClaim:
    """A port held from the start of `up` to its end. Raises Trouble where somebody else has it.

    Granian opens its port with SO_REUSEPORT, so a second instance would quietly share it. The
    claim is a name in the kernel (against our own kind) and a bound socket (against all others).
    """

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._claim = socket.socket(socket.AF_UNIX)
        self._bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        try:
            if sys.platform == "linux":
                self._claim.bind(f"\0resonance-{os.getuid()}-{port}")
            self._bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            self._bound.bind((host, port))
        except OSError as error:
            self.release()
            raise Trouble(self._sentence(error)) from error
        if self._somebody_listens():
            self.release()
            raise Trouble(self._sentence(OSError(errno.EADDRINUSE, "")))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()

    def release(self) -> None:
        self._claim.close()
        self._bound.close()

    def _somebody_listens(self) -> bool:
        try:
            socket.create_connection((reachable(self.host), self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def _sentence(self, error: OSError) -> str:
        if error.errno == errno.EADDRINUSE:
            return f"Port {self.port} is in use: choose another with --port (make up PORT=…)."
        return f"Port {self.port} cannot be opened ({error.strerror}): choose another with --port."


def answers(host: str, port: int, base_url: str) -> bool:
    """Does the site answer there, whatever it is asked to call itself?"""
    connection = http.client.HTTPConnection(reachable(host), port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": urlsplit(base_url).netloc})
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def reachable(host: str) -> str:
    return "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - compared, not bound
