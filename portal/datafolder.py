"""The data folder (`.local`, or --data, or RESONANCE_DATA): private files, written whole or not."""

import contextlib
import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from portal.trouble import Trouble

NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


class DataFolder:
    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).expanduser().absolute()
        self._lock: int | None = None

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def make(self) -> None:
        """Make the folder, and be sure that files can be written there."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            probe = self / f".probe-{os.getpid()}"
            probe.write_text("")
            probe.unlink()
        except OSError as error:
            raise Trouble(
                f"The data folder {self.path} cannot be used ({error.strerror}): "
                "choose another with --data or RESONANCE_DATA."
            ) from error

    def lock(self) -> bool:
        """Take the folder for the life of this process. False where another process has it.

        The kernel gives the lock back when the process ends, however it ends.
        """
        self._lock = os.open(self / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.unlock()
            return False
        return True

    def unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def write(self, name: str, text: str) -> None:
        """Replace a file at once; only its owner can read it."""
        new = self / f"{name}.new-{os.getpid()}"
        try:
            with os.fdopen(os.open(new, NEW_FILE, 0o600), "w") as file:
                file.write(text)
            new.replace(self / name)
        except OSError as error:
            raise Trouble(f"{self / name} cannot be written ({error.strerror}).") from error

    def write_json(self, name: str, value: object) -> None:
        self.write(name, json.dumps(value, indent=2) + "\n")

    def read(self, name: str) -> str | None:
        try:
            return (self / name).read_text()
        except (OSError, UnicodeDecodeError):
            return None

    def keep(self, name: str, make: Callable[[], str]) -> str:
        """What the file holds; made and written if it is not there, by one process only."""
        kept = self.read(name)
        if kept:
            return kept
        new = f"{name}.made-{os.getpid()}"
        self.write(new, make())
        with contextlib.suppress(FileExistsError):
            (self / name).hardlink_to(self / new)
        self.remove(new)
        kept = self.read(name)
        if not kept:
            raise Trouble(f"{self / name} cannot be read: remove it and start again.")
        return kept

    def read_json(self, name: str) -> dict[str, Any]:
        """The object in a file; empty where there is none, or a damaged one."""
        try:
            value = json.loads(self.read(name) or "{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def remove(self, name: str) -> None:
        (self / name).unlink(missing_ok=True)
