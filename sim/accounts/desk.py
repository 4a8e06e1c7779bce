"""The work of the support desk, read from the log alone: tickets, waits, turnaround, load.

A ticket is opened when the console shows a cause that technicians repair. It ends in one of five
ways: repaired; worked on without result, because the computer was not found; closed without work,
because the device recovered by itself or retired; still in work at the end; or still waiting at
the end. A technician works as long as the scenario sets for the cause, within the hours of the
desk. The repair takes effect when the computer is on.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sim.accounts.stages import rank
from sim.eventlog import EventLog
from sim.reference.causes import CAUSES
from sim.scenario.calendar import SiteClock
from sim.scenario.model import Scenario, SupportDesk
from sim.schedules.local_days import DeskHours, desk_hours
from sim.units import WEEK, Seconds

_EVENTS = ("ticket_opened", "ticket_taken", "ticket_closed", "remediated", "retired")


@dataclass(slots=True)
class Ticket:
    """One ticket and its times, in seconds since the start; None: not within the run."""

    device: int
    cause: str
    opened: Seconds
    taken: Seconds | None = None
    repaired: Seconds | None = None
    """When the repair took effect on the device."""
    closed: Seconds | None = None
    """When it was closed without a repair."""

    @property
    def end(self) -> str:
        """How it ended: the field of TicketCounts that counts it."""
        if self.repaired is not None:
            return "repaired"
        if self.closed is not None:
            return "closed" if self.taken is None else "not_found"
        return "waiting" if self.taken is None else "in_work"


@dataclass(frozen=True, slots=True)
class Times:
    """The median, the 90th percentile and the longest of some durations."""

    median: Seconds | None
    p90: Seconds | None
    longest: Seconds | None


@dataclass(frozen=True, slots=True)
class TicketCounts:
    """Tickets by what happened to them; the sum of all but *taken* is *opened*."""

    opened: int
    taken: int
    repaired: int
    not_found: int
    """Taken, worked on without result: the computer was not found, or retired meanwhile (FLT-7)."""
    closed: int
    """Closed without work: the device recovered by itself, or retired."""
    in_work: int
    """Taken, with no effect on the device by the end of the run."""
    waiting: int
    """Not taken by the end of the run."""
    wait: Times
    """From opened to taken, of those that were taken."""
    turnaround: Times
    """From opened to repaired, of those that were repaired."""
    worked: Seconds
    """Working time of all technicians on these tickets."""


@dataclass(frozen=True, slots=True)
class WeekLoad:
    """One week of the desk, counted from the start of the run."""

    week: int
    """1 is the week that begins with the run."""
    start: Seconds
    worked: Seconds
    available: Seconds
    waiting: int
    """Tickets that no technician has taken when the week ends."""

    @property
    def load(self) -> float | None:
        """The share of their hours that the technicians work [per cent]; None in a week off."""
        return 100 * self.worked / self.available if self.available else None


@dataclass(frozen=True, slots=True)
class DeskAccount:
    """The work of a support desk in a run."""

    technicians: int
    all: TicketCounts
    by_cause: Mapping[str, TicketCounts]
    """Only causes with a ticket, in the order of the closed list."""
    weeks: Sequence[WeekLoad]
    """From the first week in which the desk works to the last."""
    cleared: Seconds | None
    """When the queue was first empty after its longest; None if that never happened."""

    @property
    def available(self) -> Seconds:
        """The hours of all technicians together in the whole run [s]."""
        return sum(week.available for week in self.weeks)

    @property
    def load(self) -> float | None:
        """The share of all their hours that the technicians work [per cent]."""
        return 100 * self.all.worked / self.available if self.available else None

    def as_summary(self) -> dict[str, Any]:
        """Return the entry of summary.json."""
        return {
            "technicians": self.technicians,
            **_as_summary(self.all),
            "available": self.available,
            "load_pct": _rounded(self.load),
            "cleared": self.cleared,
            "by_week": [
                {
                    "week": week.week,
                    "worked": week.worked,
                    "available": week.available,
                    "load_pct": _rounded(week.load),
                    "waiting": week.waiting,
                }
                for week in self.weeks
            ],
            "by_cause": {cause: _as_summary(counts) for cause, counts in self.by_cause.items()},
        }


def _as_summary(counts: TicketCounts) -> dict[str, Any]:
    return {
        "opened": counts.opened,
        "taken": counts.taken,
        "repaired": counts.repaired,
        "closed_without_work": counts.not_found + counts.closed,  # of 0.1.0: without a repair
        "in_work": counts.in_work,
        "waiting": counts.waiting,
        "wait": asdict(counts.wait),
        "turnaround": asdict(counts.turnaround),
        "worked": counts.worked,
    }


def _rounded(percent: float | None) -> float | None:
    return None if percent is None else round(percent, 6)


def desk_of(scenario: Scenario, clock: SiteClock, log: EventLog) -> DeskAccount | None:
    """Return the work of a scenario's support desk; None when it has no desk."""
    desk = scenario.support_desk
    if desk is None:
        return None
    return desk_account(log, desk, desk_hours(desk, clock, scenario.horizon))


