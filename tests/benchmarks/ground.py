"""What the benchmark stands on: an installation of its own, 200,000 persons, ten more brands."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from portal.processes import child_setup
from tests.benchmarks.load import PERSONS, Target

ROOT = Path(__file__).resolve().parent.parent.parent
NOT_INHERITED = ("RESONANCE_", "SECRET_KEY", "DATABASE_", "REDIS_", "CELERY_", "MAKE", "MFLAGS")
SECONDS_TO_START = 120

FILL = """
INSERT INTO wallets_wallet (id, test, status, created_at)
SELECT nextval('wallets_wallet_id_seq'), false, 'PREGENERATED', now() - interval '30 days'
FROM generate_series(1, {persons});
INSERT INTO wallets_identity (address, test, wallet_id, created_at)
SELECT 'person' || w.place || '@bench.example', false, w.id, now() - interval '30 days'
FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM wallets_wallet w
      WHERE NOT EXISTS (SELECT FROM wallets_identity i WHERE i.wallet_id = w.id)) w;
INSERT INTO wallets_account (kind, test, wallet_id, brand_id, balance)
SELECT 'available', false, i.wallet_id, b.id, 0 FROM wallets_identity i, brands_brand b
WHERE i.address LIKE 'person%@bench.example' AND b.slug = 'demo';
ANALYZE;
"""


@dataclass(frozen=True)
class Ground:
    port: int
    database_url: str
    demo: dict[str, Any]
    data: Path
    # The environment that the installation runs in.
    variables: dict[str, str]

    def target(self, *, with_key: bool = True) -> Target:
        key = self.demo["secret_key"] if with_key else None
        return Target(self.port, self.demo["brand_id"], key)

    def manage(self, *arguments: str, seconds: float = 300) -> str:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**environment(), "RESONANCE_DATA": f"{self.data}"},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=True,
        ).stdout

    def memory_of_web(self) -> dict[int, int]:
        """Resident memory of each web process, in KiB."""
        found = {}
        for pid in json.loads((self.data / "demo.json").read_text())["pids"]["web"]:
            status = Path(f"/proc/{pid}/status").read_text()
            found[pid] = int(status.partition("VmRSS:")[2].split()[0])
        return found

    def cpu_of_web(self) -> float:
        """Seconds that the web processes have been busy so far, in the program and in the system."""
        ticks = 0
        for pid in json.loads((self.data / "demo.json").read_text())["pids"]["web"]:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}


@contextmanager
def running(data: Path, port: int) -> Iterator[Ground]:
    """`manage.py up` in a folder of its own, ended at the end."""
    data.mkdir(parents=True, exist_ok=True)
    output = data / "up.log"
    with output.open("wb") as log:
        up = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", f"{port}", "--data", f"{data}"],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=child_setup(),  # noqa: PLW1509 - one thread
        )
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while "Resonance is ready" not in output.read_text():
            if up.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The installation does not start: {output.read_text()}")
            time.sleep(0.1)
        variables = json.loads((data / "environment.json").read_text())["variables"]
        demo = json.loads((data / "demo.json").read_text())
        yield Ground(port, variables["DATABASE_URL"], demo, data, variables)
    finally:
        up.terminate()
        up.wait(30)


def fill(ground: Ground) -> None:
    """200,000 persons, once."""
    with psycopg.connect(ground.database_url, autocommit=True) as connection:
        there = connection.execute(
            "SELECT count(*) FROM wallets_identity WHERE address LIKE 'person%@bench.example'"
        ).fetchone()
        if there and there[0] < PERSONS:
            connection.execute(FILL.format(persons=PERSONS))


MAKE_BRANDS = """
import json
from django.utils import timezone
from brands import services as brands
from brands.models import Brand, Scope, User
from events import services as events
from portal.demo import GENEROUS, ORDER
now, made = timezone.now(), []
for n in range(10):
    brand = Brand.objects.filter(slug=f"bench-{n}").first()
    if brand is None:
        brand = brands.create_brand(owner=User.objects.get(email="demo@demo.example"), now=now,
                                    **{**GENEROUS, "name": f"Bench {n}", "slug": f"bench-{n}"})
        events.create_event_type(brand=brand, key="place_order", name="Order", terms=ORDER, by=None, now=now)
    key = brands.create_key(brand=brand, name="bench", scopes=list(Scope.values), by=None, now=now)
    made.append([brand.public_id, key.secret])
print(json.dumps(made))
"""

ONE_REQUEST = """
import json
from decimal import Decimal
from django.utils import timezone
from brands.models import Brand, Trust
from brands.queries import brand_facts
from events.services import Submission, programme_of
from events.services.intake import request_row
from events.services.record import as_text
facts = brand_facts(brand_id=Brand.objects.get(slug="demo").pk)
submission = Submission(
    name="place_order", address="a@b.example", trust=Trust.KEY, source="api", request_id="req_0" * 7,
    received_at=timezone.now(), request={"method": "POST", "path": "/resonance-api/manual-event",
    "headers": {"Content-Type": "application/json", "Authorization": "Bearer rsk_…abcd"}},
    metadata={"platform": "shopify", "order_id": "0", "total": 89.99, "items": 3})
row = request_row(0, facts, programme_of(facts).event_types["place_order"], submission)
print(json.dumps(row, default=as_text))
"""


def ten_brands(ground: Ground) -> list[Target]:
    made = json.loads(ground.manage("shell", "--no-imports", "-c", MAKE_BRANDS))
    return [Target(ground.port, brand_id, key) for brand_id, key in made]


def one_request(ground: Ground) -> dict[str, Any]:
    """A row of events_request as the intake makes it for an order."""
    row: dict[str, Any] = json.loads(ground.manage("shell", "--no-imports", "-c", ONE_REQUEST))
    return row
