"""Onboarding in parts of the fleet: one small picture a part, all on one scale."""

from collections.abc import Sequence
from datetime import datetime

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.output.figures_panels import (
    Panel,
    columns_for,
    grid,
    row_count,
    rule,
    sheet,
    shortened,
    write,
)
from sim.output.style import COLOURS, house_style
from sim.output.style_text import day_text, percent_text, wall_time
from sim.units import DAY, Seconds

Line = Sequence[float]
"""Coverage at evenly spaced instants from the start to the horizon [per cent]; NaN without data."""

_ROW = 148


def onboarding_by_part(
    parts: Sequence[tuple[str, Line]],
    whole: Line,
    *,
    start: datetime,
    horizon: Seconds,
    width: int = 840,
) -> Figure:
    """Draw the coverage of each part over time, with the whole fleet's as a thin line behind it.

    Each panel carries the part's name and its last value; all share one scale, 0 to 100 % and the
    whole run.
    """
    columns = columns_for(width, len(parts))
    with house_style():
        figure, axes = sheet(width, 6 + _ROW * row_count(parts, columns))
        panels = grid(len(parts), columns, width, _ROW, left=44, gap=22, top=26, foot=20)
        for place, (panel, (name, line)) in enumerate(zip(panels, parts, strict=True)):
            _frame(axes, panel, has_axis=place % columns == 0)
            _dates(axes, panel, start, horizon)
            _curve(axes, panel, whole, "neutral", 1.0)
            _curve(axes, panel, line, "onboarded", 2.0, filled=True)
            _head(axes, panel, name, line)
    return figure


def _frame(axes: Axes, panel: Panel, *, has_axis: bool) -> None:
    for share in (0, 0.5, 1):
        rule(axes, panel, share)
        if has_axis:
            y = panel.y(share) + 4
            write(axes, panel.left - 6, y, f"{100 * share:.0f} %", across="right")


def _dates(axes: Axes, panel: Panel, start: datetime, horizon: Seconds) -> None:
    """Write the first and the last day below a panel, or its hours where the run is short."""
    ends = [wall_time(start, time) for time in (0, horizon)]
    texts = [day_text(one) if horizon > 2 * DAY else f"{one:%H:%M}" for one in ends]
    write(axes, panel.left, panel.y(0) + 15, texts[0])
    write(axes, panel.x(1), panel.y(0) + 15, texts[1], across="right")


def _curve(
    axes: Axes, panel: Panel, line: Line, role: str, weight: float, *, filled: bool = False
) -> None:
    steps = max(len(line) - 1, 1)
    xs = [panel.x(place / steps) for place in range(len(line))]
    ys = [panel.y(value / 100) for value in line]
    axes.plot(xs, ys, color=COLOURS[role], lw=weight, solid_joinstyle="round")
    if filled:
        floor = [panel.y(0)] * len(line)
        axes.fill_between(xs, ys, floor, color=COLOURS[role], alpha=0.13, lw=0)


def _head(axes: Axes, panel: Panel, name: str, line: Line) -> None:
    """Write a part's name, and its last value at the right."""
    value = percent_text(line[-1] if len(line) else None)
    y = panel.top - 8
    room = panel.width - 7.5 * len(value) - 8
    write(axes, panel.left, y, shortened(name, room), role="ink")
    write(axes, panel.x(1), y, value, role="onboarded", across="right", bold=True)
