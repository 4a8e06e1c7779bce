"""The life of a device under policy: poll, evaluate, retry, one thing at a time.

One SimPy process a device, woken only when something can change. The rules decide (`reference`),
the schedules say when, the streams hold the dice; here is only what follows what. What a policy
then does to the device is told in `onboarding`.
"""

from collections.abc import Generator
from typing import Any

import simpy

from sim.fleet.schedules import Grid
from sim.kernel.client import Assignment, Client
from sim.kernel.onboarding import Onboarding
from sim.kernel.shared import Shared
from sim.kernel.site import Deployment
from sim.units import Seconds

Story = Generator[simpy.Event, Any, None]


class Lifecycle:
    """Lets devices follow their policies."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._site = shared.site
        self._onboarding = Onboarding(shared)

    def notify(self, env: simpy.Environment, client: Client) -> None:
        """Tell a device that its next poll will find something new; plan steps do this.

        A device whose ConfigMgr client does not work never hears of anything (PRE-2, FLT-1).
        """
        if not client.traits.is_managed or client.traits.client != "active":
            return
        client.news_at = int(env.now)
        if client.next_poll is None:
            client.next_poll = client.polls.at_or_after(client.news_at)
        if client.process is None:
            client.process = env.process(self.follow_policies(env, client))
        elif client.news is not None and not client.news.triggered:
            client.news.succeed()

    def follow_policies(self, env: simpy.Environment, client: Client) -> Story:
        """Take notice of policies at polls, evaluate those that are due, retry what failed.

        One thing at a time. What falls due while the device is at work waits until it is done:
        first the poll, then evaluations in order of deployment, then the retry.
        """
        while True:
            yield from self._rest(env, client)
            now = int(env.now)
            assignment = _first_due(client, now)
            if client.next_poll is not None and client.next_poll <= now:
                self._receive(client, now)
            elif assignment is not None:
                yield from self._evaluate(env, client, assignment)
            else:
                yield from self._retry(env, client)

    def _rest(self, env: simpy.Environment, client: Client) -> Story:
        """Wait for the next thing to do, or for news that brings it forward."""
        while True:
            due = client.next_due()
            if due is not None and due <= env.now:
                return
            client.news = env.event()
            if due is None:
                yield client.news
            else:
                yield client.news | env.timeout(due - int(env.now))
            client.news = None
            client.at_work_since = int(env.now)

    def _receive(self, client: Client, now: Seconds) -> None:
        """Take notice, at a poll, of policies that arrived or were withdrawn (TIM-1, POL-7).

        A policy whose every known deployment was withdrawn counts as new when it was deployed
        again, even if both happened between two polls (TIM-2).
        """
        polled = self._shared.known_at(client, now)
        before, client.known = client.known, polled
        is_news_left = client.news_at > polled
        client.next_poll = client.polls.at_or_after(client.news_at) if is_news_left else None
        reaching = self._site.reaching(client.number, polled)
        for policy in list(client.assignments):
            if policy not in reaching or reaching[policy].since > before:
                _forget(client, policy)
        for policy, deployment in reaching.items():
            known = client.assignments.get(policy)
            if known is not None:
                known.deployment = deployment
                _look_again(client, known)
            elif not self._site.is_paused(policy, polled):
                self._arrive(client, policy, deployment, now)

    def _arrive(self, client: Client, policy: str, deployment: Deployment, now: Seconds) -> None:
        """A policy is new: its first evaluation comes within two hours (TIM-2)."""
        window = self._shared.assumed["first_evaluation_window"]
        delay = self._shared.draw(client, f"first_evaluation/{policy}", 1, window)
        grid = Grid(now + delay, self._shared.assumed["evaluation_interval"])
        assignment = Assignment(policy, deployment, grid, grid.phase)
        client.assignments[policy] = assignment
        self._shared.note(client, assignment, now, "policy_received", "TIM-1")

    def _evaluate(self, env: simpy.Environment, client: Client, assignment: Assignment) -> Story:
        """Evaluate one policy: bring the device to what it wants, or fail (POL-5, TIM-2)."""
        assignment.due, assignment.evaluated = None, int(env.now)
        if client.retry is not None and client.retry.attempt.assignment is assignment:
            client.retry = None
        if self._conflicts(client, assignment, int(env.now)):
            return
        if self._site.policies[assignment.policy].kind == "onboarding":
            yield from self._onboarding.onboard(env, client, assignment)
        else:
            yield from self._onboarding.offboard(env, client, assignment)

    def _retry(self, env: simpy.Environment, client: Client) -> Story:
        """Repeat a failed agent install, unless another policy forbids it by now (POL-5, TIM-2)."""
        retry, client.retry = client.retry, None
        assert retry is not None
        if not self._conflicts(client, retry.attempt.assignment, int(env.now)):
            yield from self._onboarding.try_again(env, client, retry.attempt)

    def _conflicts(self, client: Client, assignment: Assignment, now: Seconds) -> bool:
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
            self._shared.log.record(
                now,
                client.number,
                "policy_conflict",
                cause="policy_conflict",
                rule="POL-5",
                policy=assignment.policy,
            )
            self._shared.report(client, now, "policy_conflict", assignment.policy)
        return True


def _forget(client: Client, policy: str) -> None:
    """Drop a withdrawn policy; what it did stays, what it wanted is wanted no more (POL-7)."""
    del client.assignments[policy]
    if client.retry is not None and client.retry.attempt.assignment.policy == policy:
        client.retry = None


def _look_again(client: Client, assignment: Assignment) -> None:
    """Something about the site changed: see it at the next scheduled evaluation (TIM-2).

    One that came while the device was at work is not lost: it comes as soon as the work is done.
    """
    if assignment.due is None:
        earliest = max(client.at_work_since, assignment.evaluated + 1)
        assignment.due = assignment.evaluations.at_or_after(earliest)


def _first_due(client: Client, now: Seconds) -> Assignment | None:
    """Return the policy to evaluate next: of those due, the one that was deployed first."""
    due = [a for a in client.assignments.values() if a.due is not None and a.due <= now]
    return min(due, key=lambda assignment: assignment.deployment.number, default=None)
