"""The one rehearsal that lint looks at: the run itself, without bad luck.

`Witness` follows it from step to step and asks, for each device that a policy reaches, what stands
in the way of an attempt: the same gates that the run asks. What lint says of time comes from here.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from itertools import combinations

from sim.kernel.inspection import Inspection
from sim.kernel.site import Deployment
from sim.reference.attempts import (
    ADMIT,
    OFFBOARDING,
    ONBOARDING,
    ONE_TIME_SCRIPT,
    Facts,
    Gate,
    decide,
    refusals,
)
from sim.reference.decisions import Decision
from sim.scenario.model import Package, Scenario
from sim.scenario.steps import Deploy, RunScript, Step, parse_after
from sim.units import Seconds

Obstacle = tuple[Gate, Decision]
"""A gate that refuses a device, and why."""
Numbers = frozenset[int]
Way = tuple[str, str]
"""How a device may be onboarded: the purpose of the attempt, and the policy or the package."""


def step_timing(plan: Sequence[Step], shut: Set[int] = frozenset()) -> tuple[str, ...]:
    """Return for each step whether its time is `fixed`, `gated`, or whether it comes `never`.

    A fixed time is written in the plan; a gated step waits for a gate, its own or that of a step
    before it. *shut* are the steps whose gates never open: such a step comes when its time is
    over, or never.
    """
    by_name = {step.name: number for number, step in enumerate(plan) if step.name}

    def timing(number: int) -> str:
        step = plan[number]
        if step.after is not None:
            return timing(by_name[parse_after(step.after)[0]])
        if step.when is None:
            return "fixed"
        if number not in shut:
            return "gated"
        proceeds = step.otherwise is not None and step.otherwise.do == "proceed"
        return "fixed" if proceeds else "never"

    return tuple(timing(number) for number in range(len(plan)))


@dataclass(slots=True)
class Refusal:
    """What keeps a device from being onboarded on one way, from the first question on."""

    first: Obstacle
    """What refuses it first."""
    stood_until: dict[tuple[str, bool], Seconds]
    """By cause, and whether the plan is at fault: the last time up to which it always stood."""
    still: set[tuple[str, bool]]
    """The causes that stood at the latest question."""


@dataclass(slots=True)
class Standing:
    """How a device stands under the onboarding policy that reached it first."""

    policy: str
    step: int
    """The number of the step that deployed it."""
    since: Seconds
    facts: Facts
    """What an attempt was decided from when the policy came."""
    site_version: str
    """The version of the site when the policy came."""
    was_onboarded: bool
    """Whether the device was onboarded when the policy came."""
    obstacles: tuple[Obstacle, ...]
    """All that stood in the way when the policy came."""
    left: tuple[Obstacle, ...] = ()
    """All that stands in the way at the end."""
    cleared: Seconds | None = None
    """When nothing stood in the way any more; None where something always did."""
    cleared_by: int | None = None
    """The number of the step that cleared the way at that instant, if one did."""

    @property
    def at_first(self) -> tuple[Decision, ...]:
        """Why it was refused when the policy came."""
        return tuple(decision for _, decision in self.obstacles)


@dataclass(frozen=True, slots=True)
class Reach:
    """One deployment of a policy, or of a script, when its step came."""

    what: str
    """The policy, or the script's package."""
    collection: str
    step: int
    since: Seconds
    members: Numbers


@dataclass(frozen=True, slots=True)
class Offer:
    """An offboarding policy that was deployed, with what its file meets on each member."""

    reach: Reach
    package: Package
    refused: dict[int, tuple[Decision, ...]]


@dataclass(frozen=True, slots=True)
class Procedure:
    """What an onboarding deployment needs: the procedure of its members' agents (COL-1)."""

    step: int
    policy: str
    collections: tuple[str, ...]
    on_mma: Numbers
    """Members that take the MMA route."""
    workspace: str
    """The condition of the policy's workspace values."""


@dataclass(frozen=True, slots=True)
class Revert:
    """A script whose payload a policy takes back on some devices (UPD-4)."""

    reach: Reach
    policies: tuple[str, ...]
    devices: Numbers


@dataclass
class Overlap:
    """Two policies that reached the same devices at one time."""

    step: int
    """The step that brought it about."""
    devices: set[int] = field(default_factory=set)
    deployments: set[tuple[str, int]] = field(default_factory=set)
    """The collections that both were deployed to, and by which steps."""


