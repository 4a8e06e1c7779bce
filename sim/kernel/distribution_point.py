"""Distribution points: many devices share the few slots of each for their downloads.

Requests are collected during a second and granted at its end, in order of their time and name. So
the order in which SimPy runs the devices does not matter.
"""

from collections.abc import Callable
from heapq import heappop, heappush

import simpy

from sim.units import MILLION, Seconds

END_OF_SECOND = 2
"""Priority after every other event of a second (SimPy's own priorities are 0 and 1)."""

Grant = Callable[[], bool]
"""Gives a slot to a device; returns False if the device does not take it."""


class _EndOfSecond(simpy.Event):
    """Happens after all other events of the current second."""

    def __init__(self, env: simpy.Environment, act: Callable[[simpy.Event], None]) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        assert self.callbacks is not None
        self.callbacks.append(act)
        env.schedule(self, END_OF_SECOND)  # type: ignore[arg-type]


class ContentQueue:
    """A distribution point: a number of parallel downloads, each at the same speed."""

    def __init__(self, env: simpy.Environment, slots: int, megabits_per_second: int) -> None:
        self._env = env
        self._free = slots
        self._bits_per_second = megabits_per_second * MILLION
        self._requests: list[tuple[Seconds, str, int, Grant]] = []
        """Open requests as a heap: time, name, running number."""
        self._number = 0
        self._is_scheduled = False

    @property
    def now(self) -> Seconds:
        """The current second."""
        return int(self._env.now)

    def download_time(self, content: int) -> Seconds:
        """Return how long *content* [bytes] needs a slot: whole seconds, at least one."""
        return max(1, -(-8 * content // self._bits_per_second))

    def request(self, name: str, grant: Grant) -> None:
        """Request a slot from this second on; *grant* is called at the end of a second."""
        self._number += 1
        heappush(self._requests, (int(self._env.now), name, self._number, grant))
        self._grant_later()

    def release(self) -> None:
        """Free a slot; it is granted again at the end of this second."""
        self._free += 1
        if self._requests:
            self._grant_later()

    def _grant_later(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            _EndOfSecond(self._env, self._grant)

    def _grant(self, event: simpy.Event) -> None:
        self._is_scheduled = False
        while self._free and self._requests:
            *_, grant = heappop(self._requests)
            if grant():
                self._free -= 1
