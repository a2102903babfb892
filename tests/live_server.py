"""The real thing: `manage.py up` as a process, for tests that speak HTTP or kill things.

`running_server` is one running installation a test session (one a worker under xdist), started by
the first test that asks for it. `own_server` starts one for a single test, which may break it.

    def test_a_stranger_is_told_to_say_which_brand(running_server):
        answer = requests.get(running_server.url("/resonance-api/debug"), timeout=10)
        assert answer.json()["ok"]

    def test_credits_outlive_the_web(own_server):
        server = own_server()
        for pid in server["pids"]["web"]:
            os.kill(pid, signal.SIGKILL)
        server.wait_until_answering()

A server reads as demo.json does *now* (`server["secret_key"]`, `server["pids"]`), so that pids are
those of the processes that run at this moment.
"""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import requests

from portal.processes import Process, child_setup, end

ROOT = Path(__file__).resolve().parent.parent
SECONDS_TO_START = 90
# What the tests' own environment says about servers is not for an installation of its own.
NOT_INHERITED = (
    *("RESONANCE_", "SECRET_KEY", "DATABASE_", "REDIS_", "CELERY_", "MAKE", "MFLAGS", "PYTEST_"),
    "COVERAGE_",  # a measured server is a slow one
)


class LiveServer:
    """One `manage.py up` in a folder. Reads as its demo.json, freshly each time."""

    def __init__(self, folder: Path, port: int, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.port = port
        self.environment = environment
        self.output = folder.with_name(f"{folder.name}.output")
        self.process: subprocess.Popen[bytes] | None = None

    def __getitem__(self, key: str) -> Any:
        return self.demo[key]

    @property
    def demo(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / "demo.json").read_text())
        return content

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"{self.base_url}{path}"

    @property
    def command(self) -> list[str]:
        up = ["manage.py", "up", "--port", f"{self.port}", "--data", f"{self.folder}"]
        return [sys.executable, *up]

    def start(self, *, prefix: tuple[str, ...] = (), wait: bool = True) -> "LiveServer":
        """Start it and wait until it is ready. `prefix` is put before the command (setpriv …)."""
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*prefix, *self.command],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # A test run that is killed takes its servers along.
                preexec_fn=child_setup(),  # noqa: PLW1509 - tests have one thread
            )
        if wait:
            self.wait_until_ready()
        return self

    def wait_until_ready(self) -> None:
        """Wait for the words that `up` prints once everything runs."""
        process = self.process
        assert process is not None
        until(
            lambda: "Resonance is ready" in self.said() or process.poll() is not None,
            seconds=SECONDS_TO_START,
            what=lambda: f"`up` to be ready; it said: {self.said()}",
        )
        assert process.poll() is None, f"`up` ended: {self.said()}"

    def wait_until_answering(self, seconds: float = 30) -> None:
        """Wait until the web answers again, after something was killed."""
        until(self.answers, seconds=seconds, what="the web to answer")

    def answers(self) -> bool:
        try:
            return requests.get(self.url("/healthz"), timeout=2).ok
        except requests.RequestException:
            return False

    def said(self) -> str:
        """What `up` itself printed, on both channels."""
        return self.output.read_text(errors="replace")

    def log(self, name: str) -> str:
        """The log of one part: web, worker, beat, postgres, redis."""
        return (self.folder / "logs" / f"{name}.log").read_text(errors="replace")

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a management command beside it, as an operator would: only the folder is named."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**self.environment, "RESONANCE_DATA": f"{self.folder}"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=check,
        )

    def processes(self) -> list[Process]:
        """Everything that it runs now, as run.json has it."""
        rows = json.loads((self.folder / "run.json").read_text())["processes"]
        return [process for row in rows if (process := Process.load(row))]

    def stop(self, signum: int = signal.SIGTERM, seconds: float = 30) -> int:
        """Ask it to end, as Ctrl-C or a service manager would. Its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signum)
        return self.process.wait(seconds)

    def kill(self) -> None:
        """`kill -9` of `up` alone."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """End it whatever state it is in."""
        if self.process is not None and self.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                left = self.processes()
                self.kill()
                end(left, signals=(), seconds=5)


def until(
    ready: Callable[[], object], *, seconds: float, what: str | Callable[[], str] = "it"
) -> None:
    """Wait until something is so; fail with a sentence if it does not come."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds:g} s for {what if isinstance(what, str) else what()}")
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(*, measured: bool = False, **changes: str) -> dict[str, str]:
    """An environment as a person's shell has it. `measured` lets coverage follow."""
    drop = tuple(name for name in NOT_INHERITED if not (measured and name == "COVERAGE_"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(drop)}
    return kept | changes


@pytest.fixture(scope="session")
def prepared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after its first start, stopped: copy it, do not use it.

    The first start makes tables and the demo's history, so all workers share what one has made.
    """
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = shared / "prepared by up"
    with (shared / "prepared.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "prepared.done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            server = LiveServer(folder, free_port(), clean_environment(measured=True))
            try:
                server.start()
            finally:
                server.close()
            # Copies that start at the same moment would each find these ports free.
            (folder / "live_port").unlink()
            (folder / "redis" / "port").unlink()
            (shared / "prepared.done").touch()
    return folder


@pytest.fixture(scope="session")
def running_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Generator[LiveServer]:
    """One installation for all tests of this worker: do not kill it, and leave its demo usable.

    On the embedded servers, or on those that DATABASE_URL and REDIS_URL name.
    """
    folder = tmp_path_factory.mktemp("running") / "data folder"
    environment = clean_environment()
    drop = None
    if os.environ["RESONANCE_TEST_SERVERS"] == "given":
        number = 0 if worker_id == "master" else int(worker_id.removeprefix("gw")) + 1
        environment["DATABASE_URL"], drop = new_database(f"resonance_live_{number}")
        redis = urlsplit(os.environ["REDIS_URL"])
        environment["REDIS_URL"] = redis._replace(path=f"/{15 - number}").geturl()
    else:
        shutil.copytree(request.getfixturevalue("prepared_folder"), folder)
    server = LiveServer(folder, free_port(), environment)
    try:
        yield server.start()
    finally:
        server.close()
        if drop is not None:
            drop()


def new_database(name: str) -> tuple[str, Callable[[], None]]:
    """An empty database beside the tests' own: its URL, and what drops it again."""
    url = urlsplit(os.environ["DATABASE_URL"])
    drop = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'

    def run(*statements: str) -> None:
        with psycopg.connect(url.geturl(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    run(drop, f'CREATE DATABASE "{name}"')
    return url._replace(path=f"/{name}").geturl(), lambda: run(drop)


def servers_in(parent: Path, prepared_folder: Path) -> Generator[Callable[..., LiveServer]]:
    servers: list[LiveServer] = []

    def make(*, start: bool = True, measured: bool = True, **environment: str) -> LiveServer:
        folder = parent / f"data folder {len(servers)}"
        shutil.copytree(prepared_folder, folder)
        server = LiveServer(
            folder, free_port(), clean_environment(measured=measured, **environment)
        )
        servers.append(server)
        return server.start() if start else server

    yield make
    for server in servers:
        server.close()


@pytest.fixture
def own_server(prepared_folder: Path, tmp_path: Path) -> Generator[Callable[..., LiveServer]]:
    """Start an installation of this test's own, on embedded servers; it is ended after the test.

    `own_server()` starts on a copy of a prepared folder (about three seconds);
    `own_server(start=False)` only makes it ready; other keywords are environment variables;
    `measured=False` keeps coverage out of it, for tests that look at the clock.
    """
    yield from servers_in(tmp_path, prepared_folder)


@pytest.fixture(scope="module")
def own_server_for_module(
    prepared_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Callable[..., LiveServer]]:
    """The same, ended after the last test of the module."""
    yield from servers_in(tmp_path_factory.mktemp("module"), prepared_folder)
