"""What `up` writes about itself: run.json for the next start, demo.json for people and tests."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

from portal.datafolder import DataFolder
from portal.processes import Process

FROM_DEMO = ("brand_id", "slug", "domain", "secret_key", "signing_secret", "email", "password")
ROLES = ("up", "web", "live", "worker", "beat", "postgres", "redis")
Named = tuple[str, Process]


class RunFile:
    """Who runs in this folder, by pid and start time: a killed `up` leaves it behind."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._written: list[Named] = []

    def read(self) -> list[Named]:
        rows = self._folder.read_json("run.json").get("processes", [])
        found = ((f"{row.get('name')}", Process.load(row)) for row in rows if isinstance(row, dict))
        return [(name, process) for name, process in found if process]

    def write(self, processes: Iterable[Named]) -> None:
        processes = list(processes)
        if processes != self._written:
            rows = [{"name": name, **process.row} for name, process in processes]
            self._folder.write_json("run.json", {"processes": rows})
            self._written = processes

    def owner(self) -> int | None:
        """The pid of the `up` that has the folder now."""
        return next((process.pid for name, process in self.read() if name == "up"), None)


class DemoFile:
    """Where the demo is, how to sign in, and which processes serve it."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._written: dict[str, Any] = {}

    def write(
        self, *, base_url: str, live_url: str, demo: Mapping[str, Any], pids: Mapping[str, object]
    ) -> None:
        content = {
            "base_url": base_url,
            "live_url": live_url,
            **{name: demo[name] for name in FROM_DEMO},
            "pids": {role: pids.get(role) for role in ROLES},
        }
        if content != self._written:
            self._folder.write_json("demo.json", content)
            self._written = content

    def close(self) -> None:
        """Nothing runs any more; the secrets stay for the next start."""
        content = self._folder.read_json("demo.json")
        if content.get("pids", {}).get("up") == os.getpid():
            content["pids"] = dict.fromkeys(ROLES) | {"web": []}
            self._folder.write_json("demo.json", content)
