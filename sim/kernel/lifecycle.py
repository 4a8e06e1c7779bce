"""What an idle device waits for: a time, or somebody who wakes it earlier.

SimPy's `event | timeout` does the same at several times the cost: it makes a third event, which
looks at the other two.

The life of a device under policy: poll, evaluate, retry, one thing at a time.

One SimPy process a device, woken only when something can change. The rules decide (`reference`),
the schedules say when, the streams hold the dice; here is only what follows what. What a policy
then does to the device is told in `onboarding`.
"""

from collections.abc import Generator
from dataclasses import dataclass
from heapq import heappop
from typing import Any

import simpy

from sim.kernel.contact import Contact
from sim.kernel.context import ReplicationContext
from sim.kernel.device_state import Assignment, DeviceState
from sim.kernel.installation import Installation
from sim.kernel.offboarding import Offboarding
from sim.kernel.onboarding import Onboarding
from sim.kernel.scripts import Scripts
from sim.kernel.site import Deployment, SiteServer
from sim.schedules.recurrence import Grid
from sim.schedules.windows import InWindows
from sim.units import Seconds


def wakeup(env: simpy.Environment, due: Seconds | None) -> simpy.Event:
    """Return an event that happens at *due*, or only when it is rung."""
    return env.event() if due is None else env.timeout(due - int(env.now))


def wake(event: simpy.Event) -> None:
    """Let whoever waits for an alarm go on in this second; the time it was set to means nothing."""
    if not event.triggered:
        event.succeed()
    elif event.callbacks:
        early = event.env.event()
        early.callbacks, event.callbacks = event.callbacks, []
        early.succeed()


Story = Generator[simpy.Event, Any, None]


