"""`make bench-big`: how long reports take over ten million events, and making their figures from nothing."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks import ground, history
from tests.benchmarks.__main__ import free_port

EVENTS, DAYS, PEOPLE = 10_000_000, 400, 200_000
MINUTES_TO_REBUILD = 30
# In the server's Python, so that what is measured is the report and not HTTP.
REPORTS = """
import json, statistics, time
from datetime import timedelta
from django.utils import timezone
from brands.calendar import local_day
from analytics.queries import pulse, today as of_today
from analytics.queries.books import balances, outstanding, top_earners
from analytics.queries.figures import events_by_hour, events_report
from analytics.queries.people import people_report, retention
from analytics.queries.period import Period, Scope
from brands.models import Brand
brand = Brand.objects.get(slug="{slug}")
today = local_day(timezone.now(), brand.zone)
scope = Scope(brand.pk, Period(today - timedelta(days=89), today, brand.zone))
now, week = timezone.now(), Scope(brand.pk, Period(today - timedelta(days=6), today, brand.zone))
reports = {{
    "events": lambda: events_report(scope),
    "events by hour, a week": lambda: events_by_hour(week),
    "people": lambda: people_report(scope),
    "retention": lambda: retention(scope),
    "balances": lambda: balances(brand_id=brand.pk),
    "top earners": lambda: top_earners(brand_id=brand.pk),
    "outstanding": lambda: outstanding(brand_id=brand.pk, zone=brand.zone, now=now),
    "live page's rates": lambda: pulse(brand_id=brand.pk, now=now),
    "today": lambda: of_today(brand_id=brand.pk, since=Period(today, today, brand.zone).since),
}}
found = {{}}
for name, ask in reports.items():
    spent = []
    for turn in range({turns} + 1):
        began = time.perf_counter()
        ask()
        spent.append((time.perf_counter() - began) * 1000)
    found[name] = round(statistics.median(spent[1:]), 1)
print(json.dumps(found))
"""


def main(data: Path, *, events: int, turns: int = 9) -> None:
    slug = f"big-{events}"
    with ground.running(data, free_port()) as ready:
        ground.fill(ready)
        history.make_history(ready, slug=slug, events=events, days=DAYS, people=PEOPLE)
        began = time.monotonic()
        rebuild(ready, slug)
        seconds = time.monotonic() - began
        print(f"{'rebuilt from nothing':<26}{seconds:12.0f} s", flush=True)
        print(f"{'reports of 90 days':<26}{'p50 ms':>12}")
        code = REPORTS.format(slug=slug, turns=turns)
        answer = ready.manage("shell", "--no-imports", "-c", code)
        found = json.loads(answer.splitlines()[-1])
        for name, milliseconds in found.items():
            print(f"{name:<26}{milliseconds:12.1f}", flush=True)
    written = {"events": events, "rebuild_s": round(seconds, 1), "reports_ms": found}
    (data / "bench.json").write_text(json.dumps(written, indent=2) + "\n")
    print(f"Written to {data / 'bench.json'}")


def rebuild(ready: ground.Ground, slug: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "rebuild_rollups", "--brand", slug],
        cwd=ground.ROOT,
        env={**ground.environment(), "RESONANCE_DATA": f"{ready.data}"},
        timeout=MINUTES_TO_REBUILD * 60,
        check=True,
    )


if __name__ == "__main__":
    folder = Path(os.environ.get("DATA") or ground.ROOT / ".local" / "bench-big").absolute()
    try:
        main(folder, events=int(os.environ.get("EVENTS") or EVENTS))
    except RuntimeError as trouble:
        sys.exit(f"The benchmark failed: {trouble}")
