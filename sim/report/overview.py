"""The words and rows of the report's sections, as far as the templates do not write them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from sim.accounts.content import DEFAULT_POINT, PointLoad
from sim.accounts.headline import LEVELS, headline_of
from sim.figures.axes import tick_text, tick_times, value_at
from sim.figures.lines import HEALTH_TILES, PERCENTILES, band
from sim.reference.causes import CAUSES
from sim.report.data import PlanRow, ReplicationSummary, ReportData
from sim.runs.experiment import Experiment
from sim.text.numbers import (
    MISSING,
    count_text,
    date_text,
    elapsed_text,
    join_words,
    percent_text,
    plural,
    remedy_for,
    share_of,
    since_start_text,
    system_text,
    wall_time,
    words,
)
from sim.text.summary import p90_interval
from sim.units import HOUR, Seconds

STATUS_ORDER = ("onboarded", "failed", "waiting", "not_targeted", "offboarded", "not_eligible")
"""The statuses in the order in which a planner asks for them."""

ON_THE_WAY = "on_the_way"
"""Onboarded devices that wait: for a script, for a restart, for the policy that offboards them."""

GROUPS = (
    ("failed", "Failed"),
    ("waiting", "Waiting"),
    ("not_eligible", "Not eligible"),
    ("not_targeted", "Not targeted, with a problem"),
    ("offboarded", "Offboarded, with a problem"),
    ("onboarded", "Onboarded, with a problem"),
    (ON_THE_WAY, "Onboarded, with a change still to come"),
)
"""The statuses whose causes are listed, with their headings."""

_WAITS = frozenset(cause for cause in CAUSES if cause.startswith("awaiting_"))
"""The causes that pass with time or with a restart."""

_OUT_OF_TARGET = ("not_targeted", "awaiting_collection")
"""The causes of devices that nothing of the plan reaches: no problem of theirs."""

PART_TITLES: Mapping[str, str] = {
    "os": "By operating system",
    "location": "By location",
    "collection": "By collection",
}

STAGE_TEXTS: Mapping[str, tuple[str, str]] = {
    "collection": (
        "Collection",
        "from joining the fleet until the device is in the deployed collection",
    ),
    "poll": (
        "Policy poll",
        "from the deployment until the device receives the policy, including time off and time "
        "without a working client",
    ),
    "evaluation": ("Evaluation", "from receiving the policy until its first evaluation"),
    "content": ("Download", "from the evaluation until the installer of the agent is downloaded"),
    "window": ("Maintenance window", "from the download until a window allows the installation"),
    "install": (
        "Installation",
        "until the agent is installed, including failed attempts and the waits between them",
    ),
    "registration": (
        "Service start",
        "from applying the policy until the service has started and registered",
    ),
    "retry": ("Next attempt", "from a failure or refusal until the next evaluation of the policy"),
    "restart": ("Restart", "while an installation or a new payload waits for a restart"),
    "report": ("Report", "from onboarding until the console shows it"),
}
"""The title of each stage, and how long it lasts."""

EVENT_TITLES: Mapping[str, str] = {
    "agent_stopped": "Service stopped after onboarding",
    "went_inactive": "No contact for the inactive period",
}
"""The titles of the faults that are not causes."""

SCRIPT_ADVICE: Mapping[str, str] = {
    "sensor_missing": "The script brings no sensor. On Server 2012 R2 and 2016, install the MDE "
    "client first; on other systems, add the sensor.",
    "payload_not_eligible": "Streamlined connectivity moves neither devices that onboarded through "
    "MMA nor Windows 10 1607 to 1803: use a package for standard connectivity, move the servers to "
    "the MDE client, or offboard the devices and onboard them anew.",
    "other_organization": "The script does not move devices between organizations: offboard the "
    "device with the offboarding file of its own organization, then onboard it.",
}
"""What to do where the one-time script failed, where the remedy of the cause does not apply."""


TILE_MEANINGS: Mapping[str, str] = {
    "healthy": "the service runs, and data arrives",
    "inactive": "no data within the inactive period",
    "agent_stopped": "the service does not run",
    "not_onboarded": "under the policy, not yet reported as onboarded",
}
"""What each tile of agent health counts (MON-2)."""


def dashboard(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the console's gauge and tiles show at the end, of computers that have a record.

    The gauge is `gauge_pct` (MON-4), and each tile is a share of the same computers.
    """
    console = summary.get("console", {})
    health = console.get("health", {})
    counts = [health.get(tile, 0) for tile, _, _ in HEALTH_TILES]
    computers, not_onboarded = sum(counts), counts[-1]
    return {
        "gauge": console.get("gauge_pct"),
        "computers": computers,
        "onboarded": computers - not_onboarded,
        "tiles": [
            {
                "name": tile,
                "title": title.capitalize(),
                "meaning": TILE_MEANINGS[tile],
                "computers": count,
                "percent": share_of(count, computers),
            }
            for (tile, title, _), count in zip(HEALTH_TILES, counts, strict=True)
        ],
    }


