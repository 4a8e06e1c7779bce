"""The changing state of one device inside the kernel."""

from __future__ import annotations

from dataclasses import dataclass

import simpy

from sim.fleet.device import Device
from sim.fleet.schedules import Grid
from sim.kernel.site import Deployment
from sim.reference.onboarding import Decision
from sim.units import Seconds


@dataclass(slots=True)
class Assignment:
    """A policy that has arrived on a device, with its own evaluation schedule (TIM-2)."""

    policy: str
    deployment: Deployment
    evaluations: Grid
    due: Seconds | None
    """The next evaluation that can change something; None while all is as the policy wants."""
    evaluated: Seconds = -1
    """When the last evaluation began; -1 before the first."""
    is_applied: bool = False
    in_conflict: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an evaluation decided; a retry of a failed install goes by the same (TIM-2)."""

    assignment: Assignment
    decision: Decision
    workspace: str
    """Condition of the workspace values as the evaluation found them."""


@dataclass(frozen=True, slots=True)
class Retry:
    """An agent install that failed and is tried again (TIM-2)."""

    due: Seconds
    attempt: Attempt


class Client:
    """One device: fixed traits, schedules, and the state that only the kernel changes."""

    __slots__ = (
        "agent",
        "agent_version",
        "assignments",
        "at_work_since",
        "content",
        "draws",
        "key",
        "known",
        "last_report",
        "last_state",
        "messages",
        "news",
        "news_at",
        "next_poll",
        "number",
        "onboarded_to",
        "payload",
        "polls",
        "process",
        "retry",
        "started_late",
        "traits",
    )

    def __init__(self, number: int, traits: Device, key: int, polls: Grid, messages: Grid) -> None:
        self.number = number
        self.traits = traits
        self.key = key
        self.polls = polls
        self.messages = messages
        self.agent = traits.agent
        self.agent_version = traits.agent_version
        self.onboarded_to = traits.organization if traits.onboarded else ""
        self.payload = traits.payload if traits.onboarded else ""
        self.assignments: dict[str, Assignment] = {}
        self.known: Seconds = -1
        """The last poll whose news the device has taken notice of; -1 before the first."""
        self.at_work_since: Seconds = 0
        """When the device last stopped being idle."""
        self.draws: dict[str, int] = {}
        """Draws made so far for each purpose: numbers the next one."""
        self.started_late = False
        """Whether the service started too late and has not started since (FLT-3)."""
        self.content: set[str] = set()
        """Agents whose installer is in the client's cache."""
        self.retry: Retry | None = None
        self.next_poll: Seconds | None = None
        """The next poll that finds something new; None while there is no news."""
        self.news_at: Seconds = 0
        self.last_report: Seconds | None = None
        self.last_state: tuple[str, ...] = ()
        """What the device last sent or is about to send to the console."""
        self.process: simpy.Process | None = None
        self.news: simpy.Event | None = None
        """What an idle device waits for; only this device waits for it."""

    def next_due(self) -> Seconds | None:
        """Return the earliest instant at which this device has something to do."""
        earliest = self.next_poll
        for assignment in self.assignments.values():
            due = assignment.due
            if due is not None and (earliest is None or due < earliest):
                earliest = due
        if self.retry is not None and (earliest is None or self.retry.due < earliest):
            earliest = self.retry.due
        return earliest
