"""`make bench`: how fast events are taken in, beside the ceiling of the database, in one run.

Figures of different runs or machines do not compare; the ratios of one run do.
"""

import json
import os
import socket
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.benchmarks import ceiling, generator, ground, history, live, pages
from tests.benchmarks.generator import Measured
from tests.benchmarks.load import BATCH, batches, singles

# Events of the brand whose pages are measured.
PAST = 1_000_000
HEAD = f"{'':<26}{'per second':>12}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'of ceiling':>12}"


@dataclass
class Report:
    """What is printed line by line and written to bench.json at the end."""

    ceiling: float = 0.0
    per_second: dict[str, float] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    p99_ms: dict[str, float] = field(default_factory=dict)
    pages_ms: dict[str, float] = field(default_factory=dict)
    live: dict[str, float] = field(default_factory=dict)

    def line(self, key: str, name: str, measured: Measured, *, each: int = 1) -> None:
        """`each`: events a call."""
        rate = measured.per_second * each
        self.per_second[key] = round(rate, 1)
        self.ratios[key] = round(rate / self.ceiling, 3)
        self.p99_ms[key] = round(measured.percentile(99), 2)
        shown = [measured.percentile(percent) for percent in (50, 95, 99)]
        figures = "".join(f"{figure:9.1f}" for figure in shown)
        print(f"{name:<26}{rate:12.0f}{figures}{rate / self.ceiling:12.2f}", flush=True)


def main(data: Path, *, quick: bool) -> None:
    seconds = 3.0 if quick else 10.0
    with ground.running(data, free_port()) as ready:
        ground.fill(ready)
        report = Report()
        print(HEAD)
        measure_ceiling(ready, report, quick=quick)
        measure_calls(ready, report, seconds)
        compare_brands(ready, report, seconds)
        measure_live(ready, report, quick=quick)
        measure_pages(ready, report, events=PAST // 10 if quick else PAST)
    (data / "bench.json").write_text(json.dumps(asdict(report), indent=2) + "\n")
    print(f"Written to {data / 'bench.json'}")


def measure_ceiling(ready: ground.Ground, report: Report, *, quick: bool) -> None:
    request = ground.one_request(ready)
    for clients in (16,) if quick else (1, 64, 16):
        found = ceiling.measure(
            database_url=ready.database_url,
            request=request,
            clients=clients,
            seconds=3 if quick else 10,
        )
        report.per_second[f"ceiling_{clients}"] = round(found.per_second, 1)
        report.ceiling = found.per_second
        name = f"SQL alone, {clients} clients"
        print(f"{name:<26}{found.per_second:12.0f}{found.mean_ms:9.1f} mean", flush=True)
    report.ratios["ceiling_16"] = 1.0


def measure_calls(ready: ground.Ground, report: Report, seconds: float) -> None:
    keyed, named = ready.target(), ready.target(with_key=False)
    for connections in (1, 16, 64):
        measured = generator.run(
            port=ready.port, request=singles([keyed]), connections=connections, seconds=seconds
        )
        report.line(f"key_{connections}", f"key, {connections} connections", measured)
    measured = generator.run(
        port=ready.port, request=singles([named]), connections=16, seconds=seconds
    )
    report.line("open_16", "open, 16 connections", measured)
    for connections, key in ((1, "batch_500"), (4, "batch_500_4")):
        measured = generator.run(
            port=ready.port, request=batches(keyed), connections=connections, seconds=seconds
        )
        report.line(key, f"batches, {connections} connections", measured, each=BATCH)


def compare_brands(ready: ground.Ground, report: Report, seconds: float) -> None:
    """One busy brand against ten, in turns, so that both meet the same machine."""
    ten = ground.ten_brands(ready)
    rates: dict[int, list[float]] = {1: [], 10: []}
    for turn in range(4):
        some = ten[:1] if turn % 2 else ten
        measured = generator.run(
            port=ready.port, request=singles(some), connections=16, seconds=seconds / 2
        )
        rates[len(some)].append(measured.per_second)
    ratio = sum(rates[1]) / sum(rates[10])
    report.ratios["one_brand_to_ten"] = round(ratio, 3)
    print(f"{'one brand against ten':<26}{ratio:12.2f}")


def measure_live(ready: ground.Ground, report: Report, *, quick: bool) -> None:
    print("live")
    for name, figure in live.measure(ready, seconds=2 if quick else 5, quick=quick):
        report.live[name] = round(figure, 2)
        print(f"{name:<40}{figure:12.2f}", flush=True)


def measure_pages(ready: ground.Ground, report: Report, *, events: int) -> None:
    slug = f"past-{events}"
    history.make_history(ready, slug=slug, events=events, days=365, people=events // 20)
    history.settle(ready)
    print(f"{'pages':<26}{'p50 ms':>12}")
    for name, milliseconds in pages.measure(ready, slug).items():
        report.pages_ms[name] = round(milliseconds, 1)
        print(f"{name:<26}{milliseconds:12.1f}", flush=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    folder = Path(os.environ.get("DATA") or ground.ROOT / ".local" / "bench").absolute()
    try:
        main(folder, quick=bool(os.environ.get("QUICK")))
    except (generator.BadAnswer, RuntimeError) as trouble:
        sys.exit(f"The benchmark failed: {trouble}")
