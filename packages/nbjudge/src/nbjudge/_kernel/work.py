"""In worker and check runner: time at work, of which the limits in seconds are limits.

So it is in programming contests: a learner whose code waits for a processor that other programs
have is not slower for it. So time at work is wall time, less the time for which all that the
submission could do was wait for a processor. A cell that sleeps is at work. A second, far longer
limit holds by the clock, whatever the cause: `Limits.wall_factor`.
"""

import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from nbjudge._kernel.processes import ProcessTable

TICK = 0.1  # seconds between two looks at the time that something has used
FRESH = 0.02  # seconds for which a look is new enough: it reads some thirty files
WORTH_TELLING = 0.5  # seconds: messages are silent about shorter waiting


@dataclass(frozen=True)
class Spent:
    """Seconds between two moments: by the clock, and of these, waiting for a processor."""

    wall: float = 0.0
    waited: float = 0.0

    @property
    def work(self) -> float:
        return self.wall - self.waited

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.wall - other.wall, self.waited - other.waited)


class WorkClock:
    """Counts the time of the thread that made it, and of the processes that it follows.

    How long was one thread, of all these, kept from running by something else? For as long as it
    waited for a processor, less what the others ran meanwhile. So threads that crowd out each
    other gain no time, and with a core of their own the figure is exact. Linux alone tells; where
    it doesn't, time at work is wall time.
    """

    def __init__(self) -> None:
        self.table = ProcessTable() if sys.platform == "linux" else None
        self.own = str(threading.get_native_id())
        self.followed: frozenset[int] = frozenset()
        self.begun = time.monotonic()
        self.waited = 0.0
        self.looked = self.begun
        self.before: dict[str, tuple[float, float]] = self.look()

    def close(self) -> None:
        if self.table:
            self.table.close()
            self.table = None

    def follow(self, processes: Iterable[int]) -> None:
        """Count these from now on, and what they start; they have just been started."""
        self.followed = frozenset(processes)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """This time counts for nothing, not even by the clock."""
        before = self.now()
        try:
            yield
        finally:
            self.begun += self.now().wall - before.wall
            self.waited = before.waited

    def now(self) -> Spent:
        """What was spent since this clock was made; of the waiting, not the last moment's."""
        now = time.monotonic()
        if now < self.looked + FRESH:
            return Spent(now - self.begun, min(self.waited, now - self.begun))
        self.looked = now
        seen = self.look()
        spans = []
        for thread, (ran, waited) in seen.items():
            before = self.before.get(thread, (0.0, 0.0))
            if ran < before[0]:  # another thread has got that number
                before = (0.0, 0.0)
            spans.append((ran - before[0], waited - before[1]))
        every = sum(ran for ran, _ in spans)
        self.before = seen
        self.waited += max([0.0, *(waited - (every - ran) for ran, waited in spans)])
        wall = time.monotonic() - self.begun
        self.waited = min(self.waited, wall)
        return Spent(wall, self.waited)

    def look(self) -> dict[str, tuple[float, float]]:
        if not self.table:
            return {}
        seen: dict[str, tuple[float, float]] = {}
        with suppress(OSError, ValueError):
            ran, waited, *_ = self.table.read("thread-self/schedstat").split()
            seen[self.own] = (int(ran) / 1e9, int(waited) / 1e9)
        for one in self.followed:
            seen |= {thread: (ran, waited) for thread, ran, waited in self.table.times(one)}
        return seen


class Budget:
    """So many seconds of work from now on, and `factor` times as many by the clock.

    `rest_of` says of how many seconds these are what is left, if they are.
    """

    def __init__(
        self, clock: WorkClock, seconds: float, factor: float, rest_of: float | None = None
    ) -> None:
        self.clock, self.seconds, self.factor, self.rest_of = clock, seconds, factor, rest_of
        self.begun = clock.now()

    def at_most(self, seconds: float) -> "Budget":
        """This many seconds, but not more than are left of these."""
        left = max(0.1, self.left)
        if seconds <= left:
            return Budget(self.clock, seconds, self.factor)
        return Budget(self.clock, left, self.factor, self.seconds)

    @property
    def spent(self) -> Spent:
        return self.clock.now() - self.begun

    @property
    def left(self) -> float:
        """Seconds of work that are left; the clock may end it before."""
        spent = self.spent
        return min(self.seconds - spent.work, self.seconds * self.factor - spent.wall)

    @property
    def over(self) -> bool:
        return self.left <= 0

    def said(self) -> str:
        """What was spent and what is allowed, after "it" or the like."""
        spent = self.spent
        allowed = f"and {self.seconds:.3g} are allowed"
        if self.rest_of:
            allowed = f"and {self.seconds:.3g} were left of this notebook's {self.rest_of:.3g}"
        if spent.work < self.seconds:
            by_clock = self.seconds * self.factor
            return (
                f"took {spent.wall:.1f} seconds by the clock, though it ran for only "
                f"{spent.work:.1f} of them, and {by_clock:.3g} by the clock are allowed"
            )
        if spent.waited < WORTH_TELLING:
            return f"ran for {spent.work:.1f} seconds, {allowed}"
        return (
            f"ran for {spent.work:.1f} seconds, without the {spent.waited:.1f} in which the "
            f"computer was busy with other things, {allowed}"
        )
