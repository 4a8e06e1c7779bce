"""What the checks of lint look at: the scenario as written, and its one rehearsal.

The rehearsal is a run of the same prepared scenario in which nothing fails by chance: what fails
there fails even without bad luck.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.eventlog import EVENT_CODE, EventLog
from sim.fleet.streams import Streams
from sim.kernel.replication import Prepared, simulate
from sim.lint.catalogue import CHECKS, Finding
from sim.lint.rehearsal import Numbers, Witness, step_timing
from sim.measures.series import SeriesReader
from sim.measures.status import Profile
from sim.measures.tally import Tally, replay
from sim.reference.causes import CAUSE_TABLE
from sim.reference.traits import Device
from sim.runs.preparation import prepare
from sim.scenario.loader import Loaded
from sim.scenario.model import Conditions, Package, Policy, Scenario
from sim.scenario.steps import Step, step_names
from sim.scenario.workspace import with_unset_values
from sim.text.events import event_sentence
from sim.units import Seconds
from sim.vocabulary import VIEWS

Loc = tuple[str | int, ...]
Key = TypeVar("Key", bound=Hashable)
Kind = TypeVar("Kind", bound=Step)


class Row(NamedTuple):
    """One row of the rehearsal's log, in words but for the device's number."""

    time: Seconds
    device: int
    event: str
    cause: str
    rule: str
    policy: str
    payload: str
    collection: str
    step: str


@dataclass(frozen=True, eq=False)
class Analysis:
    """A scenario, its fleet, and what happens to both in the rehearsal."""

    loaded: Loaded
    prepared: Prepared
    environment: Mapping[str, str]
    """The variables in which workspace values are looked up; some may not be set."""
    witness: Witness
    log: EventLog
    tally: Tally

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self.prepared.scenario

    @property
    def has_chance(self) -> bool:
        """Whether anything happens by chance in a run of this scenario."""
        return self.scenario.faults == "drawn"

    @property
    def devices(self) -> tuple[Device, ...]:
        """The devices of the run as they are at the start, by number."""
        return self.prepared.fleet.devices

    @cached_property
    def packages(self) -> Mapping[str, Package]:
        """The packages of the scenario by name."""
        return {package.name: package for package in self.scenario.packages}

    @cached_property
    def policies(self) -> Mapping[str, Policy]:
        """The policies of the scenario by name."""
        return {policy.name: policy for policy in self.scenario.policies}

    @cached_property
    def reader(self) -> SeriesReader:
        """Reads measures of the rehearsal."""
        return SeriesReader(self.tally)

    @property
    def conditions(self) -> Conditions:
        """The parsed gates and expectations."""
        return self.prepared.conditions

    @cached_property
    def steps(self) -> tuple["PlannedStep", ...]:
        """The steps of the plan in its order, with the time at which each came."""
        plan, came = self.scenario.plan, self.witness.came
        planned = zip(step_names(plan), plan, step_timing(plan), strict=True)
        return tuple(
            PlannedStep(number, name, step, came.get(number), timing == "fixed")
            for number, (name, step, timing) in enumerate(planned)
        )

    def steps_of(self, kind: type[Kind]) -> list[tuple["PlannedStep", Kind]]:
        """Return the steps of one kind, each with what the plan writes."""
        return [(step, step.step) for step in self.steps if isinstance(step.step, kind)]

    @cached_property
    def at_end(self) -> Mapping[str, Mapping[Profile, Numbers]]:
        """The devices under each profile when the rehearsal is over, by view."""
        return {
            view: grouped(
                (profile, number)
                for number in range(len(self.devices))
                if (profile := self.tally.profile_in(number, view)) is not None
            )
            for view in VIEWS
        }

    @cached_property
    def first_onboarded(self) -> Mapping[int, Seconds]:
        """When each device onboarded for the first time in the rehearsal."""
        times: dict[int, Seconds] = {}
        for row in self.rows("onboarded"):
            times.setdefault(row.device, row.time)
        return times

    @cached_property
    def onboarded_at_start(self) -> Numbers:
        """The devices that are onboarded to the site's organization before the start."""
        records = enumerate(self.prepared.device_table.devices)
        return frozenset(number for number, record in records if record.onboarded)

    def rows(self, *events: str) -> Iterator[Row]:
        """Yield the rows of some events, in order of time."""
        codes = [EVENT_CODE[event] for event in events]
        return self._rows(np.isin(self.log.columns["event"], codes))

    def story(self, device: int) -> tuple[str, ...]:
        """Return what happens to a device in the rehearsal, one line for each event, none twice."""
        clock, lines = self.prepared.clock, dict[str, str]()
        for row in self._rows(self.log.columns["device"] == device):
            when = f"{clock.datetime_at(row.time):%Y-%m-%d %H:%M}"
            sentence = event_sentence(row._asdict())
            lines.setdefault(sentence, f"{when}: {sentence}")
        return tuple(lines.values())

    def _rows(self, wanted: NDArray[np.bool_]) -> Iterator[Row]:
        columns = [self.log.columns[name][wanted].tolist() for name in Row._fields]
        words = [self.log.tables.names_of(name) for name in Row._fields[2:]]
        for time, device, *codes in zip(*columns, strict=True):
            said = (table[code] for table, code in zip(words, codes, strict=True))
            yield Row(time, device, *said)

    @cached_property
    def ever_members(self) -> Mapping[str, Numbers]:
        """The devices that are members of each collection at any time of the rehearsal."""
        joined = grouped((row.collection, row.device) for row in self.rows("member_added"))
        first = self.prepared.members
        return {name: first[name] | joined.get(name, frozenset()) for name in first}

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
        """Return a finding at a place of the scenario; *devices* are numbers.

        Without *rule*, it is the rule of the cause, or of the check.
        """
        check, numbers = CHECKS[id], sorted(devices)
        usual = CAUSE_TABLE[cause].rule if cause else check.rule
        problem = self.loaded.lines.problem(loc, what, advice)
        return Finding(
            check=check,
            what=problem.what,
            advice=problem.expected,
            rule=usual if rule is None else rule,
            file=self.loaded.file,
            line=self.loaded.lines.node(loc).line,
            path=problem.path,
            cause=cause,
            devices=tuple(self.prepared.fleet.names[number] for number in numbers),
            story=self.story(numbers[0]) if cause and numbers else (),
        )


