"""The state of one device in the kernel, with its policies, its job and its appointments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush

import simpy

from sim.kernel.distribution_point import ContentQueue
from sim.kernel.site import Deployment, ScriptDeployment, SharingChoice
from sim.reference.decisions import Decision
from sim.reference.impediments import means_of
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
    """The next evaluation that can change something; None while the device is compliant, and if
    it lies beyond the run."""
    is_awaited: bool = True
    """Whether there is such an evaluation, in this run or beyond."""
    is_interrupted: bool = False
    """Whether the evaluation continues as soon as the computer is on."""
    last_evaluation: Seconds = -1
    """When the last evaluation began; -1 before the first."""
    is_applied: bool = False
    in_conflict: bool = False
    sharing: SharingChoice = ("", "")
    has_change: bool = False
    """Whether the site has changed since the last evaluation began."""

    def evaluate_again(self, busy_since: Seconds) -> None:
        """Evaluate again at the next scheduled run; one missed during the work runs now."""
        self.expect(self.evaluations.after(max(self.last_evaluation, busy_since - 1)))

    def expect(self, due: Seconds | None) -> None:
        """Evaluate at *due*; None: after the run, unless the computer's presence changes."""
        self.due, self.is_awaited = due, True

    def complete(self, busy_since: Seconds) -> None:
        """Mark the policy as compliant: evaluate again only if the site has changed meanwhile."""
        self.due, self.is_awaited = None, False
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
    earliest: Seconds = 0
    """When the device would continue it if it were always on."""
    remaining: Seconds = 0
    """Remaining download time [s]."""
    point: ContentQueue | None = None
    slot_since: Seconds | None = None
    """When it got its slot at the distribution point; None without a slot."""
    requests: int = 0
    """The number of slot requests so far: identifies outdated requests."""


CLIENT, SERVICE, RESTART, PATCH, UPGRADE, SILENCE, SCRIPT, AGING = range(8)
"""The order of appointments within one second."""


@dataclass(frozen=True, slots=True, eq=False)
class Upgrade:
    """A version of the ConfigMgr client on its way to a device (TIM-8)."""

    version: str
    step: str
    """The step that deploys it."""