def milestones(
    time_to: Mapping[str, Seconds | None], report: ReportData
) -> list[tuple[str, str, str]]:
    """Return (share, how long, date) for each level of the headline, or of coverage."""
    rows = []
    for level in LEVELS:
        row = ("not reached", f"within {elapsed_text(report.horizon)}")
        seconds = time_to.get(str(level))
        if seconds is not None:
            row = since_start_text(seconds), date_text(wall_time(report.start, seconds))
        rows.append((f"{level} %", *row))
    return rows


def obstacles(report: ReportData) -> list[tuple[str, str, str, list[dict[str, Any]]]]:
    """Return (status, heading, total, causes) of devices that need attention, by status.

    The cause with the most devices comes first.
    """
    present = _present(report.devices)
    present = present[~present["cause"].isin(("", *_OUT_OF_TARGET))]
    is_on_the_way = (present["status"] == "onboarded") & present["cause"].isin(_WAITS)
    present = present.assign(status=present["status"].mask(is_on_the_way, ON_THE_WAY))
    groups = []
    for status, heading in GROUPS:
        devices = present[present["status"] == status]
        if len(devices):
            rows = list(_obstacles(status, devices, report))
            groups.append((status, heading, count_text(len(devices)), rows))
    return groups


def _obstacles(status: str, devices: pd.DataFrame, report: ReportData) -> Iterator[dict[str, Any]]:
    """Yield each cause; its `width` is its share of the number of the biggest [per cent]."""
    counts = devices["cause"].value_counts()
    order = {cause: place for place, cause in enumerate(CAUSES)}
    most = int(counts.max())
    for cause in sorted(counts.index, key=lambda c: (-counts[c], order.get(c, len(order)))):
        held = devices[devices["cause"] == cause]
        remedy = remedy_for(cause, report.remedies)
        action = script_advice(cause, report) if status == "onboarded" else ""
        yield {
            "cause": cause,
            "title": remedy.title,
            "width": round(100 * len(held) / most, 1),
            "action": action or remedy.remedy_on(set(held["os"])),
            "look_at": remedy.look_at,
            "also": _also(cause, held["name"], report),
            "rules": sorted(set(held["rule"]) - {""}) or [remedy.rule],
            "names": sorted(held["name"]),
        }


def _also(cause: str, names: Iterable[str], report: ReportData) -> str:
    """Say what else stands in the way of devices that have one cause (DWN-9); empty if nothing."""
    others = Counter(other for name in names for other in report.all_causes.get(name, ()))
    told = [
        f"{remedy_for(other, report.remedies).title} on {count_text(others[other])}"
        for other in sorted(others, key=CAUSES.index)
        if other != cause
    ]
    return f"Also in the way: {join_words(told)}." if told else ""


def script_advice(cause: str, report: ReportData) -> str:
    """Return what to do about onboarded devices where a script failed; empty if none failed."""
    failures = report.payloads.failures if report.payloads else ()
    if cause not in {row.cause for row in failures}:
        return ""
    advice = SCRIPT_ADVICE.get(cause, remedy_for(cause, report.remedies).remedy)
    return f"The one-time script failed on these devices. {advice}"


