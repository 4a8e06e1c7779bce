"""When the steps of a plan come: at a known second, at some time from a second on, or never.

A step after another follows its certainty. A gate opens when chance and devices will; known is only
when it opens at the earliest, and what happens when its time is over.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sim.reference.decisions import Decision
from sim.reference.refusals import package_refusal, role_refusal, script_refusal, setting_refusal
from sim.scenario import model
from sim.scenario.calendar import SiteClock
from sim.scenario.steps import (
    Deploy,
    RunScript,
    SetClientSetting,
    SetSiteVersion,
    Step,
    Update,
    parse_after,
    step_names,
)
from sim.units import Seconds

Openings = Mapping[int, Seconds | None]
"""When each gate can open at the earliest, by the step's number; None: never."""


@dataclass(frozen=True, slots=True)
class Coming:
    """One step of the plan and when it comes [s since the start]."""

    number: int
    name: str
    step: Step
    verb: str
    earliest: Seconds | None
    """None: it certainly never comes."""
    latest: Seconds | None
    """None: it may never come."""
    refusal: Decision | None = None
    """Why the site refuses it, for certain."""

    @property
    def since(self) -> Seconds:
        """The earliest second of a step that may come."""
        assert self.earliest is not None
        return self.earliest

    @property
    def is_exact(self) -> bool:
        """Whether it comes, and the second is known."""
        return self.earliest is not None and self.earliest == self.latest

    @property
    def acts(self) -> bool:
        """Whether it may come and is not refused for certain."""
        return self.earliest is not None and self.refusal is None


Times = tuple[Seconds | None, Seconds | None]
"""The earliest and the latest second of a step."""


def course(scenario: model.Scenario, clock: SiteClock, openings: Openings) -> tuple[Coming, ...]:
    """Return when each step comes, in the order of the plan.

    A gate that may stop the plan makes all that could come later uncertain; one that certainly
    stops it keeps all that away.
    """
    times = _Times(scenario, clock, openings)
    comings = []
    for number, name in enumerate(step_names(scenario.plan)):
        step = scenario.plan[number]
        earliest, latest = times.of(number)
        comings.append(Coming(number, name, step, step.verb, earliest, latest))
    return _with_refusals(scenario, comings)


class _Times:
    """Works out the times of the steps, those that others follow first."""

    def __init__(self, scenario: model.Scenario, clock: SiteClock, openings: Openings) -> None:
        self._plan: Sequence[Step] = scenario.plan
        self._horizon = scenario.horizon
        self._clock = clock
        self._openings = {
            number: _opening(openings.get(number, 0), step, scenario)
            for number, step in enumerate(self._plan)
            if step.when is not None
        }
        self._by_name = {step.name: n for n, step in enumerate(self._plan) if step.name}
        self._known: dict[int, Times] = {}

    def of(self, number: int) -> Times:
        """Return the earliest and the latest second of a step within the run."""
        if number not in self._known:
            self._known[number] = self._within(self._written(number), number)
        return self._known[number]

    def _written(self, number: int) -> Times:
        step = self._plan[number]
        if step.at is not None:
            at = self._clock.seconds(step.at)
            return at, at
        if step.after is None:
            return self._of_gate(number, step)
        name, delay = parse_after(step.after)
        earliest, latest = self.of(self._by_name[name])
        return (
            None if earliest is None else earliest + delay,
            None if latest is None else latest + delay,
        )

    def _of_gate(self, number: int, step: Step) -> Times:
        opens, ends = self._openings[number], step.otherwise
        proceeds = ends.after + 1 if ends is not None and ends.do == "proceed" else None
        return (proceeds if opens is None else opens + 1), proceeds

    def _within(self, times: Times, number: int) -> Times:
        earliest, latest = times
        for gate, opens in self._openings.items():
            ends = self._plan[gate].otherwise
            if gate == number or ends is None or ends.do != "stop" or ends.after >= self._horizon:
                continue
            if opens is None and earliest is not None and earliest > ends.after:
                return None, None
            if latest is not None and latest > ends.after:
                latest = None
        if earliest is None or earliest >= self._horizon:
            return None, None
        return earliest, None if latest is None or latest >= self._horizon else latest


def _opening(opens: Seconds | None, step: Step, scenario: model.Scenario) -> Seconds | None:
    """Return the first instant of judgement from *opens* on, before the gate's time is over."""
    if opens is None:
        return None
    interval = scenario.reporting.interval
    instant = -(-opens // interval) * interval
    too_late = step.otherwise is not None and instant > step.otherwise.after
    return None if too_late or instant + 1 >= scenario.horizon else instant


def in_order(comings: Sequence[Coming]) -> list[Coming]:
    """Return the steps that may come, in the order of their earliest seconds."""
    return sorted(
        (one for one in comings if one.earliest is not None),
        key=lambda one: (one.since, one.number),
    )


def _with_refusals(scenario: model.Scenario, comings: Sequence[Coming]) -> tuple[Coming, ...]:
    """Note which steps the site refuses whatever happened before (PRE-3, PRE-4, UPL-3, DWN-3)."""
    refusals = _Refusals(scenario)
    found = {one.number: refusals.judge(one) for one in in_order(comings)}
    return tuple(replace(one, refusal=found.get(one.number)) for one in comings)


class _Refusals:
    """Judges steps in order of time; remembers packages and versions that may be in force."""

    def __init__(self, scenario: model.Scenario) -> None:
        self._administrators = {who.name: who for who in scenario.site.administrators}
        self._first = scenario.site.administrators[0]
        self._packages = {package.name: package for package in scenario.packages}
        self._kinds = {policy.name: policy.kind for policy in scenario.policies}
        self._handed_out = {policy.name: [policy.package] for policy in scenario.policies}
        self._versions = [scenario.site.version]

    def judge(self, coming: Coming) -> Decision | None:
        """Return why a step is refused, for certain; let it take effect otherwise."""
        step = coming.step
        who = self._first if step.by is None else self._administrators[step.by]
        refused = role_refusal(step.right, who.roles, who.rights)
        refused = refused or _all_refused(self._by_kind(step))
        if refused is None and isinstance(step, Update):
            self._handed_out[step.update].append(step.package)
        if refused is None and isinstance(step, SetSiteVersion):
            self._versions.append(step.set_site_version)
        return refused

    def _by_kind(self, step: Step) -> Iterator[Decision | None]:
        """Yield what becomes of a step under each state that the site may be in."""
        if isinstance(step, Deploy):
            for package in self._handed_out[step.deploy]:
                yield self._of_package(step.deploy, package)
        elif isinstance(step, Update):
            yield self._of_package(step.update, step.package)
        elif isinstance(step, RunScript):
            script = self._packages[step.run_script]
            yield script_refusal(script.kind, script.method)
        elif isinstance(step, SetClientSetting):
            for version in self._versions:
                yield setting_refusal(step.downlevel_client, version)

    def _of_package(self, policy: str, name: str) -> Decision | None:
        package = self._packages[name]
        return package_refusal(self._kinds[policy], package.kind, package.method)


def _all_refused(outcomes: Iterator[Decision | None]) -> Decision | None:
    """Return the first refusal where every outcome is one."""
    found = list(outcomes)
    return found[0] if found and all(found) else None
