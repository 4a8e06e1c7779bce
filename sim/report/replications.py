"""What several replications say together: the rows and the words of the report's first section."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim.accounts.headline import LEVELS, headline_of
from sim.figures.axes import tick_text, tick_times, value_at
from sim.figures.lines import ENDS, band
from sim.reference.causes import REMEDIES
from sim.report.data import ReportData, SeveralRuns
from sim.report.view import headline_sentence
from sim.runs.experiment import Experiment
from sim.text.numbers import (
    MISSING,
    count_text,
    day_text,
    percent_text,
    since_start_text,
    wall_time,
    words,
)
from sim.text.promise import p90_interval
from sim.units import Seconds

_STATUSES = ("onboarded", "failed", "waiting", "not_targeted", "offboarded", "not_eligible")
_MOST_CAUSES = 8

Cells = list[str]


@dataclass(frozen=True)
class SeveralTables:
    """The first section of a report of several replications, in words."""

    answer: str
    levels: list[tuple[str, Cells]]
    """A level, and for P10, P50 and P90 when it was reached; then in how many replications."""
    figures: list[tuple[str, Cells]]
    """A figure at the end, with its mean, P10, P50 and P90."""
    causes: list[tuple[str, str, Cells]]
    """A cause by title and word, with the same."""
    course: list[tuple[str, Cells]]
    """A time, with P10, P50 and P90 of coverage, then of failures."""


def several_runs(experiment: Experiment, bands: pd.DataFrame) -> SeveralRuns:
    """Return what an experiment says, with its *bands*, for a report."""
    times = [headline_of(each.summary)["time_to"] for each in experiment.results]
    reached = {level: sum(time[str(level)] is not None for time in times) for level in LEVELS}
    return SeveralRuns(
        len(experiment.results),
        experiment.summary,
        reached,
        experiment.expectations,
        bands,
        experiment.notes,
        p90_interval(experiment),
    )


def several_tables(report: ReportData) -> SeveralTables | None:
    """Return the section; None for a single replication."""
    several = report.several
    if several is None:
        return None
    return SeveralTables(
        answer(several.summary),
        list(level_rows(several, report)),
        list(_figures(several.summary)),
        list(_causes(several.summary)),
        list(_course(report, several.bands)),
    )


def answer(summary: Mapping[str, Any]) -> str:
    """Say how far the fleet is at the end, and how surely."""
    headline = headline_of(summary)
    what = headline_sentence(headline, "of the")
    low, middle, high = (percent_text(headline["percent"][end]) for end in ENDS)
    return f"{middle} {what}: the median of the replications, with {low} to {high} from P10 to P90."


def level_rows(several: SeveralRuns, report: ReportData) -> Iterator[tuple[str, Cells]]:
    """Yield when each level was reached: P10, P50, P90, and how often it was."""
    times = headline_of(several.summary)["time_to"]
    for level in LEVELS:
        cells = [_time(times[str(level)][end], report) for end in ENDS]
        often = f"{several.reached[level]} of {several.replications}"
        yield f"{level} %", [*cells, often]


def _time(seconds: Seconds | None, report: ReportData) -> str:
    if seconds is None:
        return "not reached"
    when = day_text(wall_time(report.start, round(seconds)))
    return f"{since_start_text(round(seconds))} ({when})"


def _figures(summary: Mapping[str, Any]) -> Iterator[tuple[str, Cells]]:
    yield "Devices", _counts(summary["devices"])
    for status in _STATUSES:
        if summary[status]["p90"]:
            yield words(status).capitalize(), _counts(summary[status])
    yield "Coverage", _shares(summary["coverage_pct"])
    yield "Coverage of targeted devices", _shares(summary["onboarded_pct"])
    yield "Console, of eligible and targeted", _shares(summary["console"]["onboarded_pct"])


def _causes(summary: Mapping[str, Any]) -> Iterator[tuple[str, str, Cells]]:
    causes = summary["causes"]
    for cause in sorted(causes, key=lambda each: (-causes[each]["mean"], each))[:_MOST_CAUSES]:
        title = REMEDIES[cause].title if cause in REMEDIES else words(cause)
        yield title, cause, _counts(causes[cause])


def _counts(figures: Mapping[str, Any]) -> Cells:
    mean, *others = (figures[name] for name in ("mean", *ENDS))
    return [f"{mean:,.1f}", *(count_text(round(each)) for each in others)]


def _shares(figures: Mapping[str, Any]) -> Cells:
    return [percent_text(figures[name]) for name in ("mean", *ENDS)]


def _course(report: ReportData, bands: pd.DataFrame) -> Iterator[tuple[str, Cells]]:
    """Yield the fan chart's numbers at round times."""
    lines: Sequence[pd.Series] = [
        band(bands, measure, end) for measure in ("coverage_pct", "failed_pct") for end in ENDS
    ]
    for time in tick_times(report.horizon, 10):
        cells = [_share(value_at(line, time)) for line in lines]
        yield tick_text(report.start, time).replace("\n", ", "), cells


def _share(value: float | None) -> str:
    return MISSING if value is None else percent_text(value)
