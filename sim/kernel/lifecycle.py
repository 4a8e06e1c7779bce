"""The life of a device under policy: poll, evaluate, retry, one thing at a time.

Each device is one SimPy process that wakes only when something can change. Here is the order of
events and nothing else: the rules are in `reference`, the times in `schedules`, chance in the
streams. `attempts` carry out policies and scripts.
"""

from dataclasses import dataclass

import simpy

from sim.kernel.attempts import Policies, Scripts, Story
from sim.kernel.contact import Contact
from sim.kernel.context import ReplicationContext
from sim.kernel.device_state import Assignment, DeviceState
from sim.kernel.installation import Installation
from sim.kernel.site import Deployment
from sim.schedules.recurrence import Grid
from sim.schedules.windows import InWindows
from sim.units import Seconds


def wakeup(env: simpy.Environment, due: Seconds | None) -> simpy.Event:
    """Return the event that an idle device waits for: it happens at *due*, or when it is woken.

    SimPy's `event | timeout` does the same at several times the cost, because it makes a third
    event that watches the other two.
    """
    return env.event() if due is None else env.timeout(due - int(env.now))


def wake(event: simpy.Event) -> None:
    """Make a wakeup happen in this second instead of at its time."""
    if not event.triggered:
        event.succeed()
    elif event.callbacks:
        # A SimPy timeout counts as triggered from the start and cannot happen earlier. So the
        # waiting process moves to a new event, and no process waits for the timeout any more.
        early = event.env.event()
        early.callbacks, event.callbacks = event.callbacks, []
        early.succeed()


