"""Comparing ways to the same answer: taken in turns in one process, so that whatever else runs hits all alike."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles


@dataclass(frozen=True)
class Rounds:
    """At least `least` rounds, more until `seconds` are spent, never more than `most`."""

    least: int = 5
    seconds: float = 6.0
    most: int = 200

    def go_on(self, done: int, begun: float) -> bool:
        return done < self.least or (done < self.most and time.perf_counter() - begun < self.seconds)


ONCE = Rounds(least=1, seconds=0)


@dataclass(frozen=True)
class Line:
    """One measured line of the table; a ratio without `limit` is told, not judged."""

    key: str
    what: str
    target: str
    value: float
    limit: float | None = None
    least: float | None = None
    detail: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def is_met(self) -> bool | None:
        if self.limit is None and self.least is None:
            return None
        return (self.limit is None or self.value <= self.limit) and (self.least is None or self.value >= self.least)


def seconds_of(deed: Callable[[], object]) -> float:
    begun = time.perf_counter()
    deed()
    return time.perf_counter() - begun


def interleave(variants: dict[str, Callable[[], object]], rounds: Rounds) -> dict[str, float]:
    """The median seconds of each variant, run in turns after one round that is not counted."""
    if rounds != ONCE:
        for deed in variants.values():
            deed()
    taken: dict[str, list[float]] = {name: [] for name in variants}
    begun, done = time.perf_counter(), 0
    while rounds.go_on(done, begun):
        for name, deed in variants.items():
            taken[name].append(seconds_of(deed))
        done += 1
    return {name: median(values) for name, values in taken.items()}


def p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]


def spell(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1000:.1f} ms" if seconds >= 0.001 else f"{seconds * 1e6:.0f} µs"


def ratio(part: float, whole: float) -> str:
    return f"{spell(part)} ÷ {spell(whole)}"
