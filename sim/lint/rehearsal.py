"""The one rehearsal that lint looks at: the run itself, without bad luck.

`Witness` follows it from step to step and notes, for each device that a policy reaches, what
prevents an attempt: it checks the same gates as the run. What lint says about time comes from here.
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
Deployments = Sequence[tuple[Deployment, Set[int]]]
"""Active deployments with their members, the earliest first."""
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
    """What prevents a device from onboarding on one way, from the first check on."""

    first: Obstacle
    """What refuses it first."""
    stood_until: dict[tuple[str, bool], Seconds]
    """By cause, and whether it is the plan's: until when it was there without a break."""
    still: set[tuple[str, bool]]
    """The causes that were there at the latest check."""


@dataclass(slots=True)
class Standing:
    """A device under the onboarding policy that reached it first."""

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
    """Every obstacle when the policy came."""
    history: list["Look"] = field(default_factory=list)
    """What stood in the way over time: one entry whenever it was something else than before."""
    left: tuple[Obstacle, ...] = ()
    """Every obstacle at the end."""
    cleared: Seconds | None = None
    """When the last obstacle was gone; None if there always was one."""


@dataclass(frozen=True, slots=True)
class Look:
    """What stood in the way of a device from one instant on."""

    since: Seconds
    after_step: int | None
    """The number of the step that had just come; None if the device changed by then."""
    obstacles: tuple[Obstacle, ...]


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
    """An offboarding policy that was deployed, and why members refuse its file."""

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
    """A script whose payload a policy undoes on some devices (UPD-4)."""

    reach: Reach
    policies: tuple[str, ...]
    devices: Numbers


@dataclass
class Overlap:
    """Two policies that reached the same devices at one time."""

    step: int
    """The step that caused it."""
    devices: set[int] = field(default_factory=set)
    deployments: set[tuple[str, int]] = field(default_factory=set)
    """The collections that both were deployed to, and by which steps."""


