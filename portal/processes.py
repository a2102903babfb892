"""Processes by pid *and* start time, so that a pid that was handed out again is never mistaken."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
# Start times are derived from the boot time, which moves a little when the clock is set.
SAME_START = 2.0


@dataclass(frozen=True)
class Process:
    pid: int
    started: float

    @classmethod
    def find(cls, pid: int) -> "Process | None":
        """The living process that has this pid now."""
        try:
            found = psutil.Process(pid)
            if found.status() == psutil.STATUS_ZOMBIE:
                return None
            return cls(pid, float(found.create_time()))
        except psutil.Error:
            return None

    @classmethod
    def load(cls, row: object) -> "Process | None":
        """A process from a row of a JSON file, None where the row is damaged."""
        match row:
            case {"pid": int(pid), "started": float(started)} if pid > 1:
                return cls(pid, started)
        return None

    @property
    def row(self) -> dict[str, int | float]:
        return {"pid": self.pid, "started": self.started}

    def is_alive(self) -> bool:
        now = Process.find(self.pid)
        return now is not None and abs(now.started - self.started) < SAME_START

    def send(self, signum: int) -> None:
        if self.is_alive():
            try:
                os.kill(self.pid, signum)
            except ProcessLookupError:
                return

    def working_folder(self) -> str | None:
        try:
            return str(psutil.Process(self.pid).cwd())
        except psutil.Error:
            return None


def descendants(pid: int, *, recursive: bool = True) -> list[Process]:
    """The living children of a process, by default with theirs."""
    try:
        children = psutil.Process(pid).children(recursive=recursive)
    except psutil.Error:
        return []
    found = (Process.find(child.pid) for child in children)
    return [process for process in found if process]


def wait_for_end(processes: Iterable[Process], seconds: float) -> list[Process]:
    """Wait until all have ended; those that have not are returned."""
    deadline = time.monotonic() + seconds
    left = [process for process in processes if process.is_alive()]
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [process for process in left if process.is_alive()]
    return left


def end(
    processes: Iterable[Process], *, signals: Iterable[int] = (signal.SIGTERM,), seconds: float = 5
) -> None:
    """End them: each signal in turn for those that are left, at last SIGKILL."""
    left = list(processes)
    for signum in (*signals, signal.SIGKILL):
        for process in left:
            process.send(signum)
            process.send(signal.SIGCONT)  # a frozen one hears nothing before it goes on
        left = wait_for_end(left, seconds)


def die_with_parent(signum: int = signal.SIGTERM) -> None:
    """Ask the kernel for this signal when the parent dies, even by `kill -9`. Linux only."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signum)


def child_setup(signum: int = signal.SIGTERM) -> Callable[[], None]:
    """What a child runs between fork and exec: end with us, and start with default signals."""
    parent = os.getpid()

    def setup() -> None:
        die_with_parent(signum)
        if os.getppid() != parent:  # we died before the kernel was asked
            os._exit(1)

    return setup
