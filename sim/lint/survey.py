"""All that lint knows of one scenario: where its devices are, what can become of them, when.

When gates can open depends on what devices can do, and that on when steps come: both are worked
out in turn until nothing changes any more.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from sim.language.tree import Condition
from sim.lint.belonging import Belonging
from sim.lint.bounds import Bounds
from sim.lint.catalogue import CHECKS
from sim.lint.conditions import Possibilities
from sim.lint.course import Coming, Openings, course
from sim.lint.expectation import Expectation
from sim.lint.failing import CertainFailures
from sim.lint.finding import Finding
from sim.lint.ground import Ground
from sim.lint.prospects import Prospects
from sim.lint.site_history import SiteHistory
from sim.lint.spans import first_instant
from sim.scenario.conditions import Conditions
from sim.scenario.model import Scenario
from sim.units import Seconds

Loc = tuple[str | int, ...]


@dataclass(frozen=True)
class Survey:
    """What is certain of a scenario, given when its gates can open."""

    ground: Ground
    conditions: Conditions
    openings: Openings

    @cached_property
    def comings(self) -> tuple[Coming, ...]:
        """When the steps of the plan come."""
        return course(self.ground.scenario, self.ground.clock, self.openings)

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self.ground.scenario

    @cached_property
    def belonging(self) -> Belonging:
        """Who is in which collection."""
        return Belonging(self.ground, self.comings)

    @cached_property
    def site(self) -> SiteHistory:
        """What the plan makes of the site."""
        return SiteHistory(self.ground, self.comings)

    @cached_property
    def prospects(self) -> Prospects:
        """What can become of each device."""
        return Prospects(self.ground, self.site, self.belonging)

    @cached_property
    def certain(self) -> Possibilities:
        """What may be so, whatever chance brings."""
        return self._possibilities(Bounds)

    @cached_property
    def likely(self) -> Possibilities:
        """What may be so by the expectation of chance."""
        return self._possibilities(Expectation)

    def _possibilities(self, kind: type[Bounds]) -> Possibilities:
        parts = self.ground, self.site, self.belonging, self.prospects
        bounds = kind(*parts, self._failures)
        return Possibilities(bounds, self.ground.clock, self.scenario.horizon)

    @cached_property
    def _failures(self) -> CertainFailures:
        return CertainFailures(self.ground, self.site, self.belonging, self.prospects)

    def waiting_for(self, number: int) -> "Survey":
        """Return what is certain while a gate is shut: its own step has not come."""
        if number not in self._waiting:
            shut = {**self.openings, number: None}
            self._waiting[number] = Survey(self.ground, self.conditions, shut)
        return self._waiting[number]

    @cached_property
    def _waiting(self) -> dict[int, "Survey"]:
        return {}

    def last_judgement(self, number: int) -> Seconds:
        """Return the last second at which a gate may open."""
        ends, last = self.scenario.plan[number].otherwise, self.scenario.horizon - 2
        return last if ends is None else min(last, ends.after)

    def opening(self, number: int, *, likely: bool = False) -> Seconds | None:
        """Return the first instant at which a gate may open, before its time is over.

        Whatever chance brings; or, with *likely*, by its expectation.
        """
        shut = self.waiting_for(number)
        spans = (shut.likely if likely else shut.certain).spans(self.gate(number))
        interval = self.scenario.reporting.interval
        return first_instant(spans, interval, self.last_judgement(number))

    def gate(self, number: int) -> Condition:
        """Return the condition of a step's gate."""
        return self.conditions.gates[number]

    def names(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """Return the names of devices, in order."""
        return tuple(self.ground.fleet.names[number] for number in sorted(numbers))

    def find(
        self,
        id: str,
        loc: Loc,
        what: str,
        advice: str,
        *,
        rule: str | None = None,
        cause: str = "",
        devices: Iterable[int] = (),
    ) -> Finding:
        """Return a finding at a place of the scenario; *devices* are numbers."""
        check = CHECKS[id]
        problem = self.ground.loaded.lines.problem(loc, what, advice)
        return Finding(
            check=check,
            what=problem.what,
            advice=problem.expected,
            rule=check.rule if rule is None else rule,
            file=self.ground.loaded.file,
            line=self.ground.loaded.lines.node(loc).line,
            path=problem.path,
            cause=cause,
            devices=self.names(devices),
        )


MOST_TURNS = 8
"""So often are openings worked out anew; what was known before stays true."""


def survey(ground: Ground) -> Survey:
    """Return what is certain of a scenario, its gates included."""
    conditions = ground.loaded.conditions
    openings: Openings = dict.fromkeys(conditions.gates, 0)
    for _ in range(MOST_TURNS):
        found = Survey(ground, conditions, openings)
        later = {number: _later(found, number) for number in conditions.gates}
        if later == openings:
            break
        openings = later
    return Survey(ground, conditions, openings)


def _later(found: Survey, number: int) -> Seconds | None:
    """Return when a gate can open by what is known now; never earlier than was known before."""
    before, now = found.openings[number], found.opening(number)
    return None if before is None or now is None else max(before, now)
