"""PostgreSQL and Redis as child processes, for machines that have neither."""

from portal.embedded.postgres import Postgres
from portal.embedded.redis import Redis

__all__ = ["Postgres", "Redis"]
