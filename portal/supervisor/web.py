"""The web processes: Granian speaking WSGI. `python -m portal.supervisor.web HOST PORT`."""

import os
import shutil
import sys
from pathlib import Path

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from portal import logs
from portal.environment import data_folder
from portal.supervisor.worker import loader

WORKERS = 2
# Half of a process's database pool: a thread never waits for a connection.
THREADS = 8
# Granian counts *connections* here, the idle ones of browsers included, not requests under way.
CONNECTIONS = 512
SECONDS_TO_FINISH = 5


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
    server.serve(target_loader=loader("portal.wsgi"), wrap_loader=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