def _present(devices: pd.DataFrame) -> pd.DataFrame:
    """Return the devices present at the end as plain text, empty if a value is missing."""
    columns = ["name", "os", "status", "cause", "rule"]
    present = devices.loc[devices["retired_at"].isna(), columns].astype(object)
    return present.where(present.notna(), "").astype(str)


def numbered(plan: Sequence[PlanRow]) -> list[tuple[str, PlanRow]]:
    """Return the rows by time, each event with the number that marks it in pictures."""
    ordered = sorted(plan, key=lambda row: (row.time is None, row.time or 0))
    return [("" if row.time is None else str(n), row) for n, row in enumerate(ordered, start=1)]


def systems(devices: pd.DataFrame) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Return the statuses that occur, and the devices of each operating system in each status."""
    present = _present(devices)
    counts = Counter(zip(present["os"], present["status"], strict=True))
    totals = Counter(present["os"])
    columns = [status for status in STATUS_ORDER if status in set(present["status"])]
    rows = []
    for name in sorted(totals, key=lambda name: (-totals[name], name)):
        numbers = [counts[name, status] for status in columns]
        cells = [count_text(number) if number else MISSING for number in numbers]
        rows.append((system_text(name), [*cells, count_text(totals[name])]))
    return [words(status) for status in columns], rows


def flattened(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield provenance as (name, value) rows; nested names are joined."""
    for name, value in values.items():
        full = f"{prefix} {name}".strip().replace("_", " ")
        if isinstance(value, Mapping):
            yield from flattened(value, full)
        else:
            yield full, str(value)


MAX_CAUSES = 8

Cells = list[str]


def replication_summary(experiment: Experiment, bands: pd.DataFrame) -> ReplicationSummary:
    """Return what a report needs of an experiment; *bands* are its measures over time."""
    times = [headline_of(each.summary)["time_to"] for each in experiment.results]
    return ReplicationSummary(
        number=len(experiment.results),
        summary=experiment.summary,
        reached={level: sum(time[str(level)] is not None for time in times) for level in LEVELS},
        expectations=experiment.expectations,
        bands=bands,
        notes=experiment.notes,
        p90_interval=p90_interval(experiment),
    )


def replication_tables(report: ReportData) -> dict[str, Any] | None:
    """Return what the section shows; None for a single replication.

    The cells of `over_time`: P10, P50 and P90 of coverage, then of failures. `causes` come with
    their figures, those that hold back the most devices first.
    """
    whole = report.replications
    if whole is None:
        return None
    causes = whole.summary["causes"]
    ordered = sorted(causes, key=lambda each: (-causes[each]["mean"], each))
    measures = ("coverage_pct", "failed_pct")
    lines = [band(whole.bands, measure, name) for measure in measures for name in PERCENTILES]
    return {
        "headline": headline_of(whole.summary),
        "statuses": [status for status in STATUS_ORDER if whole.summary[status]["p90"]],
        "causes": [(cause, causes[cause]) for cause in ordered[:MAX_CAUSES]],
        "further_causes": len(ordered[MAX_CAUSES:]),
        "over_time": list(at_round_times(lines, report)),
    }


def at_round_times(lines: Sequence[pd.Series], report: ReportData) -> Iterator[tuple[str, Cells]]:
    """Yield a picture's numbers, of each of its lines, at round times."""
    for time in tick_times(report.horizon, 10):
        cells = [percent_text(value_at(line, time)) for line in lines]
        yield tick_text(report.start, time).replace("\n", ", "), cells


def point_title(load: PointLoad) -> str:
    """Name a distribution point by its location, the default one by how many it serves."""
    if load.name != DEFAULT_POINT:
        return load.name
    return f"Default, for {plural(load.locations, 'location')}"


def hours_text(time: Seconds) -> str:
    """Write working time in hours.

    >>> hours_text(5400), hours_text(0), hours_text(1_395_000)
    ('1.5 h', '0 h', '387.5 h')
    """
    return f"{time / HOUR:,.1f}".removesuffix(".0") + " h"