Act = Callable[[Seconds], None]
"""What happens to a device at an appointment; takes the current time."""
When = Callable[[Seconds], Seconds | None]
"""Returns when something that waits for power happens, from a time on; None: not in this run."""
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
    """The next poll that receives a change; None while there is none in this run."""
    awaits_poll: bool = False
    """Whether a poll is to receive a change, in this run or beyond."""
    assignments: dict[str, Assignment] = field(default_factory=dict)
    scripts: dict[str, ScriptDeployment] = field(default_factory=dict)
    """The scripts that have reached the device, whether or not they have run (UPD-9)."""

    # state messages
    last_report: Seconds | None = None
    """When the last state message left or will leave: beyond every horizon if not in this run."""
    state_since: Seconds = 0
    """When the last state was written."""
    report_row: int | None = None
    """The log's row of the last state message; None if it lies beyond the run."""
    last_state: tuple[str, ...] = ()
    """The last state that the device has sent or will send to the console."""
    has_unsent_state: bool = False
    """Whether there is a state that the ConfigMgr client could not send."""
    never_reports: bool = False
    """Whether the device never writes its state for the console (MON-4)."""

    # service
    means: frozenset[str] = frozenset()
    """Through what it has registered: MMA, the MDE client, or the system's sensor (CON-1)."""
    workspace: str = "present"
    """The workspace values that its MMA uses: `present`, `swapped` or `wrong` (MMA-4)."""
    is_upgraded: bool = False
    """Whether its system was upgraded in place while it reported by an agent (UPG-1)."""
    impediment: str = ""
    """What keeps the onboarded device from reporting, as the log says; empty when nothing does."""
    is_stopped: bool = False
    """Whether the onboarded service does not run (FLT-6)."""
    outage: Outage | None = None
    """The current outage of the service, or the next one while the computer is on (FLT-6)."""
    outages_since: Seconds = 0
    """Outages that begin earlier have no effect on the device."""
    contact_since: Seconds = 0
    """When it could last begin to report; meanwhile it has contact whenever it is on."""
    last_contact: Seconds = 0
    """The last contact before that, or before it lost contact."""
    is_listed: bool = False
    """Whether the portal has a record of the device, or will have one soon (CON-5)."""
    listed_from: Seconds = 0
    """When the portal begins to list it."""
    is_record_inactive: bool = False
    """Whether its record in the portal shows it as inactive."""
    started_late: bool = False
    """Whether the last start of the service took too long (FLT-3)."""
    is_inactive: bool = False
    """Whether the device has had no contact with the service for the inactive period (MON-3)."""
    contact_number: int = 0
    """Counts the periods of contact: identifies outdated appointments."""
    client_number: int = 0
    """Counts how often the ConfigMgr client began or ceased to work, for the same purpose."""

    # work
    job: Job | None = None
    appointments: list[Appointment] = field(default_factory=list)
    """Future events of the device, as a heap."""
    waiting: dict[int, tuple[int, When, Act]] = field(default_factory=dict)
    """What waits for power, by running number: its time depends on the computer's presence."""
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
            self.means = frozenset((means_of(traits.os, traits.agent),))
            self.is_listed = True
        self.is_stopped = not traits.sensor_running

    def schedule(self, time: Seconds | None, rank: int, act: Act) -> None:
        """Make an appointment at *time*, in order of *rank* within the second; None makes none."""
        if time is not None:
            self._order += 1
            heappush(self.appointments, (time, rank, self._order, act))

    def wait(self, rank: int, when: When, act: Act, now: Seconds) -> Seconds | None:
        """Make an appointment that waits for power, and return its time.

        It is computed anew when the computer's presence or place changes, also if there is none
        in this run.
        """
        self._order += 1
        self.waiting[self._order] = (rank, when, act)
        return self._schedule_waiting(self._order, now)

    def _schedule_waiting(self, order: int, now: Seconds) -> Seconds | None:
        rank, when, act = self.waiting[order]
        time = when(now)
        if time is not None:
            heappush(self.appointments, (time, rank, order, act))
        return time

    def reschedule_waiting(self, now: Seconds) -> None:
        """Compute anew when each thing happens that waits for power."""
        self.appointments = [each for each in self.appointments if each[2] not in self.waiting]
        heapify(self.appointments)
        for order in self.waiting:
            self._schedule_waiting(order, now)

    def has_waiting(self, rank: int) -> bool:
        """Return whether anything of one rank waits for power."""
        return any(waits[0] == rank for waits in self.waiting.values())

    def keep_waiting(self, rank: int, now: Seconds) -> None:
        """Do what of one rank waits for power and is due, in order, before anything else."""
        due = sorted(
            each[2]
            for each in self.appointments
            if each[0] <= now and each[1] == rank and each[2] in self.waiting
        )
        for order in due:
            *_, act = self.waiting.pop(order)
            self.appointments = [each for each in self.appointments if each[2] != order]
            heapify(self.appointments)
            act(now)

    def keep_appointment(self, now: Seconds) -> None:
        """Do what the next appointment says."""
        *_, order, act = heappop(self.appointments)
        self.waiting.pop(order, None)
        act(now)

    def when_on(self, earliest: Seconds) -> When:
        """Return what waits for the first second from *earliest* on with the computer on."""
        return lambda now: self.timetable.on.on_at_or_after(max(now, earliest))

    def expect_change(self, time: Seconds) -> None:
        """Make the first poll from *time* on receive a change, once policy reaches the device."""
        self.change_known_at = time
        if self.policy_reachable_since is not None and not self.awaits_poll:
            self.awaits_poll = True
            self.next_poll = self.timetable.polls.at_or_after(
                max(time, self.policy_reachable_since)
            )

    def last_poll(self, now: Seconds) -> Seconds:
        """Return the last poll: the device has the policy of that time (TIM-1)."""
        if now != self._asked_at:
            last = self.timetable.polls.at_or_before(now)
            self._asked_at, self._polled = now, 0 if last is None else last
        return self._polled

    def set_timetable(self, timetable: Timetable) -> None:
        """Follow another timetable from now on."""
        self.timetable, self._asked_at = timetable, -1

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
        self.waiting.clear()
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
