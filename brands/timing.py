"""Where the time of one call went."""

from dataclasses import dataclass, field
from time import perf_counter


class Part:
    """`with` adds the time of its block to a part, and leaves it in `spent`."""

    __slots__ = ("began", "name", "seconds", "spent")

    def __init__(self, seconds: dict[str, float], name: str) -> None:
        self.seconds = seconds
        self.name = name

    def __enter__(self) -> "Part":
        self.began = perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.spent = perf_counter() - self.began
        self.seconds[self.name] = self.seconds.get(self.name, 0.0) + self.spent


@dataclass(slots=True)
class Timing:
    """Begins when it is made. `seconds` by part: auth, limits, decide, record."""

    began: float = field(default_factory=perf_counter)
    seconds: dict[str, float] = field(default_factory=dict)

    def part(self, name: str) -> Part:
        return Part(self.seconds, name)

    @property
    def whole(self) -> float:
        return perf_counter() - self.began

    def milliseconds(self) -> dict[str, float]:
        """The parts and the whole, as a log line has them."""
        spent = {**self.seconds, "whole": self.whole}
        return {f"{name}_ms": round(seconds * 1000, 1) for name, seconds in spent.items()}
