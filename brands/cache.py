"""The site's cache: it counts attempts to sign in. Losing it loses nothing that matters."""

import json
import logging
from collections.abc import Callable
from time import monotonic
from typing import Any, TypeVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
T = TypeVar("T")
LEFT_ALONE_FOR = 1.0  # seconds after a failure


class Json:
    """How values are stored. Django's default, pickle, would run whatever somebody writes into Redis."""

    def dumps(self, value: object) -> int | str:
        return value if type(value) is int else json.dumps(value)

    def loads(self, data: bytes) -> Any:
        return json.loads(data)


class OpenCache(RedisCache):
    """A cache in Redis. A server out of reach is an empty cache that forgets, with a logged warning.

    So people can sign in, uncounted, while Redis is away. Covers add, get, set, delete and clear, which is
    what django-allauth uses; the time-outs are in the settings.
    """

    away_until = 0.0

    def add(
        self,
        key: Any,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        # Otherwise "nobody else had it": a lock that nobody can take would keep everyone out.
        return self.unless_away(
            lambda: RedisCache.add(self, key, value, timeout, version), otherwise=True
        )

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self.unless_away(lambda: RedisCache.get(self, key, default, version), default)

    def set(
        self,
        key: Any,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:
        self.unless_away(lambda: RedisCache.set(self, key, value, timeout, version), None)

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self.unless_away(lambda: RedisCache.delete(self, key, version), otherwise=False)

    def clear(self) -> None:
        """Forget what this cache holds. The rest of the database (jobs, limits) is not its own."""
        self.unless_away(self.forget, otherwise=None)

    def forget(self) -> None:
        client = self._cache.get_client(None, write=True)
        for key in client.scan_iter(match=self.make_key("*")):
            client.delete(key)

    def unless_away(self, operation: Callable[[], T], otherwise: T) -> T:
        """The operation's result; `otherwise` where Redis fails, and for a second after it has."""
        if monotonic() < self.away_until:
            return otherwise
        try:
            return operation()
        except RedisError as trouble:
            self.away_until = monotonic() + LEFT_ALONE_FOR
            logger.warning("cache is out of reach", extra={"trouble": type(trouble).__name__})
            return otherwise
