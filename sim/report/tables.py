"""The tables of the report's sections: parts, stages, distribution points, faults, payloads, desk.

Each cell is text already.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sim.accounts.content import DEFAULT_POINT, PointLoad
from sim.accounts.desk import DeskAccount, TicketCounts, WeekLoad
from sim.accounts.parts import Division
from sim.accounts.payloads import PayloadProgress, ScriptFailure
from sim.report.data import ReportData
from sim.text.numbers import (
    MISSING,
    bytes_text,
    count_text,
    date_text,
    day_text,
    device_days_text,
    elapsed_text,
    length_text,
    moment_text,
    names_text,
    percent_text,
    plural,
    remedy_for,
    share_of,
    since_start_text,
    system_text,
    wall_time,
)
from sim.units import HOUR, Seconds

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

_EVENTS: Mapping[str, str] = {
    "agent_stopped": "Service stopped after onboarding",
    "went_inactive": "No contact for the inactive period",
}
"""The titles of the faults that are not causes."""


def part_table(division: Division) -> dict[str, Any]:
    """Return the numbers of each part at the end, the whole fleet last.

    Its `rows` are name and cells: eligible, onboarded, failed, waiting, coverage, when LEVEL was
    reached.
    """
    rows = []
    for part in (*division.parts, division.whole):
        counts = (part.eligible, part.onboarded, part.failed, part.waiting)
        coverage = percent_text(share_of(part.onboarded, part.eligible))
        reached = MISSING if part.reached is None else since_start_text(part.reached)
        rows.append((part.name, [*map(count_text, counts), coverage, reached]))
    notes = []
    if division.by == "collection":
        notes.append("Collections overlap: a device counts in every collection that it is in.")
    if division.left_out:
        verb = "is" if division.left_out == 1 else "are"
        notes.append(f"{count_text(division.left_out)} more {verb} in measures.parquet.")
    title, note = PART_TITLES[division.by], " ".join(notes)
    return {"by": division.by, "title": title, "rows": rows, "note": note}


def stage_rows(report: ReportData) -> list[tuple[str, str, list[str]]]:
    """Return (stage, what it is, cells) of each stage that any device was in."""
    rows = []
    for stage in report.stages:
        title, what = STAGE_TEXTS[stage.stage]
        finished = [
            count_text(stage.devices),
            length_text(stage.median),
            length_text(stage.p90),
            device_days_text(stage.total),
        ]
        ongoing = [
            count_text(stage.waiting),
            length_text(stage.waiting_median),
            device_days_text(stage.waiting_total),
        ]
        cells = finished if stage.devices else [MISSING] * 4
        rows.append((title, what, cells + (ongoing if stage.waiting else [MISSING] * 3)))
    return rows


def point_title(load: PointLoad) -> str:
    """Name a distribution point by its location, the default one by how many it serves."""
    if load.name != DEFAULT_POINT:
        return load.name
    return f"Default, for {plural(load.locations, 'location')}"


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
    """Return (fault, its word, the devices it can affect, cells) of each fault.

    The cells: assumed share, exposed, affected, rate, affected at the end, rate after retries.
    """
    values = {row.name: row.value for row in report.assumptions}
    rows = []
    for rate in report.faults or ():
        title = _EVENTS.get(rate.fault) or remedy_for(rate.fault, report.remedies).title
        daily = " a day" if rate.assumption.endswith("_per_day") else ""
        assumed = values.get(rate.assumption, "")
        cells = [f"{assumed}{daily}" if assumed else MISSING, count_text(rate.exposed)]
        for affected in (rate.affected, rate.affected_at_end):
            cells += [count_text(affected), percent_text(share_of(affected, rate.exposed))]
        rows.append((title, rate.fault, rate.among, cells))
    return rows


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

_MAX_SYSTEMS = 3


def payload_tables(report: ReportData) -> dict[str, Any] | None:
    """Return the rows of the section on payloads; None for one payload and no script.

    The cells of `payloads`: in use, share, waiting for a restart, when each level was reached; and
    on how many devices a policy brought it back, where that happened to any. Those of `scripts`:
    reached, succeeded, share, failed, not run yet. A row of `failures`: title, cause and rule,
    package, devices, systems, what to do.
    """
    account = report.payloads
    if account is None:
        return None
    has_reverted = any(course.reverted for course in account.payloads)
    return {
        "payloads": [
            (course.name, _payload(course, account.onboarded, has_reverted))
            for course in account.payloads
        ],
        "has_reverted": has_reverted,
        "scripts": [
            (
                course.package,
                course.payload,
                [
                    count_text(course.reached),
                    count_text(course.succeeded),
                    percent_text(share_of(course.succeeded, course.reached)),
                    count_text(course.failed),
                    count_text(course.missing),
                ],
            )
            for course in account.scripts
        ],
        "failures": [_failure(row, report) for row in account.failures],
    }


def _payload(course: PayloadProgress, onboarded: int, has_reverted: bool) -> list[str]:
    times = course.time_to.values()
    return [
        count_text(course.used),
        percent_text(share_of(course.used, onboarded)),
        count_text(course.pending),
        *(MISSING if time is None else since_start_text(time) for time in times),
        *([count_text(course.reverted)] if has_reverted else []),
    ]


def _failure(row: ScriptFailure, report: ReportData) -> tuple[str, str, str, str, str, str]:
    remedy = remedy_for(row.cause, report.remedies)
    return (
        remedy.title,
        ", ".join(filter(None, (row.cause, row.rule))),
        row.package,
        count_text(row.devices),
        names_text([system_text(system) for system in row.systems], _MAX_SYSTEMS),
        SCRIPT_ADVICE.get(row.cause, remedy.remedy),
    )


def payload_lead(report: ReportData) -> str:
    """Return the sentences that explain the lines and the band; empty without the section."""
    account = report.payloads
    if account is None:
        return ""
    text = "Share of the onboarded devices that use each payload, as they really are."
    if any(value > 0 for course in account.payloads[:1] for value in course.wait):
        text += " The band above the heavy line is devices that wait for a restart to use it."
    if account.scripts:
        text += " The dotted line is devices where the one-time script succeeded."
    return text


FULL = 95
"""A week is full when the technicians work at least this much of their hours [per cent]."""


def desk_tables(report: ReportData) -> dict[str, Any] | None:
    """Return the answer and the rows of the support desk; None without one.

    The cells of `causes`: opened, repaired, not found, closed without work, open, wait (median,
    nine in ten, longest), turnaround (median), hours worked. Those of `weeks`: worked, available,
    load, waiting at its end.
    """
    desk = report.desk
    if desk is None:
        return None
    causes = [
        (remedy_for(cause, report.remedies).title, cause, _cells(counts))
        for cause, counts in desk.by_cause.items()
    ]
    if len(causes) > 1:
        causes.append(("All", "", _cells(desk.all)))
    weeks = [_week(week, report) for week in desk.weeks]
    return {"answer": " ".join(desk_answer(desk, report)), "causes": causes, "weeks": weeks}


def desk_answer(desk: DeskAccount, report: ReportData) -> Sequence[str]:
    """Return the sentences that say how many people were needed for how long."""
    people, counts = plural(desk.technicians, "technician"), desk.all
    if not counts.opened:
        return [f"{people}, and no ticket: the console showed nothing that they repair."]
    if desk.cleared is None:
        answer = f"{people} did not clear the queue within {elapsed_text(report.horizon)}"
    else:
        when = date_text(wall_time(report.start, desk.cleared))
        answer = f"{people} had cleared the queue after {elapsed_text(desk.cleared)} ({when})"
    repaired = f"{count_text(counts.repaired)} of {count_text(counts.opened)} tickets repaired"
    full = sum(week.load is not None and week.load >= FULL for week in desk.weeks)
    weeks = {0: "no week was", 1: "1 week was"}.get(full, f"{full} weeks were")
    sentences = [
        f"{answer}: {repaired}, {count_text(counts.not_found)} worked on without result because the"
        f" computer was not found, {count_text(counts.closed)} closed without work,"
        f" {count_text(counts.waiting)} still waiting at the end.",
        f"The work took {hours_text(counts.worked)}, {percent_text(desk.load)} of their hours; "
        f"{weeks} full.",
    ]
    if counts.in_work:
        verb = "is" if counts.in_work == 1 else "are"
        sentences.append(f"{count_text(counts.in_work)} {verb} still in work at the end.")
    return sentences


def hours_text(time: Seconds) -> str:
    """Write working time in hours.

    >>> hours_text(5400), hours_text(0), hours_text(1_395_000)
    ('1.5 h', '0 h', '387.5 h')
    """
    return f"{time / HOUR:,.1f}".removesuffix(".0") + " h"


def _cells(counts: TicketCounts) -> list[str]:
    still_open = counts.in_work + counts.waiting
    tickets = (counts.opened, counts.repaired, counts.not_found, counts.closed, still_open)
    wait, turnaround = counts.wait, counts.turnaround
    times = (wait.median, wait.p90, wait.longest, turnaround.median)
    return [*map(count_text, tickets), *map(length_text, times), hours_text(counts.worked)]


def _week(week: WeekLoad, report: ReportData) -> tuple[str, list[str]]:
    first = day_text(wall_time(report.start, week.start))
    cells = [
        hours_text(week.worked),
        hours_text(week.available),
        percent_text(week.load),
        count_text(week.waiting),
    ]
    return f"{week.week}, from {first}", cells
