"""A tally that follows a run while it goes on, so that gates see what the console shows."""

from heapq import heappop, heappush

from sim.eventlog import SITE_EVENTS, LogWriter
from sim.scenario.expression_tree import Series
from sim.tally.roster import Roster
from sim.tally.tally import Tally
from sim.units import Seconds


class LiveTally:
    """Reads new rows from a writer and keeps rows that lie ahead until their time has come."""

    def __init__(self, roster: Roster, writer: LogWriter, *, watches: bool = False) -> None:
        """Follow a run; with *watches* the devices that change are remembered for `changed`."""
        self._tally = Tally(roster, writer.tables)
        self._changed = self._tally.watch() if watches else set()
        self._columns = writer.columns
        self._read = 0
        self._waiting: list[tuple[int, bool, int, int]] = []

    def advance(self, now: Seconds) -> None:
        """Take in everything before *now* and what the site itself did at *now*."""
        times, devices, events = self._columns[:3]
        for row in range(self._read, len(times)):
            is_device = events[row] not in SITE_EVENTS
            heappush(self._waiting, (times[row], is_device, devices[row], row))
        self._read = len(times)
        while self._waiting and self._waiting[0][:2] < (now, True):
            row = heappop(self._waiting)[3]
            self._tally.feed(tuple(column[row] for column in self._columns))
        self._tally.pass_time(now)

    def changed(self) -> list[int]:
        """Return the devices that have changed in any view since this was asked last, in order."""
        self._tally.settle()
        found = sorted(self._changed)
        self._changed.clear()
        return found

    def cause_in_console(self, device: int) -> str:
        """Return why the console shows a device not to be as wanted; empty when it is."""
        self._tally.settle()
        profile = self._tally.profile_in(device, "console")
        return "" if profile is None else profile.cause

    def current(self, series: Series) -> float | None:
        """Return a measure as it is now; None when it has no data."""
        return self._tally.current(series)
