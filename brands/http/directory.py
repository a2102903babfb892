"""What this process knows of the brands, each under the version at which it was read.

A warm call asks the database nothing here: `record` compares the version and answers `stale`, and
whoever refuses a call asks for the version first. What is not known is always asked for.
"""

import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from brands import queries
from brands.queries import BrandFacts

MAX_BRANDS = 2_000
MAX_NAMES = 20_000
MAX_CHECKS_A_SECOND = 20

# Called before the database is asked about a name that is not known; may raise.
Guard = Callable[[], None]


def no_guard() -> None:
    pass


class Directory:
    """Thread-safe and bounded: the brand that was longest unused is forgotten first."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.brands: OrderedDict[int, BrandFacts] = OrderedDict()
        self.by_name: dict[tuple[str, str | bytes], int] = {}
        self.second = 0.0
        self.checks = 0

    def by_digest(self, digest: bytes, guard: Guard = no_guard) -> BrandFacts | None:
        """The brand with this secret key, whatever the key's state. `digest` is its SHA-256."""
        known = self.named("key", digest)
        if known and any(hmac.compare_digest(key.digest, digest) for key in known.keys):
            return known
        guard()
        return self.remember("key", digest, queries.brand_id_of_key(digest))

    def by_public_id(self, public_id: str, guard: Guard = no_guard) -> BrandFacts | None:
        if known := self.named("id", public_id):
            return known
        guard()
        return self.remember("id", public_id, queries.brand_id_of_public_id(public_id))

    def by_host(self, host: str, guard: Guard = no_guard) -> BrandFacts | None:
        """The brand that has verified this host, or a `*.` entry above it."""
        known = self.named("host", host)
        if known and any(
            each.verified and not each.subdomains and each.host == host for each in known.domains
        ):
            return known
        # What is under a `*.` entry is asked for every time: another brand may have verified the
        # host itself since, and that raises the other brand's version only.
        guard()
        return self.remember("host", host, queries.brand_id_of_verified_host(host))

    def named(self, kind: str, name: str | bytes) -> BrandFacts | None:
        with self.lock:
            brand_id = self.by_name.get((kind, name))
            known = self.brands.get(brand_id) if brand_id is not None else None
            if known:
                self.brands.move_to_end(known.id)
            return known

    def remember(self, kind: str, name: str | bytes, brand_id: int | None) -> BrandFacts | None:
        if brand_id is None:
            with self.lock:
                self.by_name.pop((kind, name), None)
            return None
        with self.lock:
            known = self.brands.get(brand_id)
        facts = known or self.refresh(brand_id)
        if facts is None:
            return None
        with self.lock:
            if len(self.by_name) >= MAX_NAMES:
                self.by_name.clear()
            self.by_name[kind, name] = brand_id
        return facts

    def refresh(self, brand_id: int) -> BrandFacts | None:
        """Read the brand again."""
        facts = queries.brand_facts(brand_id=brand_id)
        with self.lock:
            known = self.brands.get(brand_id)
            if facts is None:
                self.brands.pop(brand_id, None)
                return None
            # Another thread may have read a newer one meanwhile.
            if known is None or known.version <= facts.version:
                self.brands[brand_id] = known = facts
            self.brands.move_to_end(brand_id)
            while len(self.brands) > MAX_BRANDS:
                self.brands.popitem(last=False)
            return known

    def current(self, facts: BrandFacts | None) -> BrandFacts | None:
        """The same brand as the database has it now: one small query where nothing has changed."""
        if facts is None or queries.current_version(facts.id) == facts.version:
            return facts
        return self.refresh(facts.id)

    def current_where_cheap(self, facts: BrandFacts) -> BrandFacts | None:
        """The same for calls that are refused in masses: at most so many a second ask."""
        with self.lock:
            now = time.monotonic()
            if now - self.second >= 1:
                self.second, self.checks = now, 0
            self.checks += 1
            affordable = self.checks <= MAX_CHECKS_A_SECOND
        return self.current(facts) if affordable else facts

    def forget(self) -> None:
        with self.lock:
            self.brands.clear()
            self.by_name.clear()
            self.checks = 0


directory = Directory()
