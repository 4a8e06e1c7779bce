"""The support desk in the report: how many people for how many weeks, in words, rows, a picture."""

from collections.abc import Sequence
from dataclasses import dataclass

from sim.accounts.desk import DeskAccount, TicketCounts, WeekLoad
from sim.report.data import ReportData
from sim.text.numbers import (
    count_text,
    date_text,
    day_text,
    elapsed_text,
    length_text,
    percent_text,
    remedy_for,
    wall_time,
)
from sim.units import HOUR, Seconds

FULL = 95
"""A week counts as full when the technicians work this much of their hours [per cent]."""


@dataclass(frozen=True, slots=True)
class DeskTables:
    """What the section on the support desk shows."""

    answer: str
    causes: Sequence[tuple[str, str, Sequence[str]]]
    """Title, cause, cells: opened, repaired, without work, open, wait (middle, nine in ten,
    longest), turnaround (middle), hours worked."""
    weeks: Sequence[tuple[str, Sequence[str]]]
    """Week; cells: worked, available, load, waiting when it ends."""


def desk_tables(report: ReportData) -> DeskTables | None:
    """Return the words and rows of the support desk; None without one."""
    desk = report.desk
    if desk is None:
        return None
    causes = [
        (remedy_for(cause, report.remedies).title, cause, _cells(counts))
        for cause, counts in desk.by_cause.items()
    ]
    if len(causes) > 1:
        causes.append(("All", "", _cells(desk.all)))
    return DeskTables(
        " ".join(desk_answer(desk, report)),
        causes,
        [_week(week, report) for week in desk.weeks],
    )


def people_text(technicians: int) -> str:
    """Write how many technicians there are.

    >>> people_text(1), people_text(3)
    ('1 technician', '3 technicians')
    """
    return "1 technician" if technicians == 1 else f"{count_text(technicians)} technicians"


def desk_answer(desk: DeskAccount, report: ReportData) -> Sequence[str]:
    """Return the sentences that say how many people were needed for how long."""
    people, counts = people_text(desk.technicians).capitalize(), desk.all
    if not counts.opened:
        return [f"{people}, and no ticket: the console showed nothing that they repair."]
    if desk.cleared is not None:
        when = date_text(wall_time(report.start, desk.cleared))
        said = f"{people} had cleared the queue after {elapsed_text(desk.cleared)} ({when})"
    else:
        said = f"{people} never cleared the queue within {elapsed_text(report.horizon)}"
    told = [
        f"{said}: {count_text(counts.repaired)} of {count_text(counts.opened)} tickets repaired, "
        f"{count_text(counts.closed)} came right by themselves, {count_text(counts.waiting)} still "
        "wait at the end."
    ]
    full = sum(week.load is not None and week.load >= FULL for week in desk.weeks)
    told.append(
        f"The work took {hours_text(counts.worked)}, {percent_text(desk.load)} of the hours that "
        f"they had; {_weeks_text(full)} full."
    )
    if counts.in_work:
        told.append(f"{count_text(counts.in_work)} were taken up and are not back at the end.")
    return told


def _weeks_text(full: int) -> str:
    return {0: "no week was", 1: "1 week was"}.get(full, f"{full} weeks were")


def hours_text(time: Seconds) -> str:
    """Write a time of work in hours.

    >>> hours_text(5400), hours_text(0), hours_text(1_395_000)
    ('1.5 h', '0 h', '387.5 h')
    """
    return f"{time / HOUR:,.1f}".removesuffix(".0") + " h"


def _cells(counts: TicketCounts) -> list[str]:
    return [
        count_text(counts.opened),
        count_text(counts.repaired),
        count_text(counts.closed),
        count_text(counts.in_work + counts.waiting),
        length_text(counts.wait.median),
        length_text(counts.wait.p90),
        length_text(counts.wait.longest),
        length_text(counts.turnaround.median),
        hours_text(counts.worked),
    ]


def _week(week: WeekLoad, report: ReportData) -> tuple[str, list[str]]:
    first = day_text(wall_time(report.start, week.start))
    cells = [
        hours_text(week.worked),
        hours_text(week.available),
        percent_text(week.load),
        count_text(week.waiting),
    ]
    return f"{week.week}, from {first}", cells
