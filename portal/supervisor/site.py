"""What the site needs before it serves: tables, static files, the demo brand."""

import fcntl
import hashlib
import io
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from portal.trouble import Trouble


def prepare() -> dict[str, Any]:
    """Bring tables, files and the demo up to date. What the demo's sign-in and keys are."""
    try:
        migrate()
        collect_static()
        return demo()
    finally:
        disconnect()


def migrate() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def collect_static() -> None:
    """Collect the static files where one of them has changed since the last time."""
    root = Path(settings.STATIC_ROOT)
    stamp = root / ".collected"
    now = static_fingerprint()
    try:
        root.mkdir(parents=True, exist_ok=True)
        if stamp.exists() and stamp.read_text() == now:
            return
        # Two instances of one checkout share the folder.
        with (root / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not stamp.exists() or stamp.read_text() != now:
                call_command("collectstatic", interactive=False, verbosity=0)
                stamp.write_text(now)
    except OSError as error:
        raise Trouble(f"{root} cannot be written ({error.strerror}).") from error


def static_fingerprint() -> str:
    digest = hashlib.sha256(f"{settings.STORAGES['staticfiles']}".encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def demo() -> dict[str, Any]:
    """Make the demo brand, or find it again. What its sign-in and its keys are."""
    printed = io.StringIO()
    call_command("demo", stdout=printed)
    made: dict[str, Any] = json.loads(printed.getvalue())
    return made


def disconnect() -> None:
    """Give the database back: the parent of the processes holds no connection and no threads."""
    connection.close()
    close_pool = getattr(connection, "close_pool", None)
    if close_pool is not None:
        close_pool()