@dataclass
class Witness:
    """Follows the rehearsal and notes what its checks ask for; devices are numbers."""

    scenario: Scenario
    came: dict[int, Seconds] = field(default_factory=dict)
    """When each step of the plan came, carried out or refused."""
    standings: dict[int, Standing] = field(default_factory=dict)
    """Every device that an onboarding policy ever reached."""
    deployed: list[Reach] = field(default_factory=list)
    """The deployments of policies and scripts, in order of time."""
    offers: list[Offer] = field(default_factory=list)
    procedures: list[Procedure] = field(default_factory=list)
    reverts: list[Revert] = field(default_factory=list)
    overlaps: dict[tuple[str, str], Overlap] = field(default_factory=dict)
    """By two policies that contradict each other, the earlier first."""
    refused: dict[Way, dict[int, Refusal]] = field(default_factory=dict)
    """The devices that were refused on a way whenever it was asked, from its first deployment on;
    from the start where a gate decides when that comes. Any device is asked, member or not."""

    def __post_init__(self) -> None:
        plan = self.scenario.plan
        self._gated = {
            way_of(step) for step, timing in zip(plan, step_timing(plan), strict=True)
            if timing == "gated" and isinstance(step, Deploy | RunScript)
        }  # fmt: skip
        self._kinds = {policy.name: policy.kind for policy in self.scenario.policies}
        self._steps: dict[int, int] = {}
        self._asked: dict[tuple[Way, int], tuple[Facts, tuple[Obstacle, ...]]] = {}
        self._scripts: set[tuple[str, str, Seconds]] = set()
        self._waiting: set[int] = set()

    def before_step(self, number: int, now: Seconds, inspection: Inspection) -> None:
        """Note whose way has become clear since the last step, by itself."""
        self._asked.clear()
        self._recheck(now, inspection, None)
        for way in sorted(self._gated - self.refused.keys()):
            self._ask_all(way, now, inspection)
        if self.scenario.plan[number].concerns == "conditions":
            self._ask_again(now, inspection)

    def after_step(self, number: int, now: Seconds, inspection: Inspection) -> None:
        """Note what the step has changed: deployments, devices in the way of each other."""
        self.came[number] = now
        self._asked.clear()
        self._recheck(now, inspection, number)
        step = self.scenario.plan[number]
        if step.concerns == "conditions":
            self._ask_again(now, inspection)
        if isinstance(step, Deploy | RunScript) and way_of(step) not in self.refused:
            self._ask_all(way_of(step), now, inspection)
        active = list(inspection.deployments(now))
        new = [(one, members) for one, members in active if one.number not in self._steps]
        for one, members in new:
            self._steps[one.number] = number
            reach = Reach(one.policy, one.collection, number, now, frozenset(members))
            self.deployed.append(reach)
            if self._kinds[one.policy] == "offboarding":
                self.offers.append(_offer(reach, inspection))
        self._meet(active, now, inspection)
        for policy in dict.fromkeys(one.policy for one, _ in new):
            if self._kinds[policy] == "onboarding":
                reached = [(one, members) for one, members in new if one.policy == policy]
                self._note_procedure(policy, reached, number, now, inspection)
        self._note_overlaps(active, number)
        self._note_scripts(active, number, now, inspection)

    def at_end(self, now: Seconds, inspection: Inspection) -> None:
        """Note what is left in the way of each device at the end."""
        self._asked.clear()
        self._recheck(now, inspection, None)
        self._ask_again(now, inspection)
        self._meet(list(inspection.deployments(now)), now, inspection)
        for number, standing in self.standings.items():
            if not inspection.is_onboarded(number):
                way = ONBOARDING, standing.policy
                _, standing.left = self._ask(way, number, now, inspection)

    def _meet(
        self,
        active: list[tuple[Deployment, Set[int]]],
        now: Seconds,
        inspection: Inspection,
    ) -> None:
        """Take in the devices that an onboarding policy reaches for the first time."""
        for one, members in active:
            if self._kinds[one.policy] == "onboarding":
                for number in members - self.standings.keys():
                    self._take_in(number, one, now, inspection)

    def _take_in(
        self, number: int, deployment: Deployment, now: Seconds, inspection: Inspection
    ) -> None:
        facts, obstacles = self._ask((ONBOARDING, deployment.policy), number, now, inspection)
        is_onboarded = inspection.is_onboarded(number)
        self.standings[number] = Standing(
            policy=deployment.policy,
            step=self._steps[deployment.number],
            since=now,
            facts=facts,
            site_version=inspection.site_version(now),
            was_onboarded=is_onboarded,
            obstacles=() if is_onboarded else obstacles,
        )
        if obstacles and not is_onboarded:
            self._waiting.add(number)

    def _recheck(self, now: Seconds, inspection: Inspection, step: int | None) -> None:
        for number in list(self._waiting):
            standing = self.standings[number]
            _, obstacles = self._ask((ONBOARDING, standing.policy), number, now, inspection)
            if inspection.is_onboarded(number) or not obstacles:
                standing.cleared, standing.cleared_by = now, step
                self._waiting.discard(number)

    def _ask(
        self, way: Way, number: int, now: Seconds, inspection: Inspection
    ) -> tuple[Facts, tuple[Obstacle, ...]]:
        """Ask what an attempt is decided from, and all that refuses it; once for each step."""
        key = way, number
        if key not in self._asked:
            purpose, name = way
            ask = inspection.script_facts if purpose == ONE_TIME_SCRIPT else inspection.facts
            facts = ask(number, name, now)
            self._asked[key] = facts, tuple(refusals(purpose, facts))
        return self._asked[key]

    def _ask_all(self, way: Way, now: Seconds, inspection: Inspection) -> None:
        """Ask for the first time who is refused on a way."""
        refused = self.refused[way] = {}
        if self._kinds.get(way[1]) == "offboarding":
            return
        for number in range(inspection.devices):
            if inspection.is_onboarded(number):
                continue
            _, obstacles = self._ask(way, number, now, inspection)
            if obstacles:
                causes = _causes(obstacles)
                refused[number] = Refusal(obstacles[0], dict.fromkeys(causes, now), causes)

    def _ask_again(self, now: Seconds, inspection: Inspection) -> None:
        """Ask those that were refused so far what still stands in their way."""
        for way, refused in self.refused.items():
            for number, one in refused.items():
                if one.still:
                    _, obstacles = self._ask(way, number, now, inspection)
                    one.still &= _causes(obstacles)
                    one.stood_until.update(dict.fromkeys(one.still, now))

    def _note_procedure(
        self,
        policy: str,
        reached: list[tuple[Deployment, Set[int]]],
        step: int,
        now: Seconds,
        inspection: Inspection,
    ) -> None:
        """Note which members of a new deployment take the MMA route."""
        members = frozenset[int]().union(*(numbers for _, numbers in reached))
        on_mma = set()
        for number in members:
            facts, _ = self._ask((ONBOARDING, policy), number, now, inspection)
            if facts.route.route == "mma" and decide(ONBOARDING, facts, ADMIT) is None:
                on_mma.add(number)
        collections = tuple(one.collection for one, _ in reached)
        workspace = inspection.workspace(policy, now)
        self.procedures.append(Procedure(step, policy, collections, frozenset(on_mma), workspace))

    def _note_overlaps(self, active: list[tuple[Deployment, Set[int]]], step: int) -> None:
        for (one, some), (other, others) in combinations(active, 2):
            kinds = {self._kinds[one.policy], self._kinds[other.policy]}
            if one.policy != other.policy and kinds != {"offboarding"} and some & others:
                overlap = self.overlaps.setdefault((one.policy, other.policy), Overlap(step))
                overlap.devices |= some & others
                overlap.deployments |= {
                    (each.collection, self._steps[each.number]) for each in (one, other)
                }

    def _note_scripts(
        self,
        active: list[tuple[Deployment, Set[int]]],
        step: int,
        now: Seconds,
        inspection: Inspection,
    ) -> None:
        """Note new scripts, with the policies that reach their devices with another payload."""
        packages = {package.name: package for package in self.scenario.packages}
        for script, members in inspection.scripts(now):
            key = script.package, script.collection, script.since
            if key in self._scripts:
                continue
            self._scripts.add(key)
            reach = Reach(script.package, script.collection, step, now, frozenset(members))
            self.deployed.append(reach)
            payload = packages[script.package].payload_name
            others = [
                (one.policy, members & reached)
                for one, reached in active
                if self._kinds[one.policy] == "onboarding"
                and members & reached
                and inspection.package(one.policy, now).payload_name != payload
            ]
            if others:
                policies = tuple(dict.fromkeys(policy for policy, _ in others))
                devices = frozenset[int]().union(*(numbers for _, numbers in others))
                self.reverts.append(Revert(reach, policies, devices))


def way_of(step: Deploy | RunScript) -> Way:
    """Return on which way a step lets devices be onboarded."""
    if isinstance(step, RunScript):
        return ONE_TIME_SCRIPT, step.run_script
    return ONBOARDING, step.deploy


def _causes(obstacles: tuple[Obstacle, ...]) -> set[tuple[str, bool]]:
    return {(decision.cause, gate.is_of_plan) for gate, decision in obstacles}


def _offer(reach: Reach, inspection: Inspection) -> Offer:
    refused = {}
    for number in reach.members:
        facts = inspection.facts(number, reach.what, reach.since)
        found = tuple(decision for _, decision in refusals(OFFBOARDING, facts))
        if found:
            refused[number] = found
    return Offer(reach, inspection.package(reach.what, reach.since), refused)
