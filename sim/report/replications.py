"""The report's first section where there are several replications: its rows, and its sentences."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from sim.accounts.headline import LEVELS, headline_of
from sim.figures.axes import tick_text, tick_times, value_at
from sim.figures.lines import PERCENTILES, band
from sim.report.data import ReplicationSummary, ReportData
from sim.report.overview import STATUS_ORDER, headline_sentence
from sim.runs.experiment import Experiment
from sim.text.numbers import (
    count_text,
    percent_text,
    reached_text,
    remedy_for,
    words,
)
from sim.text.summary import p90_interval

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
    """Return the rows of the section; None for a single replication.

    The cells of `levels`: when one was reached (P10, P50, P90), then in how many replications.
    Those of `figures` and `causes` at the end: mean, P10, P50 and P90. Those of `over_time`: P10,
    P50 and P90 of coverage, then of failures.
    """
    whole = report.replications
    if whole is None:
        return None
    causes = list(_causes(whole.summary, report))
    return {
        "answer": answer(whole.summary),
        "levels": list(level_rows(whole, report)),
        "figures": list(_figures(whole.summary)),
        "causes": causes[:MAX_CAUSES],
        "further_causes": len(causes[MAX_CAUSES:]),
        "over_time": list(_over_time(whole.bands, report)),
    }


def answer(summary: Mapping[str, Any]) -> str:
    """Say how far the fleet is at the end, and how much the replications differ."""
    headline = headline_of(summary)
    what = headline_sentence(headline, "of the")
    low, middle, high = (percent_text(headline["percent"][name]) for name in PERCENTILES)
    return f"{middle} {what} (median). From P10 to P90 it is {low} to {high}."


def level_rows(whole: ReplicationSummary, report: ReportData) -> Iterator[tuple[str, Cells]]:
    """Yield when each level was reached (P10, P50, P90), and in how many replications."""
    times = headline_of(whole.summary)["time_to"]
    for level in LEVELS:
        reached = (times[str(level)][name] for name in PERCENTILES)
        cells = [
            "not reached" if time is None else reached_text(time, report.start) for time in reached
        ]
        yield f"{level} %", [*cells, f"{whole.reached[level]} of {whole.number}"]


def _figures(summary: Mapping[str, Any]) -> Iterator[tuple[str, Cells]]:
    yield "Devices", _counts(summary["devices"])
    for status in STATUS_ORDER:
        if summary[status]["p90"]:
            yield words(status), _counts(summary[status])
    yield "Coverage", _shares(summary["coverage_pct"])
    yield "Coverage of targeted devices", _shares(summary["onboarded_pct"])
    yield "Console, of eligible and targeted", _shares(summary["console"]["onboarded_pct"])


def _causes(summary: Mapping[str, Any], report: ReportData) -> Iterator[tuple[str, str, Cells]]:
    """Yield the causes, those that hold back the most devices first."""
    causes = summary["causes"]
    for cause in sorted(causes, key=lambda each: (-causes[each]["mean"], each)):
        yield remedy_for(cause, report.remedies).title, cause, _counts(causes[cause])


def _counts(figures: Mapping[str, Any]) -> Cells:
    mean, *others = (figures[name] for name in ("mean", *PERCENTILES))
    return [f"{mean:,.1f}", *(count_text(round(each)) for each in others)]


def _shares(figures: Mapping[str, Any]) -> Cells:
    return [percent_text(figures[name]) for name in ("mean", *PERCENTILES)]


def _over_time(bands: pd.DataFrame, report: ReportData) -> Iterator[tuple[str, Cells]]:
    """Yield the picture's numbers at round times."""
    lines: Sequence[pd.Series] = [
        band(bands, measure, name)
        for measure in ("coverage_pct", "failed_pct")
        for name in PERCENTILES
    ]
    for time in tick_times(report.horizon, 10):
        cells = [percent_text(value_at(line, time)) for line in lines]
        yield tick_text(report.start, time).replace("\n", ", "), cells
