"""What the embedded servers share: one child process, its log, its end."""

import abc
import importlib.util
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from portal.processes import Process, child_setup, end
from portal.trouble import Trouble

Pause = Callable[[float], None]


def package_folder(package: str) -> Path:
    """Where a wheel with a server in it is installed; the wheel's own code is not run."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise Trouble(f"The package {package} is not installed: run `make up`, or set its URL.")
    return Path(spec.origin).parent


class Server(abc.ABC):
    """One server in a folder of its own. `start` first ends what a killed run left there."""

    name: str
    death_signal: int = signal.SIGTERM
    end_signals: tuple[int, ...] = (signal.SIGTERM,)

    def __init__(self, folder: Path, *, log: Path | None = None) -> None:
        self.folder = folder.absolute()
        self.log = log or self.folder.parent / "logs" / f"{self.name}.log"
        self._child: subprocess.Popen[bytes] | None = None
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def is_alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    @abc.abstractmethod
    def url(self) -> str:
        """Where clients find it; known before it is started."""

    @abc.abstractmethod
    def start(self, pause: Pause = time.sleep) -> None:
        """Start, and wait until it answers. `pause` may raise to give up early."""

    @abc.abstractmethod
    def leftover(self) -> Process | None:
        """What is still alive of an earlier run in this folder."""

    def end_leftover(self) -> None:
        left = self.leftover()
        if left:
            end([left], signals=self.end_signals, seconds=10)

    def stop(self) -> None:
        if self._child is None:
            return
        if self._child.poll() is None:
            for signum in (*self.end_signals, signal.SIGKILL):
                self._child.send_signal(signum)
                try:
                    self._child.wait(10)
                    break
                except subprocess.TimeoutExpired:
                    continue
        self._child = None

    def spawn(self, command: Sequence[str], *, config: bytes | None = None) -> None:
        """Start the child; what it prints goes to the log, `config` to its standard input."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 - our own binaries, no shell
                command,
                stdin=subprocess.DEVNULL if config is None else subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=clean_environment(),
                # Its own group: Ctrl-C in a terminal is for us, and we end it in our order.
                start_new_session=True,
                preexec_fn=child_setup(self.death_signal),  # noqa: PLW1509 - one thread only
            )
        if config is not None and self._child.stdin is not None:
            self._child.stdin.write(config)
            self._child.stdin.close()

    def last_words(self, *marks: str) -> str:
        """The last line of the log that has one of the marks, from the mark on."""
        try:
            lines = self.log.read_text(errors="replace").splitlines()[-200:]
        except OSError:
            lines = []
        for line in reversed(lines):
            for mark in marks:
                if mark in line:
                    return line[line.index(mark) :].strip()
        return lines[-1].strip() if lines else "it said nothing"


def clean_environment() -> dict[str, str]:
    """Our environment without the variables that would change how a server behaves."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PG", "LC_", "LANG", "SECRET_KEY", "DATABASE_", "REDIS_"))
    } | {"LC_ALL": "C"}
