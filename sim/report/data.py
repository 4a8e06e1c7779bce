"""What a report is made of: plain values, so that any saved run folder can be shown again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from sim.accounts.content import PointLoad
from sim.accounts.desk import DeskAccount
from sim.accounts.faults import FaultRate
from sim.accounts.parts import Division
from sim.accounts.payloads import PayloadAccount
from sim.accounts.stages import StageTime
from sim.judging.expectations import ExpectationResult
from sim.reference.causes import Remedy
from sim.units import Seconds


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One thing that happened to a step of the plan, or a step that never came."""

    time: Seconds | None
    """When it happened, since the start [s]; None when it did not within the horizon."""
    step: str
    event: str
    """One of the vocabulary's PLAN_EVENTS; empty when the step never came."""
    cause: str = ""
    """Why it was refused."""
    rule: str = ""
    what: str = ""
    """What the step does, in words."""
    why: str = ""
    """What a gate asked for and what the console showed."""


@dataclass(frozen=True, slots=True)
class AssumptionRow:
    """One assumption in force."""

    name: str
    value: str
    unit: str
    """Empty where the value says it itself."""
    source: str
    overridden: bool = False
    """Whether the scenario set it, in place of the shipped value."""
    text: str = ""
    """What it is, in a sentence."""


@dataclass(frozen=True, slots=True)
class OvercomeRow:
    """A cause that held back devices which onboarded later."""

    cause: str
    devices: int
    first_failed: Seconds
    last_onboarded: Seconds


@dataclass(frozen=True, slots=True)
class SeveralRuns:
    """What several replications say together."""

    replications: int
    summary: Mapping[str, Any]
    """The figures of `summary.json`, each as `mean, p10, p50, p90`."""
    reached: Mapping[int, int]
    """In how many replications each level of the headline was reached, by the level."""
    expectations: Sequence[ExpectationResult]
    """Each expectation over all of them."""
    bands: pd.DataFrame
    """`time, measure, view, mean, p10, p50, p90`."""
    notes: Sequence[str] = ()
    """Remarks that a reader must know, each a sentence."""
    promise: str = ""
    """Between which dates the one under P90 lies; empty where no level is reached so often."""


@dataclass(frozen=True, slots=True)
class ReportData:
    """One replication, as the report shows it."""

    name: str
    question: str
    start: datetime
    """The site's wall clock; with its time zone, dates follow daylight saving."""
    time_zone: str
    horizon: Seconds
    summary: Mapping[str, Any]
    """The figures of `summary.json`, under its keys."""
    measures: pd.DataFrame
    """`time, measure, view, label, value`."""
    devices: pd.DataFrame
    """One row a device, under the columns of `devices.parquet`."""
    plan: Sequence[PlanRow] = ()
    overcome: Sequence[OvercomeRow] = ()
    """What failed on the way and is put right at the end, the most frequent first."""
    payloads: PayloadAccount | None = None
    """Payloads and scripts; None for a run with one payload and no script."""
    expectations: Sequence[Mapping[str, Any]] = ()
    """Each expectation as in the summary, with what was `found` in words; over all replications."""
    several: SeveralRuns | None = None
    """What several replications say together; everything else is about the first of them."""
    desk: DeskAccount | None = None
    """What the support desk did; None without one."""
    divisions: Sequence[Division] = ()
    """The fleet cut in parts, by system, location and collection."""
    stages: Sequence[StageTime] = ()
    """What each stage on the way to the first report cost."""
    points: Sequence[PointLoad] = ()
    """The distribution points that carried anything, the nearest to its capacity first."""
    faults: Sequence[FaultRate] | None = None
    """How often each fault struck; None when no faults are drawn."""
    remedies: Mapping[str, Remedy] = field(default_factory=dict)
    """By cause."""
    assumptions: Sequence[AssumptionRow] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()
    """Warnings and remarks, each a sentence."""
