"""A comparison as one HTML page: no script, no network, the report's style, pictures inside.

Whatever comes from a scenario, a fleet or a path is escaped by the template.
"""

from typing import Any

from sim.analysis.comparison import Comparison
from sim.analysis.comparison_devices import NAMED, Change, Shift
from sim.analysis.comparison_measures import MAIN, SeriesKey
from sim.output.comparison_lead import end_text, lead
from sim.output.comparison_notes import notes
from sim.output.comparison_pictures import course_pictures, shift_picture
from sim.output.comparison_words import (
    MAIN_TITLES,
    change_text,
    figures,
    measure_row,
    names_text,
    signed_length,
)
from sim.output.figures_axes import tick_text, tick_times
from sim.output.style_text import count_text, length_text
from sim.output.templates import template
from sim.scenario.calendar import SiteClock

_ROUND_TIMES = 10
_MOST_EDITS = 60
_MOST_SERIES = 40
"""As many series as are listed by their largest difference; all stand in the JSON."""


def render_comparison(c: Comparison) -> str:
    """Return the page, the same bytes for the same two runs."""
    scenario = c.a.scenario
    start = SiteClock(scenario.start, scenario.site.time_zone).datetime_at(0)
    rows = figures(c)
    return template("comparison.html.jinja").render(
        runs=(("A", c.a), ("B", c.b)),
        lead=lead(c),
        end=end_text(c).capitalize(),
        figures=rows,
        has_intervals=any(row.interval for row in rows),
        notes=notes(c),
        edits=c.edits,
        most_edits=_MOST_EDITS,
        pictures=course_pictures(c, start),
        tables=[_over_time(c, key, start) for key in MAIN if c.measures.row(key) is not None],
        devices=c.devices,
        shifts=[_shift("Earlier", c.devices.earlier), _shift("Later", c.devices.later)],
        shift_picture=shift_picture(c),
        changes=[_change(one) for one in c.devices.changes],
        cause_changes=[_change(one) for one in c.devices.cause_changes],
        differs=c.differs,
        series=_series(c),
        count=count_text,
        names=lambda names: names_text(names, NAMED),
    )


def _over_time(c: Comparison, key: SeriesKey, start: Any) -> dict[str, Any]:
    """Return a main measure at round times, as the picture shows it."""
    place = c.measures.keys.index(key)
    rows = []
    for column in c.measures.columns(tick_times(c.measures.end or 0, _ROUND_TIMES)):
        time = tick_text(start, int(c.measures.instants[column])).replace("\n", ", ")
        rows.append(measure_row(time, key, c.measures.at(place, column)))
    return {"title": MAIN_TITLES[key], "rows": rows}


def _shift(word: str, shift: Shift) -> dict[str, Any]:
    """Return how many devices moved one way, by how much, and the first of them by name."""
    sizes = [shift.size(per_cent) for per_cent in (10, 50, 90, 100)]
    return {
        "word": word,
        "cells": [
            count_text(len(shift.devices)),
            *(length_text(None if size is None else round(size)) for size in sizes),
        ],
        "devices": [
            (one.name, length_text(one.a), length_text(one.b), signed_length(one.difference))
            for one in shift.devices[:NAMED]
        ],
    }


def _change(change: Change) -> tuple[str, str, str]:
    names = names_text(change.names, NAMED)
    return count_text(len(change.names)), change_text(change).replace("->", "→"), names


def _series(c: Comparison) -> list[tuple[str, str, Any, str]]:
    """Return the series that differ, those that vary most first: percentages, then counts.

    With what they are, the figures at the largest difference, and when that is.
    """
    found = []
    for place, key in enumerate(c.measures.keys):
        column = c.measures.largest(place)
        if column is None or not c.measures.difference[place, column]:
            continue
        one = c.measures.at(place, column)
        time = length_text(int(c.measures.instants[column]))
        rank = (not key.measure.endswith("_pct"), -abs(one.difference or 0), place)
        found.append((rank, key, measure_row(key.measure, key, one), time))
    found.sort(key=lambda each: each[0])
    return [(key.view, key.label, row, time) for _, key, row, time in _both_kinds(found)]


def _both_kinds(found: list[Any]) -> list[Any]:
    """Return the first half of the percentages and of the counts, as many as are listed."""
    half = _MOST_SERIES // 2
    shares = [each for each in found if not each[0][0]]
    counts = [each for each in found if each[0][0]]
    return [*shares[:half], *counts[:half]]
