"""Distribution points: content that many devices want at once, over a few slots each.

Requests are collected during a second and granted at its end, in order of the second in which they
were made and of the name, whatever the order in which SimPy ran the devices.
"""

from collections.abc import Callable
from heapq import heappop, heappush

import simpy

from sim.units import MILLION, Seconds

END_OF_SECOND = 2
"""Priority behind every other event of a second (SimPy's own are 0 and 1)."""

Granted = Callable[[], bool]
"""Tells whoever asked that a slot is free; False when it is not there to take it."""


class _EndOfSecond(simpy.Event):
    """Happens after all other events of the present second."""

    def __init__(self, env: simpy.Environment, act: Callable[[simpy.Event], None]) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        assert self.callbacks is not None
        self.callbacks.append(act)
        env.schedule(self, END_OF_SECOND)  # type: ignore[arg-type]


class ContentQueue:
    """A shared source of content: so many downloads at once, each at the same speed."""

    def __init__(self, env: simpy.Environment, slots: int, megabits_per_second: int) -> None:
        self._env = env
        self._free = slots
        self._bits_per_second = megabits_per_second * MILLION
        self._asked: list[tuple[Seconds, str, int, Granted]] = []
        self._number = 0
        self._settles = False

    @property
    def now(self) -> Seconds:
        """The present second."""
        return int(self._env.now)

    def download_time(self, content: int) -> Seconds:
        """Return how long *content* [bytes] holds a slot: whole seconds, at least one."""
        return max(1, -(-8 * content // self._bits_per_second))

    def ask(self, name: str, granted: Granted) -> None:
        """Ask for a slot from this second on; *granted* is called at the end of a second."""
        self._number += 1
        heappush(self._asked, (int(self._env.now), name, self._number, granted))
        self._settle_later()

    def release(self) -> None:
        """Give a slot back; whoever waits may have it at the end of this second."""
        self._free += 1
        if self._asked:
            self._settle_later()

    def _settle_later(self) -> None:
        if not self._settles:
            self._settles = True
            _EndOfSecond(self._env, self._settle)

    def _settle(self, event: simpy.Event) -> None:
        self._settles = False
        while self._free and self._asked:
            *_, granted = heappop(self._asked)
            if granted():
                self._free -= 1
