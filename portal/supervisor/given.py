"""The servers that the operator named: can they be reached, before anything is started?"""

import importlib
from collections.abc import Container, Mapping
from urllib.parse import urlsplit

import psycopg

from portal.trouble import Trouble

SECONDS = 3
OLDEST_POSTGRES = 15


def check_database(url: str) -> None:
    try:
        with psycopg.connect(url, connect_timeout=SECONDS) as connection:
            version = connection.info.server_version // 10_000
    except psycopg.Error as error:
        raise Trouble(
            f"PostgreSQL at {place(url)} is out of reach ({first_line(error)})."
        ) from None
    if version < OLDEST_POSTGRES:
        raise Trouble(
            f"PostgreSQL at {place(url)} is version {version}: Resonance needs {OLDEST_POSTGRES}."
        )


def check_redis(url: str) -> None:
    redis = importlib.import_module("redis")  # half a second, which most starts can spare
    try:
        with redis.Redis.from_url(
            url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS
        ) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise Trouble(f"Redis at {place(url)} is out of reach ({first_line(error)}).") from None


def check_broker(url: str) -> None:
    kombu = importlib.import_module("kombu")
    try:
        with kombu.Connection(url, connect_timeout=SECONDS) as connection:
            connection.ensure_connection(max_retries=1, timeout=SECONDS)
    except Exception as error:  # noqa: BLE001 - every transport has exceptions of its own
        raise Trouble(
            f"The broker at {place(url)} is out of reach ({first_line(error)})."
        ) from None


def place(url: str) -> str:
    """The address without its password."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2] or 'its socket'}{parts.path}"


def first_line(error: Exception) -> str:
    lines = f"{error}".strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def check(environment: Mapping[str, str], *, but: Container[str]) -> None:
    """Raise Trouble for the first server that does not answer; the embedded ones did."""
    if "postgres" not in but:
        check_database(environment["DATABASE_URL"])
    if "redis" not in but:
        check_redis(environment["REDIS_URL"])
    broker = environment.get("CELERY_BROKER_URL")
    if broker and broker != environment["REDIS_URL"]:
        check_broker(broker)