@dataclass(frozen=True)
class Lifecycle:
    """Runs the devices of one replication under their policies."""

    context: ReplicationContext
    contact: Contact
    installation: Installation
    policies: Policies
    scripts: Scripts

    def notify(self, env: simpy.Environment, device: DeviceState) -> None:
        """Make the next poll of a device receive a change of the site.

        A device whose ConfigMgr client does not work receives it when the client works again
        (PRE-2, FLT-1).
        """
        device.expect_change(int(env.now))
        if device.next_poll is not None:
            self.wake(env, device)

    def wake(self, env: simpy.Environment, device: DeviceState) -> None:
        """Make a device check again what it has to do next; start its process if it has none."""
        if device.process is None:
            device.process = env.process(self.follow_policies(env, device))
        elif device.wakeup is not None:
            wake(device.wakeup)

    def make_reachable(self, device: DeviceState, now: Seconds) -> None:
        """Make policy reach a device from now on: its ConfigMgr client works (FLT-1, PRE-2)."""
        device.policy_reachable_since = now
        self.contact.end_aging(device)
        device.expect_change(now)
        if device.has_unsent_state:
            device.has_unsent_state = False
            self.context.send(device, now)

    def reconsider(self, device: DeviceState, now: Seconds) -> None:
        """Evaluate each policy at its next scheduled run, because the device has changed."""
        for assignment in device.assignments.values():
            _look_again(device, assignment)

    def reschedule(self, device: DeviceState, now: Seconds) -> None:
        """Read all times from the schedules again, because presence or location has changed."""
        timetables, before = self.contact.timetables, device.timetable
        timetable = timetables.changed(device.number, device.traits, before, now)
        device.set_timetable(timetable)
        if device.awaits_poll:
            device.next_poll = timetable.polls.at_or_after(now)
        for assignment in device.assignments.values():
            self._reschedule_evaluation(device, assignment, now)
        self.installation.reschedule(device, now)
        device.reschedule_waiting(now)
        self.context.resend(device, now)
        self.contact.reschedule(device, now)

    def _reschedule_evaluation(
        self, device: DeviceState, assignment: Assignment, now: Seconds
    ) -> None:
        assignment.evaluations = self.context.opportunities.evaluations(
            device, assignment.policy, assignment.grid, now
        )
        if assignment.is_interrupted:
            assignment.due = device.timetable.on.on_at_or_after(now)
        elif assignment.is_awaited:
            earliest = max(now, assignment.grid.phase, assignment.last_evaluation + 1)
            assignment.due = assignment.evaluations.at_or_after(earliest)

    def follow_policies(self, env: simpy.Environment, device: DeviceState) -> Story:
        """Run a device: appointments, polls, evaluations and installations, one at a time.

        What is due while the device is busy waits. Then the order is: appointments, the poll,
        evaluations in order of deployment, the waiting installation.
        """
        while True:
            yield from self._rest(env, device)
            now = int(env.now)
            if device.appointments and device.appointments[0][0] <= now:
                device.keep_appointment(now)
            elif device.next_poll is not None and device.next_poll <= now:
                self._receive(device, now)
            elif (assignment := _first_due(device, now)) is not None:
                yield from self._evaluate(env, device, assignment)
            else:
                yield from self._go_on(env, device)

    def _rest(self, env: simpy.Environment, device: DeviceState) -> Story:
        while True:
            due = device.next_due()
            if due is not None and due <= env.now:
                return
            device.wakeup = wakeup(env, due)
            yield device.wakeup
            device.wakeup = None
            device.busy_since = int(env.now)

    def _receive(self, device: DeviceState, now: Seconds) -> None:
        """Receive new policies at a poll and drop withdrawn ones (TIM-1, POL-7).

        A policy that was withdrawn and deployed again counts as new, even if both happened between
        two polls (TIM-2).
        """
        polled = device.last_poll(now)
        before, device.last_received = device.last_received, polled
        has_later_change = device.change_known_at > polled
        polls = device.timetable.polls
        device.awaits_poll = has_later_change
        device.next_poll = polls.at_or_after(device.change_known_at) if has_later_change else None
        reaching = self.context.site.reaching(device.number, polled)
        for policy in list(device.assignments):
            if policy not in reaching or reaching[policy].since > before:
                del device.assignments[policy]  # what it has done stays (POL-7)
                if device.job is not None and device.job.attempt.assignment.policy == policy:
                    self.installation.drop(device)
        for policy, deployment in reaching.items():
            assignment = device.assignments.get(policy)
            if assignment is not None:
                self._follow(device, assignment, deployment, now)
                _look_again(device, assignment)
            elif not self.context.site.paused[policy].at(polled):
                self._arrive(device, policy, deployment, now)
        self._respect_windows(device, now)
        self.installation.look_again(device, now)
        if self.context.opportunities.has_windows:
            device.reschedule_waiting(now)
        self.scripts.receive(device, polled, now)

    def _follow(
        self, device: DeviceState, assignment: Assignment, deployment: Deployment, now: Seconds
    ) -> None:
        """Let a policy's ruling deployment set the schedule of its evaluations (TIM-10)."""
        assignment.deployment = deployment
        grid = Grid(assignment.grid.phase, self._interval(deployment))
        if grid != assignment.grid:
            assignment.grid = grid
            assignment.evaluations = self.context.opportunities.evaluations(
                device, assignment.policy, grid, now
            )
            if assignment.due is not None and assignment.due > now:
                assignment.due = assignment.evaluations.after(now)

    def _interval(self, deployment: Deployment) -> Seconds:
        return deployment.evaluate_every or self.context.assumed["evaluation_interval"]

    def _respect_windows(self, device: DeviceState, now: Seconds) -> None:
        """Move evaluations if the device's maintenance windows have changed (TIM-5)."""
        if not self.context.opportunities.bind_evaluations:
            return
        for assignment in device.assignments.values():
            before, due = assignment.evaluations, assignment.due
            if due is None:
                self._reschedule_evaluation(device, assignment, now)
                continue
            assignment.evaluations = self.context.opportunities.evaluations(
                device, assignment.policy, assignment.grid, now
            )
            if due > now:
                nominal = before.nominal(due) if isinstance(before, InWindows) else due
                earliest = max(nominal, now)
                assignment.due = self.context.opportunities.to_evaluate(device, earliest, now)

    def _arrive(
        self, device: DeviceState, policy: str, deployment: Deployment, now: Seconds
    ) -> None:
        """Receive a new policy: its first evaluation comes within two hours (TIM-2)."""
        window = self.context.assumed["first_evaluation_window"]
        delay = self.context.draw(device, f"first_evaluation/{policy}", 1, window)
        grid = Grid(now + delay, self._interval(deployment))
        evaluations = self.context.opportunities.evaluations(device, policy, grid, now)
        due = evaluations.at_or_after(grid.phase)
        assignment = Assignment(policy, deployment, grid, evaluations, due)
        device.assignments[policy] = assignment
        self.context.record_for(device, assignment, now, "policy_received", "TIM-1")

    def _evaluate(
        self, env: simpy.Environment, device: DeviceState, assignment: Assignment
    ) -> Story:
        """Evaluate one policy: onboard or offboard the device, or fail (POL-5, TIM-2)."""
        assignment.due, assignment.last_evaluation = None, int(env.now)
        assignment.has_change = assignment.is_awaited = assignment.is_interrupted = False
        job = device.job
        if job is not None and job.attempt.assignment is assignment and job.stage == "retry":
            device.job = None
        if self._conflicts(device, assignment, int(env.now)):
            return
        if self.context.site.policies[assignment.policy].kind == "onboarding":
            yield from self.policies.onboard(env, device, assignment)
        else:
            yield from self.policies.offboard(env, device, assignment)

    def _go_on(self, env: simpy.Environment, device: DeviceState) -> Story:
        """Continue a waiting installation, unless another policy now conflicts with it (POL-5).

        A download continues in any case: it changes nothing on the device.
        """
        job = device.job
        assert job is not None
        if job.stage == "content":
            self.installation.fetch_on(device, job, int(env.now))
        elif self._conflicts(device, job.attempt.assignment, int(env.now)):
            device.job = None
        else:
            yield from self.policies.try_again(env, device, job)

    def _conflicts(self, device: DeviceState, assignment: Assignment, now: Seconds) -> bool:
        """Return whether another policy conflicts with this one and wins (POL-5).

        A conflict is logged once. When it is over, the policy has to be applied again.
        """
        kinds = {self.context.site.policies[name].kind for name in device.assignments}
        ruling = min(device.assignments.values(), key=lambda other: other.deployment.number)
        if len(kinds) == 1 and ruling is assignment:
            assignment.in_conflict = False
            return False
        if not assignment.in_conflict:
            assignment.in_conflict = True
            assignment.is_applied = False
            self.context.record_for(
                device, assignment, now, "policy_conflict", "POL-5", "policy_conflict"
            )
            self.context.report(device, now, "policy_conflict", assignment.policy)
        return True


def _look_again(device: DeviceState, assignment: Assignment) -> None:
    """Evaluate at the next scheduled run, because the site or the device has changed (TIM-2).

    A run that was due while the device was busy takes place as soon as the work is done.
    """
    assignment.has_change = True
    if not assignment.is_awaited:
        earliest = max(device.busy_since, assignment.last_evaluation + 1)
        assignment.expect(assignment.evaluations.at_or_after(earliest))


def _first_due(device: DeviceState, now: Seconds) -> Assignment | None:
    """Return the policy to evaluate next: of those that are due, the first deployment."""
    due = [a for a in device.assignments.values() if a.due is not None and a.due <= now]
    return min(due, key=lambda assignment: assignment.deployment.number, default=None)