@dataclass(frozen=True)
class Lifecycle:
    """Lets devices follow their policies."""

    shared: ReplicationContext
    contact: Contact
    installation: Installation
    onboarding: Onboarding
    offboarding: Offboarding
    scripts: Scripts

    @property
    def _site(self) -> SiteServer:
        return self.shared.site

    def notify(self, env: simpy.Environment, client: DeviceState) -> None:
        """Tell a device that its next poll will find something new; plan steps do this.

        A device whose ConfigMgr client does not work hears of it when it works again, if ever
        (PRE-2, FLT-1).
        """
        client.hear_of(int(env.now))
        if client.next_poll is not None:
            self.wake(env, client)

    def wake(self, env: simpy.Environment, client: DeviceState) -> None:
        """Let a device look anew for what it has to do next; start its life if it has none yet."""
        if client.process is None:
            client.process = env.process(self.follow_policies(env, client))
        elif client.news is not None:
            wake(client.news)

    def listen(self, client: DeviceState, now: Seconds) -> None:
        """Let policy reach a device from now on: its ConfigMgr client works (FLT-1, PRE-2)."""
        client.hears_from = now
        client.hear_of(now)
        if client.is_untold:
            client.is_untold = False
            self.shared.send(client, now)

    def reconsider(self, client: DeviceState, now: Seconds) -> None:
        """Let each policy be evaluated at its next scheduled run: the device has changed."""
        for assignment in client.assignments.values():
            _look_again(client, assignment)

    def reschedule(self, client: DeviceState, now: Seconds) -> None:
        """Find out anew when things happen, because the device's presence or place changed."""
        client.timetable = self.contact.timetables.again(client.number, client.traits)
        if client.next_poll is not None:
            client.next_poll = client.timetable.polls.at_or_after(now)
        for assignment in client.assignments.values():
            assignment.evaluations = self.shared.opportunities.evaluations(
                client, assignment.policy, assignment.grid, now
            )
            if assignment.due is not None:
                assignment.due = assignment.evaluations.at_or_after(max(now, assignment.grid.phase))
        self.installation.reschedule(client, now)

    def follow_policies(self, env: simpy.Environment, client: DeviceState) -> Story:
        """Live through what befalls the device, polls, evaluations and what was begun by them.

        One thing at a time. What falls due while the device is at work waits until it is done:
        first what befalls it, then the poll, then evaluations in order of deployment, then the
        installation that waits.
        """
        while True:
            yield from self._rest(env, client)
            now = int(env.now)
            if client.appointments and client.appointments[0][0] <= now:
                heappop(client.appointments)[-1](now)
            elif client.next_poll is not None and client.next_poll <= now:
                self._receive(client, now)
            elif (assignment := _first_due(client, now)) is not None:
                yield from self._evaluate(env, client, assignment)
            else:
                yield from self._go_on(env, client)

    def _rest(self, env: simpy.Environment, client: DeviceState) -> Story:
        """Wait for the next thing to do, or for news that brings it forward."""
        while True:
            due = client.next_due()
            if due is not None and due <= env.now:
                return
            client.news = wakeup(env, due)
            yield client.news
            client.news = None
            client.at_work_since = int(env.now)

    def _receive(self, client: DeviceState, now: Seconds) -> None:
        """Take notice, at a poll, of policies that arrived or were withdrawn (TIM-1, POL-7).

        A policy whose every known deployment was withdrawn counts as new when it was deployed
        again, even if both happened between two polls (TIM-2).
        """
        polled = client.last_poll(now)
        before, client.known = client.known, polled
        is_news_left = client.news_at > polled
        polls = client.timetable.polls
        client.next_poll = polls.at_or_after(client.news_at) if is_news_left else None
        reaching = self._site.reaching(client.number, polled)
        for policy in list(client.assignments):
            if policy not in reaching or reaching[policy].since > before:
                self._forget(client, policy)
        for policy, deployment in reaching.items():
            known = client.assignments.get(policy)
            if known is not None:
                known.deployment = deployment
                _look_again(client, known)
            elif not self._site.is_paused(policy, polled):
                self._arrive(client, policy, deployment, now)
        self._respect_windows(client, now)
        self.installation.look_again(client, now)
        self.scripts.receive(client, polled, now)

    def _respect_windows(self, client: DeviceState, now: Seconds) -> None:
        """Put off what is planned where the device's windows have changed (TIM-5)."""
        if not self.shared.opportunities.bind_evaluations:
            return
        for assignment in client.assignments.values():
            before, due = assignment.evaluations, assignment.due
            assignment.evaluations = self.shared.opportunities.evaluations(
                client, assignment.policy, assignment.grid, now
            )
            if due is not None and due > now:
                planned = before.nominal(due) if isinstance(before, InWindows) else due
                may = self.shared.opportunities.to_evaluate(client, max(planned, now), now)
                assignment.due = may

    def _arrive(
        self, client: DeviceState, policy: str, deployment: Deployment, now: Seconds
    ) -> None:
        """A policy is new: its first evaluation comes within two hours (TIM-2)."""
        window = self.shared.assumed["first_evaluation_window"]
        delay = self.shared.draw(client, f"first_evaluation/{policy}", 1, window)
        grid = Grid(now + delay, self.shared.assumed["evaluation_interval"])
        evaluations = self.shared.opportunities.evaluations(client, policy, grid, now)
        due = evaluations.at_or_after(grid.phase)
        assignment = Assignment(policy, deployment, grid, evaluations, due)
        client.assignments[policy] = assignment
        self.shared.note(client, assignment, now, "policy_received", "TIM-1")

    def _forget(self, client: DeviceState, policy: str) -> None:
        """Drop a withdrawn policy; what it did stays, what it wanted is wanted no more (POL-7)."""
        del client.assignments[policy]
        if client.job is not None and client.job.attempt.assignment.policy == policy:
            self.installation.drop(client)

    def _evaluate(
        self, env: simpy.Environment, client: DeviceState, assignment: Assignment
    ) -> Story:
        """Evaluate one policy: bring the device to what it wants, or fail (POL-5, TIM-2)."""
        assignment.due, assignment.evaluated = None, int(env.now)
        assignment.has_news = False
        job = client.job
        if job is not None and job.attempt.assignment is assignment and job.stage == "retry":
            client.job = None
        if self._conflicts(client, assignment, int(env.now)):
            return
        if self._site.policies[assignment.policy].kind == "onboarding":
            yield from self.onboarding.onboard(env, client, assignment)
        else:
            yield from self.offboarding.offboard(env, client, assignment)

    def _go_on(self, env: simpy.Environment, client: DeviceState) -> Story:
        """Go on with an installation that waited, unless another policy forbids it by now (POL-5).

        A download that is under way is not asked about: it changes nothing on the device.
        """
        job = client.job
        assert job is not None
        if job.stage == "content":
            self.installation.fetch_on(client, job, int(env.now))
        elif self._conflicts(client, job.attempt.assignment, int(env.now)):
            client.job = None
        else:
            yield from self.onboarding.try_again(env, client, job)

    def _conflicts(self, client: DeviceState, assignment: Assignment, now: Seconds) -> bool:
        """Say whether another policy forbids this one to act (POL-5).

        A conflict is logged once; when it is over the policy has to be applied anew.
        """
        kinds = {self._site.policies[name].kind for name in client.assignments}
        ruling = min(client.assignments.values(), key=lambda other: other.deployment.number)
        if len(kinds) == 1 and ruling is assignment:
            assignment.in_conflict = False
            return False
        if not assignment.in_conflict:
            assignment.in_conflict = True
            assignment.is_applied = False
            self.shared.note(client, assignment, now, "policy_conflict", "POL-5", "policy_conflict")
            self.shared.report(client, now, "policy_conflict", assignment.policy)
        return True


def _look_again(client: DeviceState, assignment: Assignment) -> None:
    """Something about the site changed: see it at the next scheduled evaluation (TIM-2).

    One that came while the device was at work is not lost: it comes as soon as the work is done.
    """
    assignment.has_news = True
    if assignment.due is None:
        earliest = max(client.at_work_since, assignment.evaluated + 1)
        assignment.due = assignment.evaluations.at_or_after(earliest)


def _first_due(client: DeviceState, now: Seconds) -> Assignment | None:
    """Return the policy to evaluate next: of those due, the one that was deployed first."""
    due = [a for a in client.assignments.values() if a.due is not None and a.due <= now]
    return min(due, key=lambda assignment: assignment.deployment.number, default=None)
