"""The live process: Granian speaking ASGI, one worker. `python -m portal.supervisor.live HOST PORT`."""

import sys

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from portal import logs
from portal.supervisor.worker import loader

# Every stream is a connection that stays.
CONNECTIONS = 10_000
# Streams have no end of their own.
SECONDS_TO_FINISH = 1


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
    server.serve(target_loader=loader("portal.asgi"), wrap_loader=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
