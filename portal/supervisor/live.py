"""The live process: Granian speaking ASGI, one worker. `python -m portal.supervisor.live HOST PORT`."""

import importlib
import signal
import sys
from collections.abc import Callable
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from portal import logs
from portal.processes import die_with_parent

# Every stream is a connection that stays.
CONNECTIONS = 10_000
# Streams have no end of their own.
SECONDS_TO_FINISH = 1


def load() -> Callable[..., Any]:
    """Runs in the worker, which ends with its parent."""
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, signal.SIG_DFL)
    die_with_parent()
    application: Callable[..., Any] = importlib.import_module("portal.asgi").application
    return application


def main(host: str, port: str) -> None:
    server = Server(
        "portal.asgi:application",
        address=host,
        port=int(port),
        interface=Interfaces.ASGI,
        workers=1,
        backlog=2048,
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