def grouped(pairs: Iterable[tuple[Key, int]]) -> dict[Key, Numbers]:
    """Return the devices under each key, in the order in which the keys come first."""
    found: dict[Key, set[int]] = {}
    for key, number in pairs:
        found.setdefault(key, set()).add(number)
    return {key: frozenset(numbers) for key, numbers in found.items()}


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step of the plan, and when it came in the rehearsal."""

    number: int
    name: str
    step: Step
    came: Seconds | None
    """When it was carried out or refused; None if it never came."""
    is_exact: bool
    """Whether its time is written in the plan, and no gate decides about it."""

    @property
    def loc(self) -> Loc:
        """Where its verb stands in the scenario."""
        return "plan", self.number, self.step.verb


def analyze(loaded: Loaded, environment: Mapping[str, str]) -> Analysis:
    """Prepare a scenario and rehearse it without bad luck.

    A variable of the environment that is not set counts as a good value, so that lint says nothing
    about the devices that need it. Raises UnusableInput when the scenario or its fleet cannot be
    used.
    """
    prepared = prepare(loaded, with_unset_values(loaded.scenario, environment))
    witness = Witness(prepared.scenario)
    streams = Streams(prepared.scenario.seed, 1)
    log = simulate(prepared, streams, bad_luck=False, inspector=witness)
    return Analysis(loaded, prepared, environment, witness, log, replay(log, prepared.device_table))
