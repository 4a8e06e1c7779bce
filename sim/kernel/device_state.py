"""The changing state of one device inside the kernel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from heapq import heappush

import simpy

from sim.kernel.distribution_point import ContentQueue
from sim.kernel.site import Deployment, ScriptDeployment, SharingChoice
from sim.reference.decisions import Decision
from sim.reference.traits import Device
from sim.schedules.outages import Outage
from sim.schedules.recurrence import Grid, Recurrence
from sim.schedules.timetable import Timetable
from sim.units import Seconds


@dataclass(slots=True)
class Assignment:
    """A policy that has arrived on a device, with its own evaluation schedule (TIM-2)."""

    policy: str
    deployment: Deployment
    grid: Grid
    """The nominal evaluations."""
    evaluations: Recurrence
    """Those that take place: while the computer is on, missed ones made up for."""
    due: Seconds | None
    """The next evaluation that can change something; None while all is as the policy wants."""
    evaluated: Seconds = -1
    """When the last evaluation began; -1 before the first."""
    is_applied: bool = False
    in_conflict: bool = False
    sharing: SharingChoice = ("", "")
    """The sample-sharing choice that was applied last."""
    has_news: bool = False
    """Whether the site has changed since the last evaluation began."""

    def expect_next(self, at_work_since: Seconds) -> None:
        """Evaluate again at the next scheduled run; one that came during the work comes now."""
        self.due = self.evaluations.after(max(self.evaluated, at_work_since - 1))

    def settle(self, at_work_since: Seconds) -> None:
        """All is as the policy wants: evaluate again only for what has changed meanwhile."""
        self.due = None
        if self.has_news:
            self.expect_next(at_work_since)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an evaluation decided; a retry of a failed install goes by the same (TIM-2)."""

    assignment: Assignment
    decision: Decision
    workspace: str
    """Condition of the workspace values as the evaluation found them."""


@dataclass(slots=True)
class Job:
    """An attempt that waits for something: content, a time to install, power, its next try.

    While it waits the device polls and evaluates as ever; what takes a device's whole attention is
    only the installer itself and the start of the service.
    """

    attempt: Attempt
    stage: str
    """`content`, `install` (first or after being broken off), `retry` or `register`."""
    due: Seconds | None = None
    """When the device goes on with it; None while somebody else has to act, or for good."""
    missing: Seconds = 0
    """How much of the download is left [s]."""
    point: ContentQueue | None = None
    """Where it is downloaded from."""
    granted: Seconds | None = None
    """Since when a slot of the distribution point is held."""
    asked: int = 0
    """How often a slot was asked for: tells an outdated request apart."""


CLIENT, SERVICE, RESTART, PATCH, SILENCE, SCRIPT = range(6)
"""Ranks of what befalls a device in one second."""

Upgrade = tuple[str, str]
"""A version of the ConfigMgr client, and the step that rolls it out."""

Act = Callable[[Seconds], None]
"""What befalls a device at an instant; takes the present time."""
Appointment = tuple[Seconds, int, int, Act]
"""When something befalls the device, its rank within one second, a running number, and what."""


