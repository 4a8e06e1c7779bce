"""A comparison as one HTML page: no script, no network, the report's style, pictures inside.

The template escapes whatever comes from a scenario, a fleet or a path.
"""

from datetime import datetime
from functools import partial
from typing import Any

from sim.comparison import words
from sim.comparison.comparison import RunComparison
from sim.comparison.devices import MAX_NAMES
from sim.comparison.estimates import MAIN, SeriesKey
from sim.figures.axes import Figure, TimeFrame, tick_text, tick_times
from sim.figures.comparison import PairedSeries, measure_in_both_runs, shifts_of_devices
from sim.report.page import template
from sim.report.pictures import Drawings, draw_in_sizes
from sim.scenario.calendar import SiteClock
from sim.text.numbers import count_text, length_text
from sim.units import Seconds

_ROLES = ("onboarded", "onboarded", "onboarded", "failed", "waiting")
"""The colour of B in the picture of each of MAIN."""


def measure_pictures(c: RunComparison, start: datetime) -> list[tuple[str, Drawings]]:
    """Draw the main measures over time, those that have data in either run, each with its title.

    *start* is the site's wall clock at the start of A.
    """
    pictures = []
    for number, (key, role) in enumerate(zip(MAIN, _ROLES, strict=True)):
        pair = _pair(c, key, role)
        if pair is None:
            continue
        drawings = draw_in_sizes(
            f"measure-{number}",
            f"{words.MAIN_TITLES[key]} over time in A and B, and B minus A",
            _describe(c, key),
            partial(_draw_pair, pair, start, c.measures.end or 1),
        )
        pictures.append((words.MAIN_TITLES[key], drawings))
    return pictures


def _draw_pair(pair: PairedSeries, start: datetime, horizon: Seconds, width: int) -> Figure:
    return measure_in_both_runs(pair, TimeFrame(start, horizon, width))


def _pair(c: RunComparison, key: SeriesKey, role: str) -> PairedSeries | None:
    measures, row = c.measures, c.measures.row(key)
    if row is None:
        return None
    a, b = measures.a[row], measures.b[row]
    if not ((a == a) | (b == b)).any():
        return None
    difference, half = measures.difference[row], measures.half[row]
    return PairedSeries(measures.instants, a, b, difference, half, key.is_share, role)


def _describe(c: RunComparison, key: SeriesKey) -> str:
    """Describe what a picture of a measure shows."""
    row = words.figure_row("", c.measures.at_end(key), is_share=key.is_share)
    at_end = f"At the end A {row.a}, B {row.b}, difference {row.difference}."
    place = c.measures.row(key)
    largest = None if place is None else c.measures.largest(place)
    if place is None or largest is None:
        return at_end
    most = words.figure_row("", c.measures.at(place, largest), is_share=key.is_share).difference
    when = length_text(int(c.measures.instants[largest]))
    return f"{at_end} The largest difference is {most}, after {when}."


def shift_picture(c: RunComparison) -> Drawings:
    """Draw how much earlier or later devices onboard; nothing where none moved."""
    earlier, later = c.devices.earlier.devices, c.devices.later.devices
    differences = [device.difference for device in (*earlier, *later)]
    if not differences:
        return []
    return draw_in_sizes(
        "shifts",
        "By how much devices onboard earlier or later in B",
        f"{count_text(len(earlier))} devices earlier, {count_text(len(later))} later.",
        lambda width: shifts_of_devices(differences, width=width),
    )


_ROUND_TIMES = 10
_MAX_EDITS = 60
_MAX_SERIES = 50
"""How many series are listed; the JSON has all of them."""


def render_comparison(c: RunComparison) -> str:
    """Return the page, the same bytes for the same two runs."""
    scenario = c.a.scenario
    start = SiteClock(scenario.start, scenario.site.time_zone).datetime_at(0)
    rows = words.figure_rows(c)
    return template("comparison.html.jinja").render(
        runs=(("A", c.a), ("B", c.b)),
        lead=words.answer_sentence(c),
        end=words.end_text(c).capitalize(),
        figures=rows,
        has_intervals=any(row.interval for row in rows),
        notes=words.comparison_notes(c),
        edits=c.edits,
        max_edits=_MAX_EDITS,
        pictures=measure_pictures(c, start),
        tables=[_over_time(c, key, start) for key in MAIN if c.measures.row(key) is not None],
        devices=c.devices,
        shifts=(("Earlier", c.devices.earlier), ("Later", c.devices.later)),
        shift_picture=shift_picture(c),
        change_text=words.change_text,
        differs=c.differs,
        series=_series(c),
        most=MAX_NAMES,
    )


def _over_time(c: RunComparison, key: SeriesKey, start: Any) -> dict[str, Any]:
    """Return a main measure at round times, as the picture shows it."""
    place = c.measures.keys.index(key)
    rows = []
    for column in c.measures.columns(tick_times(c.measures.end or 0, _ROUND_TIMES)):
        time = tick_text(start, int(c.measures.instants[column])).replace("\n", ", ")
        rows.append(words.figure_row(time, c.measures.at(place, column), is_share=key.is_share))
    return {"title": words.MAIN_TITLES[key], "rows": rows}


def _series(c: RunComparison) -> list[tuple[str, str, Any, str]]:
    """Return (view, label, row, time) of the series that differ, the largest difference first.

    Percentages come before counts. The row has the figures at the time of the largest difference.
    """
    ranked: dict[bool, list[Any]] = {True: [], False: []}
    for place, key in enumerate(c.measures.keys):
        column = c.measures.largest(place)
        if column is None or not c.measures.difference[place, column]:
            continue
        estimate = c.measures.at(place, column)
        row = words.figure_row(key.measure, estimate, is_share=key.is_share)
        entry = (key.view, key.label, row, length_text(int(c.measures.instants[column])))
        ranked[key.is_share].append((-abs(estimate.difference or 0), place, entry))
    half = _MAX_SERIES // 2
    return [entry for rows in ranked.values() for *_, entry in sorted(rows)[:half]]
