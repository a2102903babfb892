"""`make bench-big`: how long reports take over ten million events, and making their figures from nothing."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks import ground, history, pages
from tests.benchmarks.__main__ import free_port

EVENTS, DAYS, PEOPLE = 10_000_000, 400, 200_000
MINUTES_TO_REBUILD = 30
ASK = "from tests.benchmarks.reports import ask; ask({slug!r}, turns={turns})"
PAGES = {
    "Events": "analytics/?period=90d",
    "Refusals": "analytics/refusals/?period=90d",
    "People": "analytics/people/?period=90d",
    "What we owe": "analytics/owed/?period=90d",
    "Spending": "analytics/spending/?period=90d",
    "Response times": "analytics/response-times/?period=90d",
    "Live": "live/",
    "Live's state": "live/state/",
    "Overview": "",
}


def main(data: Path, *, events: int, turns: int = 9) -> None:
    slug = f"big-{events}"
    with ground.running(data, free_port()) as ready:
        ground.fill(ready)
        history.make_history(
            ready, slug=slug, events=events, days=DAYS, people=PEOPLE, searchable=False
        )
        history.fold(ready)
        seconds = {name: spent(ready, f"{name}_rollups", slug) for name in ("rebuild", "verify")}
        print(f"\n{'figures of':<30}{events:>12,} events")
        print(f"{'made from nothing in':<30}{seconds['rebuild']:12.1f} s")
        print(f"{'held against the events in':<30}{seconds['verify']:12.1f} s", flush=True)
        answer = ready.manage(
            "shell", "--no-imports", "-c", ASK.format(slug=slug, turns=turns), seconds=1_800
        )
        reports = json.loads(answer.splitlines()[-1])
        print(f"\n{'reports of 90 days':<30}{'p50 ms':>12}{'queries':>12}")
        for name, (milliseconds, queries) in reports.items():
            print(f"{name:<30}{milliseconds:12.1f}{queries:12}", flush=True)
        print(f"\n{'pages of 90 days':<30}{'p50 ms':>12}")
        browser, shown = pages.sign_in(ready), {}
        for name, path in PAGES.items():
            url = f"http://127.0.0.1:{ready.port}/b/{slug}/{path}"
            shown[name] = round(pages.median(browser, url), 1)
            print(f"{name:<30}{shown[name]:12.1f}", flush=True)
    written = {
        "events": events,
        "rebuild_s": round(seconds["rebuild"], 1),
        "verify_s": round(seconds["verify"], 1),
        "reports_ms": {name: milliseconds for name, (milliseconds, _) in reports.items()},
        "pages_ms": shown,
    }
    (data / "bench.json").write_text(json.dumps(written, indent=2) + "\n")
    print(f"\nWritten to {data / 'bench.json'}")


def spent(ready: ground.Ground, command: str, slug: str) -> float:
    """Seconds that a command took, its start included. What it says is seen."""
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "manage.py", command, "--brand", slug],
        cwd=ground.ROOT,
        env={**ground.environment(), "RESONANCE_DATA": f"{ready.data}"},
        timeout=MINUTES_TO_REBUILD * 60,
        check=True,
    )
    return time.monotonic() - began


if __name__ == "__main__":
    folder = Path(os.environ.get("DATA") or ground.ROOT / ".local" / "bench-big").absolute()
    try:
        main(folder, events=int(os.environ.get("EVENTS") or EVENTS))
    except RuntimeError as trouble:
        sys.exit(f"The benchmark failed: {trouble}")