@dataclass(slots=True, eq=False)
class DeviceState:
    """One device: its traits, its timetable, and the state that only the kernel changes."""

    number: int
    traits: Device
    key: int
    timetable: Timetable

    # what is on it
    agent: str = ""
    agent_version: str = ""
    onboarded_to: str = ""
    payload: str = ""
    pending: str = ""
    """The payload that waits for a restart; empty when none does (UPD-1)."""
    pending_since: Seconds = 0
    scripted: str = ""
    """The payload that a script has written and no policy has taken back (UPD-4)."""
    content: frozenset[str] = frozenset()
    """Agents whose installer is in the client's cache."""

    # what it knows of the site
    hears_from: Seconds | None = None
    """From when on policy reaches the device; None while its ConfigMgr client does not work."""
    known: Seconds = -1
    """The last poll whose news the device has taken notice of; -1 before the first."""
    news_at: Seconds = 0
    next_poll: Seconds | None = None
    """The next poll that finds something new; None while there is no news."""
    assignments: dict[str, Assignment] = field(default_factory=dict)
    scripts: dict[str, ScriptDeployment] = field(default_factory=dict)
    """The scripts that have reached the device, run or not, by package (UPD-9)."""

    # what it tells
    last_report: Seconds | None = None
    last_state: tuple[str, ...] = ()
    """What the device last sent or is about to send to the console."""
    is_untold: bool = False
    """Whether there is something to tell that the ConfigMgr client could not send."""
    is_mute: bool = False
    """Whether the device never writes its state for the console to read (MON-4)."""

    # how its service fares
    is_stopped: bool = False
    """Whether the onboarded service does not run (FLT-6)."""
    outage: Outage | None = None
    """The outage of the service that is under way, or the next one to be felt (FLT-6)."""
    lost: Seconds = 0
    """When the service was heard of last before its latest outage."""
    recovered: Seconds = -1
    """When the service ran again last; -1 before it ever stopped."""
    started_late: bool = False
    """Whether the service started too late and has not started since (FLT-3)."""
    is_inactive: bool = False
    """Whether the service has not heard of the device for the inactive period (MON-3)."""
    contact: int = 0
    """Counts changes of the contact with the service: tells outdated appointments apart."""

    # what it has to do
    job: Job | None = None
    appointments: list[Appointment] = field(default_factory=list)
    """What befalls the device, as a heap."""
    at_work_since: Seconds = 0
    """When the device last stopped being idle."""
    upgrade: Upgrade | None = None
    """A version of the ConfigMgr client that comes when policy reaches the device again."""
    process: simpy.Process | None = None
    news: simpy.Event | None = None
    """What an idle device waits for; only this device waits for it."""
    draws: dict[str, int] = field(default_factory=dict)
    """Draws made so far for each purpose: numbers the next one."""
    _order: int = 0
    _asked_at: Seconds = -1
    _polled: Seconds = -1

    def __post_init__(self) -> None:
        traits = self.traits
        self.agent, self.agent_version = traits.agent, traits.agent_version
        if traits.onboarded:
            self.onboarded_to, self.payload = traits.organization, traits.payload
        self.is_stopped = not traits.sensor_running

    def appoint(self, time: Seconds | None, rank: int, act: Act) -> None:
        """Let something befall the device at *time*, in order of *rank* within one second."""
        if time is not None:
            self._order += 1
            heappush(self.appointments, (time, rank, self._order, act))

    def hear_of(self, time: Seconds) -> None:
        """Let the first poll from *time* on find something new, once policy reaches the device."""
        self.news_at = time
        if self.hears_from is not None and self.next_poll is None:
            self.next_poll = self.timetable.polls.at_or_after(max(time, self.hears_from))

    def last_poll(self, now: Seconds) -> Seconds:
        """Return the last poll: the device knows the site as it was then (TIM-1)."""
        if now != self._asked_at:
            last = self.timetable.polls.at_or_before(now)
            self._asked_at, self._polled = now, 0 if last is None else last
        return self._polled

    def is_behind(self, now: Seconds) -> bool:
        """Return whether something that befell the device before *now* waits for work to end."""
        return bool(self.appointments) and self.appointments[0][0] < now

    def as_is(self) -> Device:
        """Return the device with the traits it has by now, as inventory sees it."""
        traits = self.traits
        if (self.agent, self.agent_version) == (traits.agent, traits.agent_version):
            return traits
        return replace(traits, agent=self.agent, agent_version=self.agent_version)

    def dissolve(self) -> None:
        """Let go of the device's process and of what it waits for: they refer to each other."""
        if self.news is not None:
            self.news.callbacks = []
        self.process = self.news = self.job = None
        self.appointments.clear()
        self.assignments.clear()

    def next_due(self) -> Seconds | None:
        """Return the earliest instant at which this device has something to do."""
        earliest = self.next_poll
        for assignment in self.assignments.values():
            due = assignment.due
            if due is not None and (earliest is None or due < earliest):
                earliest = due
        if self.job is not None and self.job.due is not None:
            due = self.job.due
            if earliest is None or due < earliest:
                earliest = due
        if self.appointments and (earliest is None or self.appointments[0][0] < earliest):
            earliest = self.appointments[0][0]
        return earliest
