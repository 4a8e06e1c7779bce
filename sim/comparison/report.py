"""The pictures of a comparison, each in two sizes and told in words for those who do not see it.

A comparison as one HTML page: no script, no network, the report's style, pictures inside.

Whatever comes from a scenario, a fleet or a path is escaped by the template.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from matplotlib.figure import Figure

from sim.comparison.comparison import RunComparison
from sim.comparison.devices import NAMED, OutcomeChange, Shift
from sim.comparison.estimates import MAIN, SeriesKey
from sim.comparison.notes import comparison_notes
from sim.comparison.words import (
    MAIN_TITLES,
    change_text,
    end_text,
    figure_rows,
    lead,
    measure_row,
)
from sim.figures.axes import tick_text, tick_times
from sim.figures.comparison import Course, course_of_both, shifts_of_devices
from sim.figures.style import inline_svg
from sim.report.pictures import SIZES, Drawings
from sim.report.templates import template
from sim.scenario.calendar import SiteClock
from sim.text.numbers import count_text, length_text, names_text, signed_length
from sim.units import Seconds

_ROLES = ("onboarded", "onboarded", "failed", "waiting")
"""The colour of B in the picture of each of MAIN."""


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A drawing under its heading."""

    title: str
    drawings: Drawings


def course_pictures(c: RunComparison, start: datetime) -> list[PagePicture]:
    """Draw the main measures over time, those that have data in either run.

    *start* is the site's wall clock at the start of A.
    """
    pictures = []
    for number, (key, role) in enumerate(zip(MAIN, _ROLES, strict=True)):
        course = _course(c, key, role)
        if course is None:
            continue
        horizon = c.measures.end or 1
        drawings = _in_sizes(
            f"course-{number}",
            f"{MAIN_TITLES[key]} over time in A and B, and B minus A",
            _course_words(c, key),
            lambda width, course=course, horizon=horizon: course_of_both(  # type: ignore[misc]
                course, start=start, horizon=horizon, width=width
            ),
        )
        pictures.append(PagePicture(MAIN_TITLES[key], drawings))
    return pictures


def _course(c: RunComparison, key: SeriesKey, role: str) -> Course | None:
    measures, row = c.measures, c.measures.row(key)
    if row is None:
        return None
    a, b = measures.a[row], measures.b[row]
    if not ((a == a) | (b == b)).any():
        return None
    is_share = key.measure.endswith("_pct")
    return Course(
        measures.instants, a, b, measures.difference[row], measures.half[row], is_share, role
    )


def _course_words(c: RunComparison, key: SeriesKey) -> str:
    """Say in words what a picture of a measure shows."""
    row = measure_row("", key, c.measures.at_end(key))
    words = f"At the end A {row.a}, B {row.b}, difference {row.difference}."
    place = c.measures.row(key)
    largest = None if place is None else c.measures.largest(place)
    if place is None or largest is None:
        return words
    most = measure_row("", key, c.measures.at(place, largest)).difference
    when = length_text(int(c.measures.instants[largest]))
    return f"{words} The largest difference is {most}, after {when}."


def shift_picture(c: RunComparison) -> Drawings:
    """Draw by how much devices moved; nothing where none did."""
    earlier, later = c.devices.earlier.devices, c.devices.later.devices
    differences: list[Seconds] = [one.difference for one in (*earlier, *later)]
    if not differences:
        return []
    return _in_sizes(
        "shifts",
        "By how much devices onboard earlier or later in B",
        f"{count_text(len(earlier))} devices earlier, {count_text(len(later))} later.",
        lambda width: shifts_of_devices(differences, width=width),
    )


def _in_sizes(key: str, title: str, description: str, draw: Callable[[int], Figure]) -> Drawings:
    """Draw a picture in every size; *draw* takes the width [pixels]."""
    return [
        (
            size,
            inline_svg(draw(width), key=f"{key}-{size}", title=title, description=description),
        )
        for size, width in SIZES
    ]


_ROUND_TIMES = 10
_MOST_EDITS = 60
_MOST_SERIES = 40
"""As many series as are listed by their largest difference; all stand in the JSON."""


def render_comparison(c: RunComparison) -> str:
    """Return the page, the same bytes for the same two runs."""
    scenario = c.a.scenario
    start = SiteClock(scenario.start, scenario.site.time_zone).datetime_at(0)
    rows = figure_rows(c)
    return template("comparison.html.jinja").render(
        runs=(("A", c.a), ("B", c.b)),
        lead=lead(c),
        end=end_text(c).capitalize(),
        figures=rows,
        has_intervals=any(row.interval for row in rows),
        notes=comparison_notes(c),
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


def _over_time(c: RunComparison, key: SeriesKey, start: Any) -> dict[str, Any]:
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


def _change(change: OutcomeChange) -> tuple[str, str, str]:
    names = names_text(change.names, NAMED)
    return count_text(len(change.names)), change_text(change).replace("->", "→"), names


def _series(c: RunComparison) -> list[tuple[str, str, Any, str]]:
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
