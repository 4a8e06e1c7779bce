"""The time that devices spend in each stage until their first report, read from the log.

From the second in which a deployment reaches a device until the console shows it as onboarded, the
device is in exactly one stage: stages do not overlap and leave no gap (`STAGES` defines them).
Devices that were onboarded before the start, or are never eligible, have no stages; nor has an
offboarding policy. A device that completes a stage in the second in which it begins counts, too,
with no time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sim.eventlog import PLAN, EventLog
from sim.measures.device_table import DeviceTable
from sim.reference.routes import ROUTE_OF_RULE
from sim.units import Seconds

STAGES = (
    "collection",
    "poll",
    "evaluation",
    "content",
    "window",
    "install",
    "registration",
    "retry",
    "restart",
    "report",
)
"""The stages in the order in which a device meets them:

- collection: from joining the fleet, or from the first second of the deployment if that is later,
  to `targeted`, for a device that the collection added only at an evaluation (TIM-4).
- poll: from `targeted` to `policy_received` (TIM-1), the time off or without a client included.
- evaluation: from `policy_received` to the first `policy_evaluated` (TIM-2).
- content: from the `policy_evaluated` that needs an agent to `content_downloaded`.
- window: from `content_downloaded`, or from `policy_evaluated` when the content is there already,
  to `install_started`, when that row says that the device waits for a maintenance window (TIM-5).
- install: from the second in which the installer could run to `agent_installed`, including failed
  attempts, the waits between them and the time off.
- registration: from `policy_applied` to `onboarded`: the service starts and registers.
- retry: from `policy_failed`, `onboarding_failed` or a conflict of policies to the next
  `policy_evaluated` (TIM-2).
- restart: from the `install_failed` that names a pending restart to `restarted` (FLT-4); on an
  onboarded device from `payload_received` or `payload_reverted`, or from its first report where
  that comes later, to `payload_applied` (UPD-1).
