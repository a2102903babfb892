"""The servers that the tests need, started before Django reads its settings.

Loaded with `-p tests.servers`. Without DATABASE_URL and REDIS_URL an embedded PostgreSQL and Redis
are started in `.local/test` (a second run at the same time gets a folder of its own) and stopped at
the end; with them, those servers are used and nothing is started.

A test that needs a program says so: `@pytest.mark.needs("chromium")`. Where the program is missing
the test is skipped with a sentence that says how to get it; in CI it fails.
"""

import hashlib
import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from portal.datafolder import DataFolder
from portal.embedded import Postgres, Redis

pytest_plugins = ["tests.live_server"]

ROOT = Path(__file__).resolve().parent.parent
HOW_TO_GET = {
    "chromium": "apt-get install chromium",
    "php": "apt-get install php-cli php-curl",
    "node": "apt-get install nodejs npm",
    "ruby": "apt-get install ruby",
    "go": "apt-get install golang-go",
}
# What a developer may have set for the product must not change what the tests see.
NOT_FOR_TESTS = (
    "DEBUG",
    "DATABASE_REPLICA_URL",
    "RESONANCE_DEFAULT_BRAND",
    "RESONANCE_TRUSTED_PROXIES",
    "CELERY_BROKER_URL",
    "PYTHONDONTWRITEBYTECODE",  # every process would compile all that it imports
)
REDIS_DATABASES = 16
cleanup = ExitStack()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None]:
    # A wrapper runs before pytest-django's own hook, which loads the settings.
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    try:
        if worker is None:
            start()
        else:
            take_own_redis_database(int(worker.removeprefix("gw")) + 1)
        return (yield)
    except BaseException:
        cleanup.close()
        raise


def start() -> None:
    """Set the whole environment; start what it does not name."""
    given = "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ
    folder = take_folder()
    for name in NOT_FOR_TESTS:
        os.environ.pop(name, None)
    sys.dont_write_bytecode = False
    os.environ.update(
        RESONANCE_DATA=f"{folder.path}",
        RESONANCE_URL="http://127.0.0.1:8000",
        RESONANCE_TEST_SERVERS="given" if given else "embedded",
        SECRET_KEY="only-for-tests-only-for-tests-only-for-tests-0123456789",
    )
    if "DATABASE_URL" not in os.environ:
        # Nothing here has to survive a power cut.
        postgres = Postgres(folder / "postgres", durable=False)
        cleanup.callback(postgres.stop)
        postgres.start()
        os.environ["DATABASE_URL"] = postgres.url
    if "REDIS_URL" not in os.environ:
        server = Redis(folder / "redis")
        cleanup.callback(server.stop)
        server.start()
        os.environ["REDIS_URL"] = server.url
        with redis.Redis.from_url(server.url) as client:
            client.flushall()


def take_folder() -> DataFolder:
    folder = DataFolder(ROOT / ".local" / "test")
    folder.make()
    if not folder.lock():
        temporary = tempfile.mkdtemp(prefix="resonance-test-")
        cleanup.callback(shutil.rmtree, temporary, ignore_errors=True)
        folder = DataFolder(temporary)
        folder.lock()
    cleanup.callback(folder.unlock)
    return folder


def take_own_redis_database(number: int) -> None:
    """Each xdist worker counts and limits in a database of its own."""
    url = urlsplit(os.environ["REDIS_URL"])
    os.environ["REDIS_URL"] = url._replace(path=f"/{number % REDIS_DATABASES}").geturl()


def fingerprint_of_migrations() -> str:
    digest = hashlib.sha256()
    for path in sorted(ROOT.glob("*/migrations/*")):
        if path.suffix in {".py", ".sql"}:
            digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "needs(program): skip where the program is not installed; fail there in CI"
    )
    config.addinivalue_line(
        "markers", "embedded: brings servers of its own, so DATABASE_URL changes nothing for it"
    )
    if "PYTEST_XDIST_WORKER" not in os.environ:
        # --reuse-db keeps the databases of the last run, but never those of other migrations.
        folder = DataFolder(os.environ["RESONANCE_DATA"])
        now = f"{fingerprint_of_migrations()} {os.environ['DATABASE_URL']}"
        if folder.read("migrations") != now:
            config.option.create_db = True
            folder.write("migrations", now)
        # Pages name their files by the manifest, and WhiteNoise warns where there is none.
        importlib.import_module("portal.supervisor.site").collect_static()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put first what waits for servers and browsers: no worker shall begin it when others have ended.

    With servers that were given, leave out what would not use them.
    """
    items.sort(key=lambda item: not is_slow(item))
    if os.environ["RESONANCE_TEST_SERVERS"] == "given":
        own = [item for item in items if is_embedded(item)]
        config.hook.pytest_deselected(items=own)
        items[:] = [item for item in items if not is_embedded(item)]


def is_slow(item: pytest.Item) -> bool:
    started = {"running_server", "own_server", "own_server_for_module", "prepared_folder"}
    return bool(started & set(getattr(item, "fixturenames", ())))


def is_embedded(item: pytest.Item) -> bool:
    own = {"own_server", "own_server_for_module"} & set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("embedded") is not None or bool(own)


def pytest_unconfigure(config: pytest.Config) -> None:
    cleanup.close()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        require(*mark.args)


def require(program: str) -> str:
    """The program's path; without it the test is skipped, or in CI fails."""
    found = shutil.which(program)
    if found:
        return found
    how = HOW_TO_GET.get(program, f"install {program}")
    raise went_without(f"{program} is not installed: {how}")


def node_package(name: str) -> Path:
    """The folder of an npm package; without it the test is skipped, or in CI fails."""
    modules = os.environ.get("RESONANCE_NODE_MODULES", "")
    folder = Path(modules) / name
    if modules and folder.is_dir():
        return folder
    raise went_without(
        f"{name} is not installed: npm install {name}, and name node_modules in RESONANCE_NODE_MODULES"
    )


def went_without(sentence: str) -> BaseException:
    """What ends the test: a skip, or in CI a failure."""
    if os.environ.get("CI") == "true":
        return pytest.fail.Exception(sentence, pytrace=False)
    return pytest.skip.Exception(sentence)
