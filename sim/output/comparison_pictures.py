"""The pictures of a comparison, each in two sizes and told in words for those who do not see it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from matplotlib.figure import Figure

from sim.analysis.comparison import Comparison
from sim.analysis.comparison_measures import MAIN, SeriesKey
from sim.output.comparison_words import MAIN_TITLES, measure_row
from sim.output.figures_comparison import Course, course_of_both
from sim.output.figures_comparison_shifts import shifts_of_devices
from sim.output.report_pictures import SIZES, Drawings
from sim.output.style import inline_svg
from sim.output.style_text import count_text, length_text
from sim.units import Seconds

_ROLES = ("onboarded", "onboarded", "failed", "waiting")
"""The colour of B in the picture of each of MAIN."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing under its heading."""

    title: str
    drawings: Drawings


def course_pictures(c: Comparison, start: datetime) -> list[Picture]:
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
        pictures.append(Picture(MAIN_TITLES[key], drawings))
    return pictures


def _course(c: Comparison, key: SeriesKey, role: str) -> Course | None:
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


def _course_words(c: Comparison, key: SeriesKey) -> str:
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


def shift_picture(c: Comparison) -> Drawings:
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
