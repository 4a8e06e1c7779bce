"""The plan: when its steps are due, and which gates open.

Steps are carried out between the events of devices: a step is in effect from its own second on.
Gates are checked at the reporting interval on the console's measures; their steps follow a second
later.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from sim.eventlog import PLAN, LogWriter
from sim.kernel.steps import Steps
from sim.language.tree import Condition, Series
from sim.measures.conditions import Watch
from sim.scenario.calendar import SiteClock
from sim.scenario.model import Scenario
from sim.scenario.steps import parse_after, step_names
from sim.units import Seconds


@dataclass(slots=True, eq=False)
class StepGate:
    """A step that waits for a condition, until the gate opens or times out."""

    step: int
    watch: Watch
    times_out: Seconds | None


Inspect = Callable[[Literal["before_step", "after_step"], int, Seconds], None]
"""Lets an inspector look at the run around a step; takes the step's number and the time."""


class PlanRunner:
    """Carries a plan out: at each instant first the steps that are due, then the gates."""

    def __init__(
        self,
        scenario: Scenario,
        clock: SiteClock,
        gates: Mapping[int, Condition],
        steps: Steps,
        log: LogWriter,
        inspect: Inspect | None = None,
    ) -> None:
        self._scenario = scenario
        self._names = step_names(scenario.plan)
        self._steps = steps
        self._log = log
        self._inspect = inspect
        self._interval = scenario.reporting.interval
        self._due: list[tuple[Seconds, int]] = []
        """The steps with a known time."""
        self._gates: list[StepGate] = []
        self._following: dict[str, list[tuple[int, Seconds]]] = {}
        """The steps after each step, with their delay."""
        for number, step in enumerate(scenario.plan):
            if step.at is not None:
                self._due.append((clock.seconds(step.at), number))
            elif step.after is not None:
                name, delay = parse_after(step.after)
                self._following.setdefault(name, []).append((number, delay))
            else:
                times_out = step.otherwise.after if step.otherwise else None
                self._gates.append(StepGate(number, Watch(gates[number]), times_out))

    def next_instant(self, now: Seconds) -> Seconds | None:
        """Return the next instant after *now* at which the plan has something to do."""
        instants = [time for time, _ in self._due]
        instants += [gate.times_out for gate in self._gates if gate.times_out is not None]
        if self._gates:
            instants.append(now - now % self._interval + self._interval)
        later = [instant for instant in instants if instant > now]
        return min(later, default=None)

    def carry_out(self, now: Seconds) -> None:
        """Carry out the steps that are due, in the order of the plan.

        A step that follows another at once takes its own place in that order.
        """
        while ready := [number for time, number in self._due if time <= now]:
            number = min(ready)
            self._due = [entry for entry in self._due if entry[1] != number]
            self._step(number, now)

    def has_gates(self, now: Seconds) -> bool:
        """Return whether a gate must be checked or times out at *now*."""
        on_grid = now % self._interval == 0
        return any(on_grid or gate.times_out == now for gate in self._gates)

    def judge_gates(self, now: Seconds, read: Callable[[Series], float | None]) -> None:
        """Open the gates whose condition is met; time out others (counted from the start).

        A gate that stops the plan drops all future steps, including other gates.
        """
        on_grid = now % self._interval == 0
        for gate in list(self._gates):
            if gate not in self._gates:  # the plan has stopped
                return
            if on_grid and gate.watch.holds(now, read):
                self._close(gate, now, "gate_opened")
                self._due.append((now + 1, gate.step))
            elif gate.times_out is not None and gate.times_out <= now:
                self._time_out(gate, now)

    def _time_out(self, gate: StepGate, now: Seconds) -> None:
        self._close(gate, now, "gate_timed_out")
        otherwise = self._scenario.plan[gate.step].otherwise
        assert otherwise is not None
        if otherwise.do == "proceed":
            self._due.append((now + 1, gate.step))
        elif otherwise.do == "stop":
            self._due, self._gates, self._following = [], [], {}

    def _close(self, gate: StepGate, now: Seconds, event: str) -> None:
        self._gates.remove(gate)
        self._log.record(now, PLAN, event, step=self._names[gate.step])

    def _step(self, number: int, now: Seconds) -> None:
        step, name = self._scenario.plan[number], self._names[number]
        if self._inspect is not None:
            self._inspect("before_step", number, now)
        refusal = self._steps.refusal(step, now)
        if refusal is None:
            self._log.record(now, PLAN, "step_done", policy=step.policy, step=name)
            self._steps.carry_out(step, name, now)
        else:
            self._log.record(
                now,
                PLAN,
                "step_refused",
                cause=refusal.cause,
                rule=refusal.rule,
                policy=step.policy,
                step=name,
            )
        if self._inspect is not None:
            self._inspect("after_step", number, now)
        for follower, delay in self._following.pop(step.name or "", []):
            self._due.append((now + delay, follower))