def desk_account(log: EventLog, desk: SupportDesk, hours: DeskHours) -> DeskAccount:
    """Return the work of a support desk, read from the log; *hours* are when it works."""
    every = tickets(log)
    work = [(ticket, _work(ticket, desk, hours, log.horizon)) for ticket in every]
    causes = sorted({ticket.cause for ticket in every}, key=CAUSES.index)
    return DeskAccount(
        desk.technicians,
        _counts(work, hours),
        {cause: _counts([row for row in work if row[0].cause == cause], hours) for cause in causes},
        _weeks(work, desk, hours, log.horizon),
        _cleared(every),
    )


WorkSpan = tuple[Seconds, Seconds] | None
"""When a technician starts and ends work on a ticket, nights included; None: never taken."""

TicketWork = Sequence[tuple[Ticket, WorkSpan]]


def _work(ticket: Ticket, desk: SupportDesk, hours: DeskHours, horizon: Seconds) -> WorkSpan:
    if ticket.taken is None:
        return None
    done = hours.done(ticket.taken, desk.repairs[ticket.cause])
    return ticket.taken, horizon if done is None else min(done, horizon)


def _counts(work: TicketWork, hours: DeskHours) -> TicketCounts:
    tickets = [ticket for ticket, _ in work]
    ends = ("repaired", "not_found", "closed", "in_work", "waiting")
    numbers = Counter(ticket.end for ticket in tickets)
    return TicketCounts(
        opened=len(tickets),
        taken=sum(ticket.taken is not None for ticket in tickets),
        **{end: numbers[end] for end in ends},
        wait=_times((ticket.opened, ticket.taken) for ticket in tickets),
        turnaround=_times((ticket.opened, ticket.repaired) for ticket in tickets),
        worked=sum(hours.worked(*span) for _, span in work if span),
    )


def _times(spans: Iterable[tuple[Seconds, Seconds | None]]) -> Times:
    ordered = sorted(end - start for start, end in spans if end is not None)
    return Times(rank(ordered, 50), rank(ordered, 90), max(ordered, default=None))


def _weeks(
    work: TicketWork, desk: SupportDesk, hours: DeskHours, horizon: Seconds
) -> list[WeekLoad]:
    """Return the weeks of the run, without those before and after the desk works."""
    weeks = []
    for number, start in enumerate(range(0, horizon, WEEK), start=1):
        end = min(start + WEEK, horizon)
        spans = [(max(start, span[0]), min(end, span[1])) for _, span in work if span]
        weeks.append(
            WeekLoad(
                number,
                start,
                worked=sum(hours.worked(*span) for span in spans if span[0] < span[1]),
                available=desk.technicians * hours.available(start, end),
                waiting=sum(_waits_at(ticket, end) for ticket, _ in work),
            )
        )
    working = [index for index, week in enumerate(weeks) if week.available]
    return weeks[working[0] : working[-1] + 1] if working else []


def _waits_at(ticket: Ticket, time: Seconds) -> bool:
    """Return whether a ticket is open and not taken just before *time*."""
    ends = [end for end in (ticket.taken, ticket.closed) if end is not None]
    return ticket.opened < time and all(end >= time for end in ends)


def _cleared(every: Sequence[Ticket]) -> Seconds | None:
    """Return the first second with an empty queue after the longest queue.

    So neither the few tickets of a pilot nor a single late ticket decide it.
    """
    changes = Counter(ticket.opened for ticket in every)
    for ticket in every:
        end = ticket.closed if ticket.taken is None else ticket.taken
        if end is not None:
            changes[end] -= 1
    waiting, longest, cleared = 0, 0, None
    for time in sorted(changes):
        waiting += changes[time]
        if waiting >= longest:
            longest, cleared = waiting, None
        if not waiting and cleared is None:
            cleared = time
    return cleared


def tickets(log: EventLog) -> list[Ticket]:
    """Return every ticket of a log, in the order in which they were opened."""
    every: list[Ticket] = []
    still_open: dict[int, Ticket] = {}
    for time, device, event, cause in log.rows(_EVENTS, "time", "device", "event", "cause"):
        ticket = still_open.get(device)
        if event == "ticket_opened":
            still_open[device] = Ticket(device, cause, time)
            every.append(still_open[device])
        elif ticket is None:
            continue
        elif event == "ticket_taken":
            ticket.taken = time
        elif event == "remediated" and cause == ticket.cause and ticket.taken is not None:
            ticket.repaired = time
            del still_open[device]
        elif event == "ticket_closed" or event == "retired":
            ticket.closed = time
            del still_open[device]
    return every
