"""One child of `up`: its command, its log, and its restarts with growing pauses."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from portal.environment import ROOT, UpOptions
from portal.processes import Process, child_setup, descendants, end

PAUSES = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
# As many as the process has database connections.
JOBS_AT_ONCE = 16
LIVED_WELL = 60.0  # whoever lived for so many seconds starts again at the first pause


class Backoff:
    """When the next try is due."""

    def __init__(self) -> None:
        self._failures = 0
        self._started = 0.0
        self._due = 0.0

    def started(self) -> None:
        self._started = time.monotonic()

    def failed(self) -> float:
        """Note an end. The pause before the next start."""
        now = time.monotonic()
        if now - self._started > LIVED_WELL:
            self._failures = 0
        pause = PAUSES[min(self._failures, len(PAUSES) - 1)]
        self._failures += 1
        self._due = now + pause
        return pause

    def is_due(self) -> bool:
        return time.monotonic() >= self._due


class Child:
    def __init__(self, name: str, command: Sequence[str], *, log: Path) -> None:
        self.name = name
        self.command = command
        self.log = log
        self.backoff = Backoff()
        self._running: subprocess.Popen[bytes] | None = None
        self._family: list[Process] = []
        self._noted: int | None = None

    @property
    def pid(self) -> int | None:
        return self._running.pid if self._running else None

    @property
    def exit_code(self) -> int | None:
        return self._running.returncode if self._running else None

    def start(self, environment: Mapping[str, str]) -> None:
        # What the one before left behind; the kernel has told it to end already.
        end(self._family, seconds=2)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(  # noqa: S603 - our own commands, no shell
                self.command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Its own session: Ctrl-C in a terminal is for us, and we end it in our order.
                start_new_session=True,
                preexec_fn=child_setup(),  # noqa: PLW1509 - no other thread is alive here
            )
        self.backoff.started()

    def has_ended(self) -> bool:
        return self._running is None or self._running.poll() is not None

    def ended_anew(self) -> bool:
        """True once for each end."""
        if self.pid == self._noted:
            return False
        self._noted = self.pid
        return True

    def look(self) -> list[Process]:
        """The child and its own children that are alive now."""
        if self._running is not None and not self.has_ended():
            itself = Process.find(self._running.pid)
            self._family = [*([itself] if itself else []), *descendants(self._running.pid)]
        else:
            self._family = [process for process in self._family if process.is_alive()]
        return self._family

    def ask_to_end(self) -> None:
        if self._running and not self.has_ended():
            self._running.send_signal(signal.SIGTERM)

    def wait_for_end(self, seconds: float) -> None:
        """Wait; whoever of the family is left after that is killed."""
        if self._running is None:
            return
        try:
            self._running.wait(seconds)
        except subprocess.TimeoutExpired:
            self.look()
            self._running.kill()
            self._running.wait()
        end(self._family, signals=(), seconds=2)
        self._running, self._family = None, []

    def last_words(self) -> str:
        try:
            lines = [line.strip() for line in self.log.read_text(errors="replace").splitlines()]
        except OSError:
            lines = []
        return next((line[:300] for line in reversed(lines) if line), "it said nothing")


def children_of(options: UpOptions) -> list[Child]:
    """The processes of one installation, the web first."""
    folder = options.data.absolute()
    # Quiet: its banner is no log line. Without the checks of Django, which take half a second of each start.
    celery = (sys.executable, "-m", "celery", "--quiet", "--skip-checks", "-A", "portal.celery")
    # Threads: jobs mostly wait, for the database and for partners' servers, which may take 15 s each.
    worker: tuple[str, ...] = ("worker", "--pool", "threads", "--concurrency", f"{JOBS_AT_ONCE}")
    worker += ("--without-gossip", "--without-mingle")
    beat = ("beat", "--schedule", f"{folder / 'beat'}", "--pidfile=")
    live_port = os.environ["RESONANCE_LIVE_PORT"]
    commands: dict[str, Sequence[str]] = {
        "web": (sys.executable, "-m", "portal.supervisor.web", options.host, f"{options.port}"),
        "live": (sys.executable, "-m", "portal.supervisor.live", options.host, live_port),
        "worker": (*celery, *worker),
        "beat": (*celery, *beat),
    }
    logs = folder / "logs"
    return [Child(name, command, log=logs / f"{name}.log") for name, command in commands.items()]
