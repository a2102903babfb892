"""The web processes: Granian speaking WSGI. `python -m portal.supervisor.web HOST PORT`."""

import importlib
import signal
import sys
from collections.abc import Callable
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

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


def main(host: str, port: str) -> None:
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
        respawn_failed_workers=True,
        workers_kill_timeout=SECONDS_TO_FINISH,
    )
    server.serve(target_loader=load, wrap_loader=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
