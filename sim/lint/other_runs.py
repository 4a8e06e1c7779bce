"""What is the same in every run of a scenario, and which devices never onboard in any.

Another run has the same fleet and the same plan. Chance differs, so steps behind gates come at
other times or not at all, and devices are slower or faster. What this module says is true in
each of these runs; if that is in doubt, it says nothing.
"""

from collections import defaultdict
from collections.abc import Mapping, Set
from functools import cache, cached_property

from sim.kernel.collections import CHANGING_TRAITS
from sim.language.query import may_match
from sim.lint.analysis import Analysis
from sim.lint.rehearsal import Numbers, Overlap, Refusal, Way, step_timing, way_of
from sim.reference.attempts import ONBOARDING
from sim.reference.causes import CAUSE_TABLE
from sim.scenario.steps import (
    Deploy,
    Patch,
    Pause,
    RunScript,
    SetClientSetting,
    SetClientVersion,
    Step,
)
from sim.scenario.values import references
from sim.units import Seconds

_NOBODY = Numbers()


class OtherRuns:
    """All runs in which the gates of the steps *shut* stay closed."""

    def __init__(self, analysis: Analysis, shut: Set[int]) -> None:
        self.shut = frozenset(shut)
        self._analysis = analysis
        self._scenario = analysis.scenario
        self._records = analysis.prepared.device_table.devices
        self.everybody = frozenset(range(len(analysis.devices)))
        self._timing = step_timing(self._scenario.plan, shut)
        stops = [
            step.otherwise.after
            for number, step in enumerate(self._scenario.plan)
            if number not in shut and step.otherwise is not None and step.otherwise.do == "stop"
        ]
        self._may_stop: Seconds | None = min(stops, default=None)
        """When another run may stop the plan at the earliest; None where none does."""
        self.kept_out = cache(self._kept_out)
        self.may_belong = cache(self._find_members)
        self.ways = cache(self._find_ways)
        self.reached_by = cache(self._find_reached)

    # The plan in other runs

    def _comes(self, number: int, until: Seconds) -> bool:
        """Say whether a step may come up to *until* in any run."""
        came, timing = self._analysis.witness.came.get(number), self._timing[number]
        if timing == "fixed":
            return self._may_stop is not None if came is None else came <= until
        return timing == "gated"

    def is_sure(self, number: int) -> bool:
        """Say whether a step comes in every run at the time at which it came in the rehearsal."""
        is_there = number in self._analysis.witness.came
        return is_there and self._timing[number] == "fixed" and not self._may_differ(number)

    def _may_differ(self, number: int) -> bool:
        """Say whether a step may come at another time in another run, or only there, or not."""
        came, timing = self._analysis.witness.came.get(number), self._timing[number]
        if timing == "fixed" and self._may_stop is not None:
            return came is None or came > self._may_stop
        return timing == "gated"

    def _differs(self, *concerns: str) -> bool:
        """Say whether a step that may differ concerns any of these."""
        plan = enumerate(self._scenario.plan)
        return any(step.concerns in concerns and self._may_differ(number) for number, step in plan)

    @cached_property
    def _is_settled(self) -> bool:
        """Whether the conditions to onboard change at the same times in every run."""
        names = [setting.collection for setting in self._scenario.client_settings]
        workload = self._scenario.site.endpoint_protection_workload
        names += [] if isinstance(workload, str) else [workload.pilot]
        return not self._differs("conditions") and all(map(self._is_steady, names))

    # Who is in which collection, and who is reached

    @cached_property
    def patched(self) -> frozenset[str]:
        """The traits that steps or the support desk set."""
        desk = self._scenario.support_desk
        repaired = {CAUSE_TABLE[cause].trait for cause in (desk.repairs if desk else ())}
        patches = (step.patch for step in self._scenario.plan if isinstance(step, Patch))
        return frozenset(repaired).union(*patches)

    @cached_property
    def _unsteady(self) -> Set[str]:
        """The collections whose members may differ between runs."""
        membership = self._analysis.prepared.membership
        linked = {one.name: {*one.depends_on} for one in self._scenario.collections}
        uncertain = CHANGING_TRAITS | self.patched
        found = {name for name in linked if membership.asks_for(name) & uncertain}
        for number, step in enumerate(self._scenario.plan):
            if step.right == "collections":
                names = _collections(step)
                for name in names:
                    linked[name] |= names
                found |= names if self._may_differ(number) else set()
        while more := {name for name in linked if linked[name] & found} - found:
            found |= more
        return found

    def _is_steady(self, collection: str) -> bool:
        return collection not in self._unsteady

    def _find_members(self, collection: str) -> Numbers:
        """Return the devices that may ever be members of a collection."""
        if self._is_steady(collection):
            return self._analysis.ever_members[collection]
        prepared, declared = self._analysis.prepared, self._scenario.collections
        query = prepared.membership.query(collection)
        includes = any(one.include for one in declared if one.name == collection) or any(
            step.right == "collections" and collection in _collections(step)
            for step in self._scenario.plan
        )
        if query is None or includes:
            return self.everybody
        unknown = CHANGING_TRAITS | self.patched
        return frozenset(
            number
            for number, device in enumerate(prepared.fleet.devices)
            if may_match(query.node, prepared.fleet.traits_of(device), unknown) is not False
        )

    def always_belongs(self, number: int, collection: str) -> bool:
        """Say whether a device is a member from the start to the end in every run."""
        is_first = number in self._analysis.prepared.members[collection]
        has_left = (number, collection) in self._left
        return self._is_steady(collection) and is_first and not has_left

    @cached_property
    def _left(self) -> Set[tuple[int, str]]:
        return {(row.device, row.collection) for row in self._analysis.rows("member_removed")}

    def _find_ways(self, until: Seconds) -> Mapping[Way, Numbers]:
        """Return how devices may be onboarded or offboarded up to *until*, and which devices."""
        refused = {
            row.step
            for row in self._analysis.rows("step_refused")
            if row.cause == "role_missing" or self._is_settled
        }
        found: dict[Way, Numbers] = defaultdict(Numbers)
        for one in self._analysis.steps:
            is_refused = one.name in refused and self._timing[one.number] == "fixed"
            may_come = self._comes(one.number, until) and not is_refused
            if isinstance(one.step, Deploy | RunScript) and may_come:
                for name in sorted(_collections(one.step)):
                    found[way_of(one.step)] |= self.may_belong(name)
        return found

    def _find_reached(self, until: Seconds, purpose: str) -> Numbers:
        """Return the devices that policies, or scripts, may reach up to *until*."""
        found = (numbers for way, numbers in self.ways(until).items() if way[0] == purpose)
        return _NOBODY.union(*found)

    @cached_property
    def reached_from(self) -> dict[int, Seconds]:
        """When a policy reaches each device at the earliest in any run."""
        found: dict[int, Seconds] = {}
        for one in self._analysis.steps:
            if isinstance(one.step, Deploy) and self._comes(one.number, self._scenario.horizon):
                came = one.came if self._timing[one.number] == "fixed" else 0
                for name in one.step.to:
                    for number in self.may_belong(name):
                        found[number] = min(came or 0, found.get(number, self._scenario.horizon))
        return found

    @cached_property
    def _offboarded(self) -> Numbers:
        """The devices that an offboarding policy may reach."""
        ways = self.ways(self._scenario.horizon).items()
        return _NOBODY.union(*(numbers for way, numbers in ways if not self._is_onboarding(way)))

    @cached_property
    def sure_since(self) -> dict[int, dict[str, Seconds]]:
        """Since when a policy reaches a device in every run, to the end: by device and policy."""
        found: dict[int, dict[str, Seconds]] = defaultdict(dict)
        if self._differs("reach", "conditions"):
            return found
        lost = {row.device for row in self._analysis.rows("untargeted")}
        for one in self._analysis.witness.deployed:
            if isinstance(self._scenario.plan[one.step], Deploy) and self.is_sure(one.step):
                for number in one.members - lost:
                    if self.always_belongs(number, one.collection):
                        found[number].setdefault(one.what, one.since)
        return found

    def is_certain_overlap(self, overlap: Overlap) -> bool:
        """Say whether two policies reach the same devices in every run."""
        pauses = any(isinstance(step, Pause) for step in self._scenario.plan)
        return not (pauses or self._differs("reach", "conditions")) and all(
            self._is_steady(collection) and self.is_sure(step)
            for collection, step in overlap.deployments
        )

    # Which devices never onboard

    def _kept_out(self, until: Seconds, of_plan: bool = False) -> Numbers:
        """Return the devices that are not onboarded up to *until* in any run.

        Something refuses them on each way on which the plan may reach them, and no step, no
        technician and no chance removes it before; or no way reaches them at all; or they are
        never switched on. With *of_plan*, the plan itself is the reason on each way.
        """
        analysis = self._analysis
        onboarded = {number for number, time in analysis.first_onboarded.items() if time <= until}
        found = set(self.everybody - analysis.onboarded_at_start - onboarded)
        lost = found & self._lost if not of_plan else set()
        reached: set[int] = set()
        for way, numbers in self.ways(until).items():
            if numbers and self._is_onboarding(way):
                reached |= numbers
                refused = analysis.witness.refused.get(way, {}) if self._is_settled else {}
                found -= {
                    number
                    for number in numbers & found
                    if number not in refused
                    or not self._stands(number, refused[number], until, of_plan)
                }
        return frozenset(found & reached if of_plan else found | lost)

    def _is_onboarding(self, way: Way) -> bool:
        return way[0] != ONBOARDING or self._analysis.policies[way[1]].kind == "onboarding"

    def _stands(self, number: int, refusal: Refusal, until: Seconds, of_plan: bool) -> bool:
        """Say whether any cause prevents a device from onboarding up to *until* in every run."""
        return any(
            since_then >= until
            and (is_of_plan or not of_plan)
            and not self._may_vanish(number, cause, until)
            for (cause, is_of_plan), since_then in refusal.stood_until.items()
        )

    def _may_vanish(self, number: int, cause: str, until: Seconds) -> bool:
        """Say whether a cause may be gone in another run that was there in the rehearsal."""
        desk, trait = self._scenario.support_desk, CAUSE_TABLE[cause].trait
        if (desk is not None and cause in desk.repairs) or trait in _BY_CHANCE:
            return True
        if cause in _OF_ONBOARDED and number in self._offboarded:
            return True
        return any(
            number in devices and (traits is None or trait in traits)
            for step, traits, devices in self.delayed
            if self._comes(step, until)
        )

    @cached_property
    def delayed(self) -> list[tuple[int, Set[str] | None, Numbers]]:
        """The steps that take their time on each device: number, traits, devices.

        If the traits are None, the step may fix anything.
        """
        found: list[tuple[int, Set[str] | None, Numbers]] = []
        for number, step in enumerate(self._scenario.plan):
            names = _collections(step) if step.concerns == "conditions" else set()
            if names and not (isinstance(step, SetClientVersion) and not self._has_mde_setting):
                traits = {*step.patch} if isinstance(step, Patch) else None
                narrow = traits if traits is not None and traits <= _OF_ONE_CAUSE else None
                devices = _NOBODY.union(*map(self.may_belong, sorted(names)))
                found.append((number, narrow, devices))
        return found

    @cached_property
    def _has_mde_setting(self) -> bool:
        """Whether any client setting says MDE client at any time: then versions matter (DWN-3)."""
        plan = self._scenario.plan
        later = [s.downlevel_client for s in plan if isinstance(s, SetClientSetting)]
        first = [setting.downlevel_client for setting in self._scenario.client_settings]
        return "mde_client" in (*first, *later)

    @cached_property
    def _lost(self) -> Set[int]:
        """The devices that receive no policy: always off, or with a client that stays broken."""
        if not self._is_settled or "client" in self.patched:
            return set()
        devices = enumerate(self._analysis.devices)
        broken = {number for number, device in devices if device.client != "active"}
        return self.never_on | (set() if self._analysis.has_chance else broken)

    @cached_property
    def never_on(self) -> Numbers:
        """The devices that are off from the start, and that no step may switch on (FLT-7)."""
        patches = (step for step in self._scenario.plan if isinstance(step, Patch))
        names = {name for patch in patches if "presence" in patch.patch for name in patch.on}
        off = (n for n, device in enumerate(self._analysis.devices) if device.presence == "off")
        return Numbers(off).difference(*map(self.may_belong, sorted(names)))

    @cached_property
    def changed(self) -> Numbers:
        """The devices that retire, or that a step or a technician changes."""
        retire = {n for n, record in enumerate(self._records) if record.retires is not None}
        return frozenset(retire | {row.device for row in self._analysis.rows("remediated")})


_BY_CHANCE = ("client", "restart_pending")
"""The traits that are fixed without a step: by chance, by time, by a restart."""
_OF_ONE_CAUSE = {"location", "chassis", "presence"} | {
    cause.trait for cause in CAUSE_TABLE.values()
} - {"", "client", "agent_version"}
"""The traits that no cause depends on, or only one of their own."""
_OF_ONBOARDED = ("other_organization", "payload_not_eligible", "agent_outdated")
"""The causes that an offboarding removes: with the organization, the payload, the agent."""


def _collections(step: Step) -> set[str]:
    """Return the collections that a step names."""
    found: set[str] = set()
    for key in references(type(step), "collections"):
        value = getattr(step, key.attribute)
        found |= {value} if isinstance(value, str) else {*value}
    return found
