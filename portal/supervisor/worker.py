"""How a process of Granian's begins."""

import importlib
import signal
from collections.abc import Callable
from typing import Any

from portal.processes import die_with_parent


def loader(module: str) -> Callable[[], Callable[..., Any]]:
    """For `Server.serve`: what gives the `application` of a module, in each worker process."""

    def load() -> Callable[..., Any]:
        # Forked with the handlers of its parent, a worker would swallow a signal to end while it loads.
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, signal.SIG_DFL)
        # It would else serve on after a `kill -9` of its parent.
        die_with_parent()
        application: Callable[..., Any] = importlib.import_module(module).application
        return application

    return load
