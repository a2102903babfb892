"""`make soak`: is the memory of the web processes flat while many events go through them?

200,000 events by key at 16 connections, SOAK_EVENTS for another number. Fails where an answer is not
2xx, where a web process is replaced, and where one grows by more than a bound once it is warm.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import generator, ground
from tests.benchmarks.__main__ import free_port
from tests.benchmarks.load import singles

EVENTS = 200_000
EVERY = 10_000
CONNECTIONS = 16
SLICE = 1.0  # seconds between two looks at how many it were
# After the first quarter: caches are full by then, and every thread has had its largest call.
MOST_MIB_PER_100_000 = 8.0
# What an allocator may round up or keep, however short the soak.
GRAIN_MIB = 4.0


@dataclass(frozen=True)
class Sample:
    """Resident memory of each process in MiB, after so many events."""

    events: int
    mib: dict[int, float]

    def __str__(self) -> str:
        figures = "".join(f"{mib:12.1f}" for mib in self.mib.values())
        return f"{self.events:12,}{figures}"


def main(data: Path, events: int) -> None:
    with ground.running(data, free_port()) as ready:
        ground.fill(ready)
        samples = soak(ready, events)
    conclude(samples)


def soak(ready: ground.Ground, events: int) -> list[Sample]:
    request = singles([ready.target()])
    # One warm slice: the processes load their code with the first calls, which is no growth.
    generator.run(port=ready.port, request=request, connections=CONNECTIONS, seconds=SLICE)
    samples = [look(ready, 0)]
    pids = "".join(f"{f'pid {pid}':>12}" for pid in samples[0].mib)
    print(f"{'events':>12}{pids}   MiB resident")
    print(samples[0], flush=True)
    done, seconds = 0, 0.0
    while done < events:
        measured = generator.run(
            port=ready.port, request=request, connections=CONNECTIONS, seconds=SLICE, warm=0
        )
        done, seconds = done + measured.calls, seconds + measured.seconds
        if done // EVERY > samples[-1].events // EVERY or done >= events:
            samples.append(look(ready, done))
            print(f"{samples[-1]}{done / seconds:12.0f} a second", flush=True)
    return samples


def look(ready: ground.Ground, events: int) -> Sample:
    return Sample(events, {pid: kib / 1024 for pid, kib in ready.memory_of_web().items()})


def conclude(samples: Sequence[Sample]) -> None:
    """Raises RuntimeError where a process grew, or is another one now."""
    first, last = samples[0], samples[-1]
    if first.mib.keys() != last.mib.keys():
        raise RuntimeError("A web process ended on the way: see logs/web.log.")
    warm = next(sample for sample in samples if sample.events >= last.events / 4)
    hundreds = (last.events - warm.events) / 100_000
    most = max(GRAIN_MIB, MOST_MIB_PER_100_000 * hundreds)
    print(
        f"\n{'pid':>12}{'start':>12}{'warm':>12}{'end':>12}   growth after {warm.events:,} events"
    )
    grown = {}
    for pid in first.mib:
        grown[pid] = last.mib[pid] - warm.mib[pid]
        rate = f"{grown[pid] / hundreds:+.1f} MiB per 100,000" if hundreds else "too short to say"
        figures = "".join(f"{sample.mib[pid]:12.1f}" for sample in (first, warm, last))
        print(f"{pid:>12}{figures}   {rate}")
    if max(grown.values()) > most:
        raise RuntimeError(
            f"A web process grew by {max(grown.values()):.1f} MiB, more than {most:.1f}."
        )
    print(f"Flat: none grew by more than {most:.1f} MiB.")


if __name__ == "__main__":
    folder = Path(os.environ.get("DATA") or ground.ROOT / ".local" / "soak").absolute()
    try:
        main(folder, int(os.environ.get("SOAK_EVENTS") or EVENTS))
    except (generator.BadAnswer, RuntimeError) as trouble:
        sys.exit(f"The soak failed: {trouble}")