class Witness:
    """Follows the rehearsal and notes what the checks need; devices are numbers."""

    def __init__(self, scenario: Scenario) -> None:
        self.came: dict[int, Seconds] = {}
        """When each step of the plan came, carried out or refused."""
        self.standings: dict[int, Standing] = {}
        """Every device that an onboarding policy ever reached."""
        self.deployed: list[Reach] = []
        """The deployments of policies and scripts, in order of time."""
        self.offers: list[Offer] = []
        self.procedures: list[Procedure] = []
        self.reverts: list[Revert] = []
        self.overlaps: dict[tuple[str, str], Overlap] = {}
        """By the two policies that contradict each other, the earlier one first."""
        self.refused: dict[Way, dict[int, Refusal]] = {}
        """The devices that were refused on a way at each check, from its first deployment on, or
        from the start if a gate decides when that comes. All devices are checked, not only
        members."""
        self._plan = plan = scenario.plan
        self._gated = {
            way_of(step)
            for step, timing in zip(plan, step_timing(plan), strict=True)
            if timing == "gated" and isinstance(step, Deploy | RunScript)
        }
        self._kinds = {policy.name: policy.kind for policy in scenario.policies}
        self._packages = {package.name: package for package in scenario.packages}
        self._steps: dict[int, int] = {}
        """The step of each deployment, by its number."""
        self._scripts: set[tuple[str, str, Seconds]] = set()
        self._waiting: set[int] = set()
        self._last: tuple[int, Seconds] | None = None
        """The latest step, and when it came."""
        self._now: Seconds
        self._inspection: Inspection
        self._asked: dict[tuple[Way, int], tuple[Facts, tuple[Obstacle, ...]]]

    def before_step(self, number: int, now: Seconds, inspection: Inspection) -> None:
        """Note which devices have lost their last obstacle since the last step."""
        self._look(now, inspection, None)
        if self._last is not None and self._last[1] < now:
            self._note_overlaps(list(inspection.deployments(now)), self._last[0])
        for way in sorted(self._gated - self.refused.keys()):
            self._ask_all(way)
        if self._plan[number].concerns != "deployment":
            self._ask_again()

    def after_step(self, number: int, now: Seconds, inspection: Inspection) -> None:
        """Note what the step has changed: deployments, obstacles, policies that overlap."""
        self.came[number] = now
        self._look(now, inspection, number)
        step = self._plan[number]
        if step.concerns != "deployment":
            self._ask_again()
        if isinstance(step, Deploy | RunScript) and way_of(step) not in self.refused:
            self._ask_all(way_of(step))
        active = list(inspection.deployments(now))
        new = [(one, members) for one, members in active if one.number not in self._steps]
        for deployment, members in new:
            self._steps[deployment.number] = number
            reach = Reach(deployment.policy, deployment.collection, number, now, frozenset(members))
            self.deployed.append(reach)
            if self._kinds[deployment.policy] == "offboarding":
                self.offers.append(_offer(reach, inspection))
        self._meet(active)
        for policy in dict.fromkeys(deployment.policy for deployment, _ in new):
            if self._kinds[policy] == "onboarding":
                reached = [(one, members) for one, members in new if one.policy == policy]
                self._note_procedure(policy, reached, number)
        self._last = number, now
        self._note_scripts(active, number)

    def at_end(self, now: Seconds, inspection: Inspection) -> None:
        """Note the obstacles of each device at the end."""
        self._look(now, inspection, None)
        self._ask_again()
        active = list(inspection.deployments(now))
        self._meet(active)
        if self._last is not None:
            self._note_overlaps(active, self._last[0])
        for number, standing in self.standings.items():
            if not inspection.is_onboarded(number):
                _, standing.left = self._ask((ONBOARDING, standing.policy), number)

    def _look(self, now: Seconds, inspection: Inspection, step: int | None) -> None:
        """Begin to look at an instant; note who has no obstacle any more, and after which step."""
        self._now, self._inspection, self._asked = now, inspection, {}
        for number in list(self._waiting):
            standing = self.standings[number]
            _, obstacles = self._ask((ONBOARDING, standing.policy), number)
            if inspection.is_onboarded(number):
                obstacles = ()
            if _decisions(obstacles) != _decisions(standing.history[-1].obstacles):
                standing.history.append(Look(now, step, obstacles))
            if not obstacles:
                standing.cleared = now
                self._waiting.discard(number)

    def _ask(self, way: Way, number: int) -> tuple[Facts, tuple[Obstacle, ...]]:
        """Return what an attempt is decided from, and its obstacles; computed once an instant."""
        key = way, number
        if key not in self._asked:
            purpose, name = way
            look = self._inspection
            ask = look.script_facts if purpose == ONE_TIME_SCRIPT else look.facts
            facts = ask(number, name, self._now)
            self._asked[key] = facts, tuple(refusals(purpose, facts))
        return self._asked[key]

    def _ask_all(self, way: Way) -> None:
        """Note who is refused when a way is checked for the first time."""
        refused = self.refused[way] = {}
        if self._kinds.get(way[1]) == "offboarding":
            return
        for number in range(self._inspection.devices):
            if self._inspection.is_onboarded(number):
                continue
            _, obstacles = self._ask(way, number)
            if obstacles:
                causes = _causes(obstacles)
                refused[number] = Refusal(obstacles[0], dict.fromkeys(causes, self._now), causes)

    def _ask_again(self) -> None:
        """Note which obstacles of the devices refused so far are still there."""
        for way, refused in self.refused.items():
            for number, refusal in refused.items():
                if refusal.still:
                    _, obstacles = self._ask(way, number)
                    refusal.still &= _causes(obstacles)
                    refusal.stood_until.update(dict.fromkeys(refusal.still, self._now))

    def _meet(self, active: Deployments) -> None:
        """Note the devices that an onboarding policy reaches for the first time."""
        for deployment, members in active:
            if self._kinds[deployment.policy] == "onboarding":
                for number in members - self.standings.keys():
                    self._meet_device(number, deployment)

    def _meet_device(self, number: int, deployment: Deployment) -> None:
        facts, obstacles = self._ask((ONBOARDING, deployment.policy), number)
        is_onboarded = self._inspection.is_onboarded(number)
        self.standings[number] = Standing(
            policy=deployment.policy,
            step=self._steps[deployment.number],
            since=self._now,
            facts=facts,
            site_version=self._inspection.site_version(self._now),
            was_onboarded=is_onboarded,
            obstacles=() if is_onboarded else obstacles,
            history=[Look(self._now, None, obstacles)],
        )
        if obstacles and not is_onboarded:
            self._waiting.add(number)

    def _note_procedure(self, policy: str, reached: Deployments, step: int) -> None:
        """Note which members of a new deployment take the MMA route."""
        on_mma = set()
        for number in Numbers().union(*(members for _, members in reached)):
            facts, _ = self._ask((ONBOARDING, policy), number)
            if facts.route.route == "mma" and decide(ONBOARDING, facts, ADMIT) is None:
                on_mma.add(number)
        collections = tuple(deployment.collection for deployment, _ in reached)
        workspace = self._inspection.workspace(policy, self._now)
        self.procedures.append(Procedure(step, policy, collections, frozenset(on_mma), workspace))

    def _note_overlaps(self, active: Deployments, step: int) -> None:
        """Note which policies contradict each other after the last step of a second."""
        for (one, some), (other, others) in combinations(active, 2):
            kinds = {self._kinds[one.policy], self._kinds[other.policy]}
            if one.policy != other.policy and kinds != {"offboarding"} and some & others:
                overlap = self.overlaps.setdefault((one.policy, other.policy), Overlap(step))
                overlap.devices |= some & others
                overlap.deployments |= {
                    (each.collection, self._steps[each.number]) for each in (one, other)
                }

    def _note_scripts(self, active: Deployments, step: int) -> None:
        """Note new scripts, with the policies that reach their devices with another payload."""
        for script, members in self._inspection.scripts(self._now):
            key = script.package, script.collection, script.since
            if key in self._scripts:
                continue
            self._scripts.add(key)
            reach = Reach(script.package, script.collection, step, self._now, frozenset(members))
            self.deployed.append(reach)
            others: dict[str, Numbers] = {}
            for deployment, reached in active:
                policy = deployment.policy
                payload = self._inspection.package(policy, self._now).payload_name
                is_other = payload != self._packages[script.package].payload_name
                if self._kinds[policy] == "onboarding" and members & reached and is_other:
                    others[policy] = others.get(policy, Numbers()) | (members & reached)
            if others:
                devices = Numbers().union(*others.values())
                self.reverts.append(Revert(reach, tuple(others), devices))


def _decisions(obstacles: tuple[Obstacle, ...]) -> tuple[Decision, ...]:
    return tuple(decision for _, decision in obstacles)


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
