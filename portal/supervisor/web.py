"""The web processes: Granian speaking WSGI. `python -m portal.supervisor.web HOST PORT`."""

import importlib
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from portal import logs
from portal.environment import data_folder
from portal.processes import die_with_parent

WORKERS = 2
# Half of a process's database pool: a thread never waits for a connection.
THREADS = 8
# Granian counts *connections* here, the idle ones of browsers included, not requests under way.
CONNECTIONS = 512
SECONDS_TO_FINISH = 5


def load() -> Callable[..., Any]:
    """Runs in each worker process, which would else serve on after a `kill -9` of its parent."""
    # Forked with the handlers of its parent, a worker would swallow a signal to end while it loads.
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, signal.SIG_DFL)
    die_with_parent()
    application: Callable[..., Any] = importlib.import_module("portal.wsgi").application
    return application


def prepare_metrics(data: Path) -> None:
    """An empty folder in which the web processes count. Its counts begin anew with every start."""
    folder = data / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = f"{folder}"


def main(host: str, port: str) -> None:
    prepare_metrics(data_folder())
    server = Server(
        "portal.wsgi:application",
        address=host,
        port=int(port),
        interface=Interfaces.WSGI,
        workers=WORKERS,
        blocking_threads=THREADS,
        backpressure=CONNECTIONS,
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=logs.configuration(level="WARNING"),
        respawn_failed_workers=True,
        workers_kill_timeout=SECONDS_TO_FINISH,
    )
    server.serve(target_loader=load, wrap_loader=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
