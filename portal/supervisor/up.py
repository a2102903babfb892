"""The life of one `up`: end what a killed one left, start, watch, end."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

from django.db import Error as DatabaseError

from portal.datafolder import DataFolder
from portal.embedded import Postgres, Redis
from portal.embedded.server import Server
from portal.environment import UpOptions, write_for_others
from portal.processes import Process, die_with_parent, end
from portal.supervisor import given, site, words
from portal.supervisor.child import Backoff, Child, children_of
from portal.supervisor.ports import PortClaim, answers
from portal.supervisor.state import DemoFile, Named, RunFile
from portal.trouble import Trouble

TICK = 0.1
LOOK_EVERY = 1.0
SECONDS_TO_ANSWER = 60
SECONDS_TO_END = 10


class Stopped(Exception):
    """Somebody asked us to end."""


class Up:
    def __init__(self, options: UpOptions) -> None:
        self.options = options
        self.folder = DataFolder(options.data)
        self.environment = dict(os.environ)
        self.servers = self._embedded_servers()
        self.children: list[Child] = children_of(options)
        self.demo: dict[str, Any] = {}
        self._backoffs = {server.name: Backoff() for server in self.servers}
        self._run_file = RunFile(self.folder)
        self._demo_file = DemoFile(self.folder)
        self._stopping = False
        self._interruptible = False

    def run(self) -> None:
        """Serve until SIGTERM or Ctrl-C. Raises Trouble with a sentence for the operator."""
        for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(signum, self._on_signal)
        if "MAKELEVEL" in os.environ:
            die_with_parent()  # `make` may be killed alone
        self.folder.make()
        if not self.folder.lock():
            raise Trouble(
                f"The data folder {self.folder.path} is in use by another `up` "
                f"(pid {self._run_file.owner()}): stop it, or choose another folder with --data."
            )
        try:
            self._end_former()
            with PortClaim(self.options.host, self.options.port):
                self._start()
                self._watch()
        except Stopped:
            words.say("Stopping.")
        finally:
            self._stop()

    def pause(self, seconds: float) -> None:
        """Sleep. Raises Stopped as soon as somebody asks us to end."""
        deadline = time.monotonic() + seconds
        while True:
            if self._stopping:
                raise Stopped
            left = deadline - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, TICK))

    def _on_signal(self, _signum: int, _frame: FrameType | None) -> None:
        self._stopping = True
        if self._interruptible:
            self._interruptible = False
            raise Stopped

    @contextlib.contextmanager
    def _may_interrupt(self) -> Iterator[None]:
        """Work without pauses in it, which may be broken off anywhere: transactions roll back."""
        self.pause(0)
        self._interruptible = True
        try:
            yield
        finally:
            self._interruptible = False

    def _embedded_servers(self) -> list[Server]:
        """Those whose URL is that of our own folder; the others are the operator's."""
        servers: list[Server] = []
        postgres = Postgres(self.folder / "postgres")
        if postgres.url == self.environment["DATABASE_URL"]:
            servers.append(postgres)
        if (self.folder / "redis").exists():
            redis = Redis(self.folder / "redis")
            if redis.url == self.environment["REDIS_URL"]:
                servers.append(redis)
        return servers

    def _end_former(self) -> None:
        """End what is still alive of an `up` that was killed. Nothing of any other folder."""
        rows = self._run_file.read()
        servers = [process for name, process in rows if name in {"postgres", "redis"}]
        end([process for _, process in rows if process not in servers], seconds=SECONDS_TO_END)
        end(servers, signals=(signal.SIGINT,), seconds=SECONDS_TO_END)

    def _start(self) -> None:
        words.say(f"Starting in {self.folder.path}")
        for server in self.servers:
            server.start(self.pause)
            self._write_down()
        given.check(self.environment, but=[server.name for server in self.servers])
        try:
            with self._may_interrupt():
                self.demo = site.prepare()
        except DatabaseError as error:
            raise Trouble(
                f"The database cannot be prepared ({given.first_line(error)})."
            ) from error
        if not self.environment.get("RESONANCE_DEFAULT_BRAND"):
            self.environment["RESONANCE_DEFAULT_BRAND"] = f"{self.demo['brand_id']}"
        write_for_others(self.folder, self.environment)
        # The web first and alone: all of them import Django, and a person waits for the web.
        web, *others = self.children
        web.start(self.environment)
        self._write_down()
        self._wait_for_answer(web, self.options.port)
        for child in others:
            child.start(self.environment)
        self._write_down()
        live = next(child for child in others if child.name == "live")
        self._wait_for_answer(live, int(self.environment["RESONANCE_LIVE_PORT"]))
        words.greet(self.environment["RESONANCE_URL"], self.demo, self.folder.path)

    def _wait_for_answer(self, child: Child, port: int) -> None:
        deadline = time.monotonic() + SECONDS_TO_ANSWER
        while not answers(self.options.host, port, self.environment["RESONANCE_URL"]):
            self.pause(TICK)
            if child.has_ended() or time.monotonic() > deadline:
                said = child.last_words()
                raise Trouble(f"The {child.name} process does not start ({said}): see {child.log}.")

    def _watch(self) -> None:
        looked = 0.0
        while True:
            self.pause(TICK)
            for server in self.servers:
                if not server.is_alive():
                    self._restart_server(server)
            for child in self.children:
                if child.has_ended():
                    self._restart_child(child)
            if time.monotonic() - looked > LOOK_EVERY:
                self._write_down()
                looked = time.monotonic()

    def _restart_child(self, child: Child) -> None:
        if child.ended_anew():
            pause = child.backoff.failed()
            words.say(
                f"{child.name} ended (exit code {child.exit_code}), its log is {child.log}; "
                f"starting it again{f' in {pause:g} s' if pause else ''}."
            )
        if child.backoff.is_due():
            child.start(self.environment)

    def _restart_server(self, server: Server) -> None:
        backoff = self._backoffs[server.name]
        if not backoff.is_due():
            return
        words.say(f"{server.name} ended, its log is {server.log}; starting it again.")
        backoff.started()
        try:
            server.start(self.pause)
        except Trouble as trouble:
            words.say(f"{trouble}")
        backoff.failed()

    def _write_down(self) -> None:
        """Keep run.json and demo.json true."""
        rows: list[Named] = []
        pids: dict[str, object] = {"up": os.getpid()}
        itself = Process.find(os.getpid())
        if itself:
            rows.append(("up", itself))
        for server in self.servers:
            process = Process.find(server.pid) if server.pid else None
            pids[server.name] = process.pid if process else None
            if process:
                rows.append((server.name, process))
        for child in self.children:
            family = child.look()
            rows.extend((child.name, process) for process in family)
            alive = [process.pid for process in family]
            pids[child.name] = alive if child.name == "web" else child.pid
            words.shorten(child.log)
        self._run_file.write(rows)
        if self.demo:
            self._demo_file.write(
                base_url=self.environment["RESONANCE_URL"],
                live_url=self.environment["RESONANCE_LIVE_URL"],
                demo=self.demo,
                pids=pids,
            )

    def _stop(self) -> None:
        for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(signum, signal.SIG_IGN)
        for child in self.children:
            child.look()
            child.ask_to_end()
        deadline = time.monotonic() + SECONDS_TO_END
        for child in self.children:
            child.wait_for_end(max(0.1, deadline - time.monotonic()))
        for server in self.servers:
            server.stop()
        self._demo_file.close()
        self.folder.remove("environment.json")
        self.folder.remove("run.json")
        self.folder.unlock()