- report: from `onboarded` to the first `reported` after it (TIM-3).
"""

_NOWHERE = ""
_FOR_AGENT = frozenset(("content", "window", "install", "restart"))
_NOT_ELIGIBLE = frozenset(
    ("subscription_missing", "not_managed", "os_not_supported", "os_out_of_support")
)


class Stay(NamedTuple):
    """One device in one stage."""

    device: int
    stage: str
    start: Seconds
    end: Seconds | None
    """When the stage ended; None when the device is still in it at the horizon."""


class JourneyEvent(NamedTuple):
    """One row of the log in words, without its device and time."""

    event: str
    cause: str
    rule: str
    policy: str
    collection: str


class Journey:
    """One device's way through the stages, up to the last row.

    *kinds* holds the kind of each policy; *first* the time at which each pair of policy and
    collection first reached a device [s].
    """

    def __init__(
        self,
        device: int,
        kinds: Mapping[str, str],
        first: Mapping[tuple[str, str], Seconds],
        *,
        is_onboarded: bool,
    ) -> None:
        self.device = device
        self.is_onboarded = is_onboarded
        self.stays: list[Stay] = []
        self.stage = _NOWHERE
        self.since: Seconds = 0
        self.deployments: set[tuple[str, str]] = set()
        self.added: dict[str, Seconds] = {}
        """When each collection last added the device."""
        self.route = ""
        self.contents: set[str] = set()
        """The routes whose agent has been downloaded."""
        self.payload_waits = False
        """Whether a payload waits for a restart while the first report is still to come."""
        self._kinds = kinds
        self._first = first

    @property
    def is_under_way(self) -> bool:
        """Whether the device is in a stage that comes before onboarding."""
        return bool(self.stage) and not self.is_onboarded

    def enter(self, stage: str, time: Seconds, is_complete: bool = False) -> None:
        """Go from the current stage to another, or to _NOWHERE.

        A stage that took no time is recorded only if it is complete: a device that is refused in
        the second in which it would need an agent has not fetched one.
        """
        if stage == self.stage:
            return
        if self.stage and (time > self.since or is_complete):
            self.stays.append(Stay(self.device, self.stage, self.since, time))
        self.stage, self.since = stage, time

    def step(self, time: Seconds, row: JourneyEvent) -> None:
        """Move on by one row.

        Rows of offboarding policies are skipped. So are rows that say which devices a script
        reaches: a script does not onboard a device that waits for a policy.
        """
        if row.rule == "UPD-9" and row.event in ("targeted", "untargeted"):
            return
        if row.event in _OF_ANY_POLICY or self._kinds.get(row.policy, "onboarding") == "onboarding":
            STEPS[row.event](self, time, row)

    def _joined(self, time: Seconds, row: JourneyEvent) -> None:
        if row.cause == "awaiting_collection" and not self.is_onboarded:
            self.enter("collection", time)

    def _member_added(self, time: Seconds, row: JourneyEvent) -> None:
        self.added[row.collection] = time

    def _targeted(self, time: Seconds, row: JourneyEvent) -> None:
        pair = (row.policy, row.collection)
        self.deployments.add(pair)
        if self._kinds[row.policy] != "onboarding" or self.is_onboarded:
            return
        if self.stage == "collection":
            if self.added.get(row.collection) == time:
                self.since = max(self.since, self._first[pair])
            else:
                self.stage = _NOWHERE
        if self.stage in (_NOWHERE, "collection"):
            self.enter("poll", time)

    def _untargeted(self, time: Seconds, row: JourneyEvent) -> None:
        self.deployments.discard((row.policy, row.collection))
        if "onboarding" not in self._policy_kinds() and not self.is_onboarded:
            self.enter(_NOWHERE, time)

    def _retired(self, time: Seconds, row: JourneyEvent) -> None:
        if self.stage == "collection":
            self.stage = _NOWHERE
        self.enter(_NOWHERE, time)

    def _received(self, time: Seconds, row: JourneyEvent) -> None:
        if self.stage == "poll":
            self.enter("evaluation", time, is_complete=True)

    def _evaluated(self, time: Seconds, row: JourneyEvent) -> None:
        """The route is decided again; the stages of the same agent continue."""
        if not self.is_under_way:
            return
        before, self.route = self.route, ROUTE_OF_RULE.get(row.rule, "none")
        needs_agent = self.route in ("mde_client", "mma")
        if needs_agent and self.stage in _FOR_AGENT and self.route == before:
            return
        if not needs_agent:
            stage = "registration"
        elif row.cause == "awaiting_maintenance_window":
            stage = "window"
        else:
            stage = "install" if self.route in self.contents else "content"
        self.enter(stage, time, is_complete=self.stage in ("evaluation", "retry"))

    def _downloaded(self, time: Seconds, row: JourneyEvent) -> None:
        self.contents.add(ROUTE_OF_RULE.get(row.rule, "none"))
        if self.stage == "content":
            waits = row.cause == "awaiting_maintenance_window"
            self.enter("window" if waits else "install", time, is_complete=True)

    def _install_started(self, time: Seconds, row: JourneyEvent) -> None:
        if self.is_under_way and self.stage != "restart":
            self.enter("install", time, is_complete=self.stage == "window")

    def _install_failed(self, time: Seconds, row: JourneyEvent) -> None:
        if self.is_under_way:
            needs_restart = row.cause == "restart_pending"
            self.enter("restart" if needs_restart else "install", time)

    def _restarted(self, time: Seconds, row: JourneyEvent) -> None:
        if self.is_under_way and self.stage == "restart":
            self.enter("install", time, is_complete=True)

    def _applied(self, time: Seconds, row: JourneyEvent) -> None:
        if self.is_under_way:
            self.enter("registration", time, is_complete=row.event == "agent_installed")

    def _failed(self, time: Seconds, row: JourneyEvent) -> None:
        if not self.is_under_way:
            return
        if row.cause in _NOT_ELIGIBLE:
            self.enter(_NOWHERE, time)
        else:
            self.enter("retry", time)

    def _conflict(self, time: Seconds, row: JourneyEvent) -> None:
        """A conflict holds a device back only while policies of both kinds reach it (POL-5)."""
        if self.is_under_way and len(self._policy_kinds()) > 1:
            self.enter("retry", time)

    def _onboarded(self, time: Seconds, row: JourneyEvent) -> None:
        self.is_onboarded = True
        self.enter("report", time, is_complete=self.stage == "registration")

    def _reported(self, time: Seconds, row: JourneyEvent) -> None:
        if self.stage == "report" and time > self.since:
            self.enter("restart" if self.payload_waits else _NOWHERE, time)

    def _payload_received(self, time: Seconds, row: JourneyEvent) -> None:
        if self.stage == "report":
            self.payload_waits = True
        elif self.is_onboarded:
            self.enter("restart", time)

    def _payload_applied(self, time: Seconds, row: JourneyEvent) -> None:
        self.payload_waits = False
        if self.is_onboarded and self.stage == "restart":
            self.enter(_NOWHERE, time, is_complete=True)

    def _offboarded(self, time: Seconds, row: JourneyEvent) -> None:
        self.is_onboarded = self.payload_waits = False
        self.enter(_NOWHERE, time)

    def _policy_kinds(self) -> set[str]:
        return {self._kinds[policy] for policy, _ in self.deployments}


STEPS: dict[str, Callable[[Journey, Seconds, JourneyEvent], None]] = {
    "joined": Journey._joined,
    "member_added": Journey._member_added,
    "targeted": Journey._targeted,
    "untargeted": Journey._untargeted,
    "retired": Journey._retired,
    "policy_received": Journey._received,
    "policy_evaluated": Journey._evaluated,
    "content_downloaded": Journey._downloaded,
    "install_started": Journey._install_started,
    "install_failed": Journey._install_failed,
    "restarted": Journey._restarted,
    "agent_installed": Journey._applied,
    "install_skipped": Journey._applied,
    "policy_applied": Journey._applied,
    "policy_failed": Journey._failed,
    "onboarding_failed": Journey._failed,
    "policy_conflict": Journey._conflict,
    "onboarded": Journey._onboarded,
    "reported": Journey._reported,
    "payload_received": Journey._payload_received,
    "payload_reverted": Journey._payload_received,
    "payload_applied": Journey._payload_applied,
    "offboarded": Journey._offboarded,
}
"""The method for each event that can change the stage of a device."""

_OF_ANY_POLICY = frozenset(("targeted", "untargeted", "policy_conflict", "offboarded"))


@dataclass(frozen=True, slots=True)
class StageTime:
    """The time that all devices spent in one stage."""

    stage: str
    devices: int
    """Devices that have completed the stage."""
    median: Seconds | None
    """Median time of these devices, all stays of a device added up; None without a device."""
    p90: Seconds | None
    """The time that nine in ten of these devices did not exceed."""
    total: Seconds
    """Time of all these devices together."""
    waiting: int
    """Devices that are still in the stage at the horizon."""
    waiting_median: Seconds | None
    """Median time of these waiting devices so far, all stays of a device added up."""
    waiting_total: Seconds


def stage_times(stays: Iterable[Stay], horizon: Seconds) -> list[StageTime]:
    """Return the time of each stage with any device, in the order of STAGES.

    All stays of a device in a stage are added up. A device that is in the stage at the horizon
    counts only as waiting.
    """
    spent: dict[str, dict[int, Seconds]] = {stage: {} for stage in STAGES}
    still: dict[str, set[int]] = {stage: set() for stage in STAGES}
    for device, stage, start, end in stays:
        time = (horizon if end is None else end) - start
        spent[stage][device] = spent[stage].get(device, 0) + time
        if end is None:
            still[stage].add(device)
    rows = [_stage_time(stage, spent[stage], still[stage]) for stage in STAGES]
    return [row for row in rows if row.devices or row.waiting]


def _stage_time(stage: str, spent: Mapping[int, Seconds], still: set[int]) -> StageTime:
    complete = [time for device, time in spent.items() if device not in still]
    waiting = [time for device, time in spent.items() if device in still]
    return StageTime(
        stage,
        devices=len(complete),
        median=rank(complete, 50),
        p90=rank(complete, 90),
        total=sum(complete),
        waiting=len(waiting),
        waiting_median=rank(waiting, 50),
        waiting_total=sum(waiting),
    )


def rank(values: Iterable[Seconds], percent: int) -> Seconds | None:
    """Return the smallest value that *percent* of all values do not exceed; None without values.

    >>> rank([5, 1, 9, 7], 50), rank([5, 1, 9, 7], 90), rank([], 50)
    (5, 9, None)
    """
    ordered = sorted(values)
    return ordered[-(-percent * len(ordered) // 100) - 1] if ordered else None


def stays(log: EventLog, device_table: DeviceTable) -> list[Stay]:
    """Return every stay of every device in a stage, by device and in order of time."""
    every: list[Stay] = []
    kinds = {name: policy.kind for name, policy in device_table.policies.items()}
    first = _first_deployments(log)
    since = min(
        (time for (policy, _), time in first.items() if kinds.get(policy) == "onboarding"),
        default=None,
    )
    for device, rows in _rows_by_device(log):
        record = device_table.devices[device]
        if record.kind.ineligible_cause:
            continue
        journey = Journey(device, kinds, first, is_onboarded=record.onboarded)
        for time, row in rows:
            journey.step(time, row)
        every += journey.stays
        every += _last_stay(journey, since)
    return every


def _last_stay(journey: Journey, deployed: Seconds | None) -> Iterator[Stay]:
    """Yield the stage in which a device is at the horizon, if any.

    *deployed* is when the first onboarding policy was deployed [s].
    """
    start = journey.since
    if journey.stage == "collection":
        if deployed is None or journey.added:
            return
        start = max(start, deployed)
    if journey.stage:
        yield Stay(journey.device, journey.stage, start, None)


def _first_deployments(log: EventLog) -> dict[tuple[str, str], Seconds]:
    """Return when each policy was first deployed to each collection [s].

    That is when the policy first reached a device through the collection. If the device was added
    to the collection in the same second, the collection was empty before: then it is when the plan
    first named the policy.
    """
    named: dict[str, Seconds] = {}
    for time, policy in log.rows(("step_done",), "time", "policy"):
        named.setdefault(policy, time)
    first: dict[tuple[str, str], Seconds] = {}
    added: dict[tuple[int, str], Seconds] = {}
    columns = ("time", "device", "event", "policy", "collection")
    for time, device, event, policy, collection in log.rows(("targeted", "member_added"), *columns):
        if event == "member_added":
            added[device, collection] = time
            continue
        is_late = added.get((device, collection)) == time
        first.setdefault((policy, collection), named.get(policy, time) if is_late else time)
    return first


def _rows_by_device(log: EventLog) -> list[tuple[int, list[tuple[Seconds, JourneyEvent]]]]:
    """Return each device with the rows that can change its stage and their times, in log order."""
    distinct: dict[JourneyEvent, JourneyEvent] = {}
    by_device: dict[int, list[tuple[Seconds, JourneyEvent]]] = {}
    for device, time, *row in log.rows(STEPS, "device", "time", *JourneyEvent._fields):
        event = JourneyEvent(*row)
        by_device.setdefault(device, []).append((time, distinct.setdefault(event, event)))
    by_device.pop(PLAN, None)
    return sorted(by_device.items())
