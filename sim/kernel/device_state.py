"""The state of one device in the kernel, with its policies, its job and its appointments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from heapq import heappush

import simpy

from sim.kernel.distribution_point import ContentQueue
from sim.kernel.site import Deployment, ScriptDeployment, SharingChoice
from sim.reference.decisions import Decision
from sim.reference.traits import Device
from sim.schedules.recurrence import Grid, Recurrence
from sim.schedules.timetable import Outage, Timetable
from sim.units import Seconds


@dataclass(slots=True)
class Assignment:
    """A policy that has arrived on a device, with its own evaluation schedule (TIM-2)."""

    policy: str
    deployment: Deployment
    grid: Grid
    """The scheduled evaluations."""
    evaluations: Recurrence
    """The actual evaluations: only while the computer is on, with catch-up of missed ones."""
    due: Seconds | None
    """The next evaluation that can change something; None while the device is compliant."""
    last_evaluation: Seconds = -1
    """When the last evaluation began; -1 before the first."""
    is_applied: bool = False
    in_conflict: bool = False
    sharing: SharingChoice = ("", "")
    has_change: bool = False
    """Whether the site has changed since the last evaluation began."""

    def evaluate_again(self, busy_since: Seconds) -> None:
        """Evaluate again at the next scheduled run; one missed during the work runs now."""
        self.due = self.evaluations.after(max(self.last_evaluation, busy_since - 1))

    def complete(self, busy_since: Seconds) -> None:
        """Mark the policy as compliant: evaluate again only if the site has changed meanwhile."""
        self.due = None
        if self.has_change:
            self.evaluate_again(busy_since)


@dataclass(frozen=True, slots=True)
class Attempt:
    """The decision of an evaluation; a retry of a failed install uses it again (TIM-2)."""

    assignment: Assignment
    decision: Decision
    workspace: str


@dataclass(slots=True)
class Job:
    """An attempt that waits for content, for a time to install, for power or for its retry.

    Meanwhile the device polls and evaluates as usual. Only the installer itself and the start of
    the service occupy the device.
    """

    attempt: Attempt
    stage: str
    """`content`, `install` (the first or after an interruption), `retry` or `register`."""
    due: Seconds | None = None
    """When the device continues it; None while it waits for something else, or without end."""
    remaining: Seconds = 0
    """Remaining download time [s]."""
    point: ContentQueue | None = None
    slot_since: Seconds | None = None
    """When it got its slot at the distribution point; None without a slot."""
    requests: int = 0
    """The number of slot requests so far: identifies outdated requests."""


CLIENT, SERVICE, RESTART, PATCH, SILENCE, SCRIPT = range(6)
"""The order of appointments within one second."""


@dataclass(frozen=True, slots=True, eq=False)
class Upgrade:
    """A version of the ConfigMgr client on its way to a device (TIM-8)."""

    version: str
    step: str
    """The step that deploys it."""


Act = Callable[[Seconds], None]
"""What happens to a device at an appointment; takes the current time."""
Appointment = tuple[Seconds, int, int, Act]
"""Time, rank within the second, running number, and act."""


@dataclass(slots=True, eq=False)
class DeviceState:
    """One device: its traits, its timetable, and its state, which only the kernel changes."""

    number: int
    traits: Device
    key: int
    timetable: Timetable

    # on the computer
    agent: str = ""
    agent_version: str = ""
    onboarded_to: str = ""
    payload: str = ""
    pending: str = ""
    """The payload that waits for a restart; empty when there is none (UPD-1)."""
    pending_since: Seconds = 0
    scripted: str = ""
    """The payload that a script has set and no policy has reverted (UPD-4)."""
    content: frozenset[str] = frozenset()
    """Agents whose installer is in the cache of the ConfigMgr client."""

    # policy from the site
    policy_reachable_since: Seconds | None = None
    """When policy began to reach the device; None while its ConfigMgr client does not work."""
    last_received: Seconds = -1
    """The last poll that received policy; -1 before the first."""
    change_known_at: Seconds = 0
    """When the site last changed something for the device: polls from then on receive it."""
    next_poll: Seconds | None = None
    """The next poll that receives a change; None while there is none."""
    assignments: dict[str, Assignment] = field(default_factory=dict)
    scripts: dict[str, ScriptDeployment] = field(default_factory=dict)
    """The scripts that have reached the device, whether or not they have run (UPD-9)."""

    # state messages
    last_report: Seconds | None = None
    last_state: tuple[str, ...] = ()
    """The last state that the device has sent or will send to the console."""
    has_unsent_state: bool = False
    """Whether there is a state that the ConfigMgr client could not send."""
    never_reports: bool = False
    """Whether the device never writes its state for the console (MON-4)."""

    # service
    is_stopped: bool = False
    """Whether the onboarded service does not run (FLT-6)."""
    outage: Outage | None = None
    """The current outage of the service, or the next one while the computer is on (FLT-6)."""
    last_contact: Seconds = 0
    recovered_at: Seconds = -1
    """When the service last recovered; -1 before the first time."""
    started_late: bool = False
    """Whether the last start of the service took too long (FLT-3)."""
    is_inactive: bool = False
    """Whether the device has had no contact with the service for the inactive period (MON-3)."""
    contact_number: int = 0
    """Counts the periods of contact: identifies outdated appointments."""

    # work
    job: Job | None = None
    appointments: list[Appointment] = field(default_factory=list)
    """Future events of the device, as a heap."""
    busy_since: Seconds = 0
    """When the device last stopped being idle."""
    upgrade: Upgrade | None = None
    """A version of the ConfigMgr client that waits to be installed (TIM-8)."""
    process: simpy.Process | None = None
    wakeup: simpy.Event | None = None
    """The event that an idle device waits for; nothing else waits for it."""
    draws: dict[str, int] = field(default_factory=dict)
    """The number of draws so far for each purpose."""
    _order: int = 0
    _asked_at: Seconds = -1
    _polled: Seconds = -1

    def __post_init__(self) -> None:
        traits = self.traits
        self.agent, self.agent_version = traits.agent, traits.agent_version
        if traits.onboarded:
            self.onboarded_to, self.payload = traits.organization, traits.payload
        self.is_stopped = not traits.sensor_running

    def schedule(self, time: Seconds | None, rank: int, act: Act) -> None:
        """Make an appointment at *time*, in order of *rank* within the second; None makes none."""
        if time is not None:
            self._order += 1
            heappush(self.appointments, (time, rank, self._order, act))

    def expect_change(self, time: Seconds) -> None:
        """Make the first poll from *time* on receive a change, once policy reaches the device."""
        self.change_known_at = time
        if self.policy_reachable_since is not None and self.next_poll is None:
            self.next_poll = self.timetable.polls.at_or_after(
                max(time, self.policy_reachable_since)
            )

    def last_poll(self, now: Seconds) -> Seconds:
        """Return the last poll: the device has the policy of that time (TIM-1)."""
        if now != self._asked_at:
            last = self.timetable.polls.at_or_before(now)
            self._asked_at, self._polled = now, 0 if last is None else last
        return self._polled

    def has_overdue(self, now: Seconds) -> bool:
        """Return whether an appointment before *now* waits until the device is no longer busy."""
        return bool(self.appointments) and self.appointments[0][0] < now

    def as_is(self) -> Device:
        """Return the device with its current traits, as inventory shows it."""
        traits = self.traits
        if (self.agent, self.agent_version) == (traits.agent, traits.agent_version):
            return traits
        return replace(traits, agent=self.agent, agent_version=self.agent_version)

    def dissolve(self) -> None:
        """Drop the process and its wakeup, which refer to each other, so that memory is freed."""
        if self.wakeup is not None:
            self.wakeup.callbacks = []
        self.process = self.wakeup = self.job = None
        self.appointments.clear()
        self.assignments.clear()

    def next_due(self) -> Seconds | None:
        """Return the next time at which this device has something to do."""
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
