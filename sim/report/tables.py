"""The report's tables of what the log was read for: parts, stages, distribution points, faults."""

from collections.abc import Mapping
from dataclasses import dataclass

from sim.accounts.content import DEFAULT_POINT, PointLoad
from sim.accounts.faults import FaultRate
from sim.accounts.parts import LEVEL, Division, FleetPart
from sim.report.data import ReportData
from sim.text.numbers import (
    MISSING,
    bytes_text,
    count_text,
    device_days_text,
    length_text,
    moment_text,
    percent_text,
    remedy_for,
    share_of,
    since_start_text,
    wall_time,
    words,
)
from sim.units import HOUR

PART_TITLES: Mapping[str, str] = {
    "os": "By operating system",
    "location": "By location",
    "collection": "By collection",
}

STAGE_WORDS: Mapping[str, tuple[str, str]] = {
    "collection": (
        "Collection",
        "joined the fleet, until the deployed collection takes the device in",
    ),
    "poll": (
        "Policy poll",
        "deployed to the device, until it receives the policy; time off or without a working "
        "client included",
    ),
    "evaluation": ("Evaluation", "policy received, until it is evaluated for the first time"),
    "content": ("Download", "the policy asks for an agent, until its installer is there"),
    "window": ("Maintenance window", "installer there, until a window lets it start"),
    "install": (
        "Installation",
        "until the agent is installed; failed attempts and the waits between them included",
    ),
    "registration": ("Service start", "policy applied, until the service runs and has registered"),
    "retry": ("Next attempt", "failed or refused, until the policy is evaluated again"),
    "restart": ("Restart", "an install or a new payload waits for it"),
    "report": ("Report", "onboarded, until the console hears of it"),
}
"""The title of each stage, and from when to when it lasts."""

_EVENTS: Mapping[str, tuple[str, str]] = {
    "agent_stopped": ("Service stopped after onboarding", "FLT-6"),
    "went_inactive": ("Without contact for the inactive period", "MON-3"),
}
"""The faults that are no causes, with their rules."""


@dataclass(frozen=True, slots=True)
class PartTable:
    """How the parts of one division stand at the end."""

    by: str
    title: str
    rows: list[tuple[str, list[str]]]
    """Name; eligible, onboarded, failed, waiting, coverage, when LEVEL was reached."""
    note: str


def part_table(division: Division) -> PartTable:
    """Return the numbers of each part, the whole fleet last."""
    rows = [(part.name, _part_cells(part)) for part in (*division.parts, division.whole)]
    notes = []
    if division.by == "collection":
        notes.append("Collections overlap: a device counts in each that it is a member of.")
    if division.left_out:
        notes.append(f"{count_text(division.left_out)} more are in measures.parquet.")
    return PartTable(division.by, PART_TITLES[division.by], rows, " ".join(notes))


def _part_cells(part: FleetPart) -> list[str]:
    reached = MISSING if part.reached is None else since_start_text(part.reached)
    counts = (part.eligible, part.onboarded, part.failed, part.waiting)
    return [
        *map(count_text, counts),
        percent_text(share_of(part.onboarded, part.eligible)),
        reached,
    ]


def level_text() -> str:
    """Name the coverage whose first time the tables of parts tell."""
    return f"{LEVEL} % after"


def stage_rows(report: ReportData) -> list[tuple[str, str, list[str]]]:
    """Return (stage, what it is, cells) of each stage that any device was in."""
    rows = []
    for stage in report.stages:
        title, what = STAGE_WORDS[stage.stage]
        over = [MISSING] * 4
        if stage.devices:
            lengths = [length_text(stage.median), length_text(stage.p90)]
            over = [count_text(stage.devices), *lengths, device_days_text(stage.total)]
        still = [MISSING] * 3
        if stage.waiting:
            so_far = [length_text(stage.waiting_median), device_days_text(stage.waiting_total)]
            still = [count_text(stage.waiting), *so_far]
        rows.append((title, what, [*over, *still]))
    return rows


def point_title(load: PointLoad) -> str:
    """Name a distribution point by its location, the shared one by how many it serves."""
    if load.name != DEFAULT_POINT:
        return load.name
    places = "1 location" if load.locations == 1 else f"{count_text(load.locations)} locations"
    return f"Default, for {places}"


def point_rows(report: ReportData) -> list[tuple[str, list[str]]]:
    """Return (point, cells) of each point, the cells in the order of the table's columns."""
    rows = []
    for load in report.points:
        when = moment_text(wall_time(report.start, load.peak_hour * HOUR))
        cells = [
            count_text(load.downloads),
            bytes_text(load.total),
            bytes_text(load.peak),
            when,
            percent_text(load.peak_share),
            length_text(load.longest_wait),
        ]
        rows.append((point_title(load), cells))
    return rows


def fault_rows(report: ReportData) -> list[tuple[str, str, str, list[str]]]:
    """Return (fault, its word, whom it can strike, cells) of each fault.

    The cells: assumed share, could be struck, struck, rate, still at the end, rate after retries.
    """
    values = {row.name: row.value for row in report.assumptions}
    return [_fault_row(rate, report, values) for rate in report.faults or ()]


def _fault_row(
    rate: FaultRate, report: ReportData, values: Mapping[str, str]
) -> tuple[str, str, str, list[str]]:
    title = _EVENTS[rate.fault][0] if rate.fault in _EVENTS else _title(rate.fault, report)
    daily = " a day" if rate.assumption.endswith("_per_day") else ""
    assumed = values.get(rate.assumption, "")
    cells = [
        f"{assumed}{daily}" if assumed else MISSING,
        count_text(rate.exposed),
        count_text(rate.struck),
        percent_text(share_of(rate.struck, rate.exposed)),
        count_text(rate.still),
        percent_text(share_of(rate.still, rate.exposed)),
    ]
    return title, rate.fault, rate.among, cells


def _title(cause: str, report: ReportData) -> str:
    return remedy_for(cause, report.remedies).title or words(cause)
