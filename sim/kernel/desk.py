"""The support desk: sees failures in the console, takes them up in order, puts devices right.

It looks at the console at each reporting instant, as gates do. Whoever was seen first is served
first; of those seen at once, by name. A device that has come right by itself when its turn comes
costs nobody's time (DWN-9, FLT-1).
"""

from collections.abc import Callable, Iterable
from heapq import heappop, heappush

from sim.eventlog import LogWriter
from sim.kernel.device_state import DeviceState
from sim.kernel.external_events import ExternalEvents
from sim.reference.causes import REPAIRS
from sim.scenario.model import SupportDesk
from sim.schedules.desk_hours import DeskHours
from sim.units import Seconds

CauseInConsole = Callable[[int], str]
"""What the console shows a device to fail with; empty when nothing."""


class Desk:
    """Technicians, their queue, and the work that is under way."""

    def __init__(
        self,
        desk: SupportDesk,
        hours: DeskHours,
        interval: Seconds,
        log: LogWriter,
        circumstances: ExternalEvents,
    ) -> None:
        self._repairs = desk.repairs
        self._hours = hours
        self._interval = interval
        self._log = log
        self._circumstances = circumstances
        self._free = desk.technicians
        self._queue: list[tuple[Seconds, str, DeviceState, str]] = []
        """Tickets as a heap: since when, name, device, cause."""
        self._at_work: list[tuple[Seconds, str, DeviceState, str]] = []
        """Work under way as a heap: when it is done, name, device, cause."""
        self._open: set[int] = set()
        """Devices with a ticket that is not closed."""
        self._put_right: dict[int, str] = {}
        """The cause that was put right on a device, as long as the console still shows it."""

    def next_instant(self, now: Seconds) -> Seconds | None:
        """Return the next instant after *now* at which the desk has something to do."""
        instants = [now - now % self._interval + self._interval]
        if self._at_work:
            instants.append(self._at_work[0][0])
        if self._queue and self._free:
            opens = self._hours.open_from(now + 1)
            instants += [] if opens is None else [opens]
        return min(instants)

    def act(
        self, now: Seconds, doubtful: Callable[[], Iterable[DeviceState]], cause_of: CauseInConsole
    ) -> None:
        """Finish what is done, look at the console if it is time to, take up what waits.

        *doubtful* yields the devices that the console may show anew, in order of name.
        """
        while self._at_work and self._at_work[0][0] <= now:
            _, _, client, cause = heappop(self._at_work)
            self._free += 1
            self._open.discard(client.number)
            self._put_right[client.number] = cause
            self._circumstances.repair(client, cause, REPAIRS[cause], now)
        if now % self._interval == 0:
            for client in doubtful():
                self._open_ticket(client, cause_of(client.number), now)
        if self._hours.open_from(now) == now:
            self._take_up(now, cause_of)

    def _open_ticket(self, client: DeviceState, cause: str, now: Seconds) -> None:
        """Open a ticket for a cause that is new; one put right shows until the next attempt."""
        if self._put_right.get(client.number) == cause:
            return
        self._put_right.pop(client.number, None)
        if cause in self._repairs and client.number not in self._open:
            self._open.add(client.number)
            heappush(self._queue, (now, client.traits.name, client, cause))
            self._record(client, "ticket_opened", cause, now)

    def _take_up(self, now: Seconds, cause_of: CauseInConsole) -> None:
        while self._free and self._queue:
            _, name, client, cause = heappop(self._queue)
            if cause_of(client.number) != cause:
                self._open.discard(client.number)
                self._record(client, "ticket_closed", cause, now)
                continue
            self._record(client, "ticket_taken", cause, now)
            self._free -= 1
            done = self._hours.done(now, self._repairs[cause])
            if done is not None:
                heappush(self._at_work, (done, name, client, cause))

    def _record(self, client: DeviceState, event: str, cause: str, now: Seconds) -> None:
        if now < client.timetable.until:
            self._log.record(now, client.number, event, cause=cause, rule="DWN-9")
