"""Is this installation able to do its work? Each dependency by itself, with a sentence."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import redis
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal import heartbeat
from portal.live.processes import live_processes
from portal.supervisor import given
from portal.trouble import Trouble

TIMEOUT = 0.25
GOES_ON = "credits go on without it"


@dataclass(frozen=True, slots=True)
class Check:
    """`needed`: nothing can be credited without it."""

    name: str
    ok: bool
    detail: str
    needed: bool = False


def checks() -> Iterator[Check]:
    """Every check, each with a sentence that says what to do. Takes some two seconds at worst."""
    database = check_database()
    yield database
    if database.ok:
        yield check_migrations()
    else:
        yield Check("migrations", ok=False, detail="Unknown without the database.", needed=True)
    yield check_redis("redis", settings.REDIS_URL, f"limits are open, and {GOES_ON}")
    yield check_broker()
    yield check_live()
    yield check_heard("worker", "Start `celery worker`")
    yield check_heard("beat", "Start `celery beat`")


def check_database() -> Check:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_is_in_recovery()")
            reads_only = cursor.fetchone() == (True,)
    except DatabaseError as error:
        detail = f"PostgreSQL is out of reach ({type(error).__name__}): calls get 503."
        return Check("database", ok=False, detail=detail, needed=True)
    if reads_only:
        detail = "This PostgreSQL is a replica that takes no writes: name the primary."
        return Check("database", ok=False, detail=detail, needed=True)
    return Check("database", ok=True, detail="PostgreSQL answers and takes writes.", needed=True)


def check_migrations() -> Check:
    try:
        all_applied()
    except Waiting as waiting:
        return Check("migrations", ok=False, detail=f"{waiting}", needed=True)
    except DatabaseError as error:
        detail = f"Unknown: PostgreSQL went away ({type(error).__name__})."
        return Check("migrations", ok=False, detail=detail, needed=True)
    return Check("migrations", ok=True, detail="All are applied.", needed=True)


class Waiting(Exception):
    """Some migrations are not applied."""


@cache
def all_applied() -> None:
    """Asked until they are: tables do not go away under a running process. Raises Waiting."""
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Waiting(f"{len(plan)} wait: run `manage.py migrate`.")


def check_redis(name: str, url: str, without: str) -> Check:
    try:
        client(url).ping()
    except (redis.RedisError, OSError) as error:
        detail = f"Redis is out of reach ({type(error).__name__}): {without}."
        return Check(name, ok=False, detail=detail)
    return Check(name, ok=True, detail="Redis answers.")


def check_broker() -> Check:
    if is_redis(settings.CELERY_BROKER_URL):
        return check_redis("broker", settings.CELERY_BROKER_URL, f"jobs wait, and {GOES_ON}")
    try:
        given.check_broker(settings.CELERY_BROKER_URL)
    except Trouble as trouble:
        return Check("broker", ok=False, detail=f"{trouble} Jobs wait, and {GOES_ON}.")
    return Check("broker", ok=True, detail="The broker answers.")


def check_live() -> Check:
    found = live_processes(client(settings.REDIS_URL))
    without = f"live pages ask every five seconds instead, and {GOES_ON}."
    if found is None:
        return Check("live", ok=False, detail=f"Unknown without Redis: {without}")
    if not found.count:
        return Check("live", ok=False, detail=f"Nothing was heard of it lately: {without}")
    some = f"{found.streams} stream{'' if found.streams == 1 else 's'}"
    return Check("live", ok=True, detail=f"It hears Redis and holds {some}.")


def check_heard(who: str, otherwise: str) -> Check:
    seconds = heartbeat.seconds_since(who)
    if seconds is None:
        detail = f"Nothing was heard of it in a day. {otherwise}; {GOES_ON}."
        return Check(who, ok=False, detail=detail)
    detail = f"Last heard of {seconds:.0f} s ago."
    if seconds > heartbeat.LATELY:
        return Check(who, ok=False, detail=f"{detail} {otherwise}; {GOES_ON}.")
    return Check(who, ok=True, detail=detail)


def is_redis(url: str) -> bool:
    return url.startswith(("redis://", "rediss://"))


@cache
def client(url: str) -> redis.Redis:
    """One a process, that does not wait for a frozen server."""
    return redis.Redis.from_url(
        url,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), 0),
    )
