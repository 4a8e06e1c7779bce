"""Two runs in one picture: a measure over time in both, the difference below it; who moved."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.output.figures_axes import spread, time_axis
from sim.output.style import COLOURS, canvas, house_style
from sim.output.style_text import count_text, percent_text
from sim.units import Seconds

MOST_POINTS = 300
_LEFT, _RIGHT, _TOP, _FOOT, _GAP = 52, 86, 24, 44, 40
"""Margins and the room between the two plots [pixels]."""
_SMALL = 11
_LETTERS = 15
"""As far apart stand lines of small letters [pixels]."""
_LOWER_TALL = 90
"""About how high the lower plot is [pixels]."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Course:
    """A measure in both runs over time; NaN without data."""

    instants: NDArray[np.int64]
    a: Numbers
    b: Numbers
    difference: Numbers
    half: Numbers
    """Half the width of the interval; NaN without one."""
    is_share: bool
    """Whether it is a percentage; else a count."""
    role: str
    """The colour of B; A is grey."""

    def thinned(self) -> "Course":
        """Return about MOST_POINTS of its points, always with the last."""
        last = len(self.instants) - 1
        every = max(-(-len(self.instants) // MOST_POINTS), 1)
        kept = np.unique(np.append(np.arange(0, last + 1, every), last))
        return replace(
            self,
            instants=self.instants[kept],
            a=self.a[kept],
            b=self.b[kept],
            difference=self.difference[kept],
            half=self.half[kept],
        )

    def text(self, value: float) -> str:
        """Write a value of the measure."""
        if self.is_share:
            return percent_text(value)
        return count_text(value) if value == round(value) else f"{value:,.1f}"


def course_of_both(
    course: Course, *, start: datetime, horizon: Seconds, width: int = 840
) -> Figure:
    """Draw a measure in both runs, and below on the same time axis B minus A with its interval.

    A is the dashed grey line, B the full one in colour; both have their names at their ends.
    """
    height = 400 if width > 600 else 360
    course = course.thinned()
    with house_style():
        figure, above = canvas(width, height)
        below = figure.add_subplot()
        below.patch.set_alpha(0)
        below.spines[["top", "right", "left"]].set_visible(False)
        below.tick_params(length=0, pad=6)
        room = height - _TOP - _FOOT - _GAP
        _place(above, width, height, _FOOT + _GAP + 0.36 * room, 0.64 * room)
        _place(below, width, height, _FOOT, 0.36 * room)
        _lines(above, course)
        _difference(below, course)
        for axes in (above, below):
            time_axis(axes, start, horizon, most_ticks=width // 95)
        above.tick_params(labelbottom=False)
        _label_ends(above, course, 0.64 * room)
    return figure


def _place(axes: Axes, width: int, height: int, bottom: float, tall: float) -> None:
    axes.set_position((_LEFT / width, bottom / height, 1 - (_LEFT + _RIGHT) / width, tall / height))


def _lines(axes: Axes, course: Course) -> None:
    top = 100.0 if course.is_share else _round_up(max(_most(course.a), _most(course.b), 1.0))
    axes.set_ylim(0, top)
    _value_axis(
        axes,
        [0, top / 4, top / 2, 3 * top / 4, top] if course.is_share else [0, top / 2, top],
        course,
    )
    axes.plot(course.instants, course.b, color=COLOURS[course.role], lw=2.2, clip_on=False)
    grey = {"color": COLOURS["muted"], "lw": 1.5, "dashes": (4, 2)}
    axes.plot(course.instants, course.a, clip_on=False, **grey)  # type: ignore[arg-type]


def _label_ends(axes: Axes, course: Course, tall: float) -> None:
    """Write the names right of the lines' ends, apart on a plot that is *tall* pixels high."""
    ends = sorted(
        (float(line[-1]), name, role)
        for name, line, role in (("A", course.a, "muted"), ("B", course.b, course.role))
        if len(line) and not np.isnan(line[-1])
    )
    top = axes.get_ylim()[1]
    heights = spread([value for value, _, _ in ends], _LETTERS * top / tall, top)
    for height, (value, name, role) in zip(heights, ends, strict=True):
        axes.annotate(
            f"{name} {course.text(value)}",
            (1, height),
            (8, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            color=COLOURS[role],
            fontsize=_SMALL,
            va="center",
            annotation_clip=False,
        )


def _difference(axes: Axes, course: Course) -> None:
    low, high = course.difference - course.half, course.difference + course.half
    least = min(-_most(-course.difference), -_most(-low), 0.0)
    most = max(_most(course.difference), _most(high), 0.0)
    bottom, top = -_round_up(-least) if least else 0.0, _round_up(most) if most else 0.0
    if bottom == top:
        bottom, top = -1.0, 1.0
    axes.set_ylim(bottom - 0.04 * (top - bottom), top + 0.04 * (top - bottom))
    near = _LETTERS / _LOWER_TALL * (top - bottom)
    ends = [end for end in (bottom, top) if abs(end) >= near]
    _value_axis(axes, sorted({0.0, *ends}), course, signed=True)
    axes.fill_between(course.instants, low, high, color=COLOURS[course.role], alpha=0.22, lw=0)
    axes.plot(course.instants, course.difference, color=COLOURS[course.role], lw=1.6)
    axes.axhline(0, color=COLOURS["muted"], lw=0.8)
    axes.annotate(
        "B minus A" + (", points" if course.is_share else ", devices"),
        (0, 1),
        (0, 10),
        xycoords="axes fraction",
        textcoords="offset points",
        color=COLOURS["muted"],
        fontsize=_SMALL,
        annotation_clip=False,
    )


def _value_axis(axes: Axes, ticks: Sequence[float], course: Course, signed: bool = False) -> None:
    def text(value: float) -> str:
        number = f"{value:+,.6g}" if signed and value else f"{value:,.6g}"
        return number if signed or not course.is_share else f"{number} %"

    axes.set_yticks(ticks, [text(value) for value in ticks], fontsize=_SMALL)
    axes.grid(axis="y", color=COLOURS["line"], lw=0.8)


def _most(values: Numbers) -> float:
    known = values[~np.isnan(values)]
    return float(known.max()) if len(known) else -np.inf


def _round_up(number: float) -> float:
    """Return the next round number: 1, 2, 4 or 6 times a power of ten, or more.

    >>> _round_up(3.2), _round_up(47), _round_up(101), _round_up(0.3)
    (4.0, 60.0, 200.0, 0.4)
    """
    size = 10.0 ** np.floor(np.log10(number))
    factor = next(one for one in (1, 2, 4, 6, 10) if number <= one * size * (1 + 1e-9))
    return float(round(factor * size, 9))
