"""The contents of a report as plain values, so that a report can be rendered from any source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from sim.accounts.content import PointLoad
from sim.accounts.desk import DeskAccount
from sim.accounts.faults import FaultRate
from sim.accounts.outcomes import RecoveredFailures
from sim.accounts.parts import Division
from sim.accounts.payloads import PayloadAccount
from sim.accounts.stages import StageTime
from sim.judging.expectations import ExpectationResult
from sim.reference.causes import Cause
from sim.units import Seconds


@dataclass(frozen=True, slots=True)
class PlanRow:
    """An event of a step of the plan, or a step that was never reached."""

    time: Seconds | None
    """When it happened, since the start [s]; None if it did not within the horizon."""
    step: str
    event: str
    """One of the vocabulary's PLAN_EVENTS; empty for a step that was never reached."""
    cause: str = ""
    """Why the step was refused."""
    rule: str = ""
    what: str = ""
    """What the step does, in words."""
    why: str = ""
    """The condition of a gate, and what the console showed."""


@dataclass(frozen=True, slots=True)
class AssumptionRow:
    """One assumption in force."""

    name: str
    value: str
    unit: str
    """Empty if the value includes it."""
    source: str
    overridden: bool = False
    """Whether the scenario sets it, in place of the shipped value."""
    text: str = ""
    """What it is, in a sentence."""


@dataclass(frozen=True, slots=True)
class ReplicationSummary:
    """The results of several replications together."""

    number: int
    """How many replications there are."""
    summary: Mapping[str, Any]
    """The figures of `summary.json`, each as `mean, p10, p50, p90`."""
    reached: Mapping[int, int]
    """In how many replications each level of the headline was reached, by the level."""
    expectations: Sequence[ExpectationResult]
    """Each expectation, judged over all replications."""
    bands: pd.DataFrame
    """`time, measure, view, mean, p10, p50, p90`."""
    notes: Sequence[str] = ()
    """What a reader should know beside the figures, each a sentence."""
    p90_interval: str = ""
    """The dates between which the P90 lies, in a sentence; empty if no level has a P90."""


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
    measures: pd.DataFrame = field(default_factory=pd.DataFrame)
    """`time, measure, view, label, value`."""
    devices: pd.DataFrame = field(default_factory=pd.DataFrame)
    """One row for each device, under the columns of `devices.parquet`."""
    plan: Sequence[PlanRow] = ()
    recovered: Sequence[RecoveredFailures] = ()
    """Failures of devices that onboarded later, the most frequent cause first."""
    payloads: PayloadAccount | None = None
    """Payloads and scripts; None for a run with one payload and no script."""
    expectations: Sequence[Mapping[str, Any]] = ()
    """Each expectation as in the summary, with the result in words; over all replications."""
    replications: ReplicationSummary | None = None
    """The results of several replications; everything else is about the first of them."""
    desk: DeskAccount | None = None
    """What the support desk did; None without one."""
    divisions: Sequence[Division] = ()
    """The fleet divided by system, location and collection."""
    stages: Sequence[StageTime] = ()
    """How long devices were in each stage on the way to the first report."""
    points: Sequence[PointLoad] = ()
    """The distribution points that served downloads, the nearest to its capacity first."""
    faults: Sequence[FaultRate] | None = None
    """How often each fault occurred; None if the scenario draws no faults."""
    all_causes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """All that stands in the way of each device for which it is more than one thing, by name."""
    remedies: Mapping[str, Cause] = field(default_factory=dict)
    """By cause."""
    assumptions: Sequence[AssumptionRow] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()
    """Warnings and remarks, each a sentence."""
