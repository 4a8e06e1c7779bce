"""The support desk: opens tickets for failures in the console and repairs devices in order.

It looks at the console at each reporting instant, as gates do. Tickets are taken in the order in
which they were opened, at the same time by name. A device that has recovered by itself before its
turn takes no working time (DWN-9, FLT-1).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from heapq import heappop, heappush

from sim.eventlog import LogWriter
from sim.kernel.device_state import DeviceState
from sim.kernel.external_events import ExternalEvents
from sim.reference.causes import REPAIRS
from sim.scenario.model import SupportDesk
from sim.schedules.local_days import DeskHours
from sim.units import Seconds

CauseInConsole = Callable[[int], str]
"""Returns the cause that the console shows for a device; empty when there is none."""


@dataclass
class Desk:
    """Technicians, their queue, and their current work."""

    desk: SupportDesk
    hours: DeskHours
    interval: Seconds
    log: LogWriter
    external_events: ExternalEvents

    def __post_init__(self) -> None:
        self._free = self.desk.technicians
        self._queue: list[tuple[Seconds, str, DeviceState, str]] = []
        """Waiting tickets as a heap: time opened, name, device, cause."""
        self._in_work: list[tuple[Seconds, str, DeviceState, str]] = []
        """Tickets in work as a heap: time done, name, device, cause."""
        self._open: set[int] = set()
        """Devices with an open ticket."""
        self._fixed: dict[int, str] = {}
        """The cause that was fixed on each device, as long as the console still shows it."""

    def next_instant(self, now: Seconds) -> Seconds | None:
        """Return the next instant after *now* at which the desk has something to do."""
        instants = [now - now % self.interval + self.interval]
        if self._in_work:
            instants.append(self._in_work[0][0])
        if self._queue and self._free:
            opens = self.hours.open_from(now + 1)
            instants += [] if opens is None else [opens]
        return min(instants)

    def act(
        self, now: Seconds, changed: Callable[[], Iterable[DeviceState]], cause_of: CauseInConsole
    ) -> None:
        """Complete finished work, look at the console if it is time, take waiting tickets.

        *changed* returns the devices that may have changed in the console, in order of name.
        """
        while self._in_work and self._in_work[0][0] <= now:
            _, _, device, cause = heappop(self._in_work)
            self._free += 1
            self._open.discard(device.number)
            self._fixed[device.number] = cause
            self.external_events.repair(device, cause, REPAIRS[cause], now)
        if now % self.interval == 0:
            for device in changed():
                self._open_ticket(device, cause_of(device.number), now)
        if self.hours.open_from(now) == now:
            self._take_tickets(now, cause_of)

    def _open_ticket(self, device: DeviceState, cause: str, now: Seconds) -> None:
        """Open a ticket for a new cause; the console shows a fixed one until the next attempt."""
        if self._fixed.get(device.number) == cause:
            return
        self._fixed.pop(device.number, None)
        if cause in self.desk.repairs and device.number not in self._open:
            self._open.add(device.number)
            heappush(self._queue, (now, device.traits.name, device, cause))
            self._record(device, "ticket_opened", cause, now)

    def _take_tickets(self, now: Seconds, cause_of: CauseInConsole) -> None:
        while self._free and self._queue:
            _, name, device, cause = heappop(self._queue)
            if cause_of(device.number) != cause:
                self._open.discard(device.number)
                self._record(device, "ticket_closed", cause, now)
                continue
            self._record(device, "ticket_taken", cause, now)
            self._free -= 1
            done = self.hours.done(now, self.desk.repairs[cause])
            if done is not None:
                heappush(self._in_work, (done, name, device, cause))

    def _record(self, device: DeviceState, event: str, cause: str, now: Seconds) -> None:
        if now < device.timetable.until:
            self.log.record(now, device.number, event, cause=cause, rule="DWN-9")
