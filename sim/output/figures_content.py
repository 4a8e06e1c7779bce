"""The load of distribution points: bytes by hour, one strip a point, each on its own scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.output.figures_axes import tick_text, tick_times
from sim.output.figures_panels import Panel, grid, rule, sheet, shortened, write
from sim.output.style import COLOURS, house_style
from sim.output.style_text import bytes_text
from sim.units import HOUR, Seconds

_ROW = 112
_MOST_BARS = 360


@dataclass(frozen=True, slots=True)
class Strip:
    """One distribution point's bytes in each hour since the start."""

    title: str
    by_hour: Sequence[int]


def content_over_time(
    strips: Sequence[Strip], *, start: datetime, horizon: Seconds, width: int = 840
) -> Figure:
    """Draw the bytes that each point carried in each hour; the axis of each strip names its peak.

    Where hours lie closer together than can be seen, the busiest of them is drawn.
    """
    with house_style():
        figure, axes = sheet(width, 36 + _ROW * len(strips))
        panels = grid(len(strips), 1, width, _ROW, left=64, gap=0, top=26, foot=8)
        for panel, strip in zip(panels, strips, strict=True):
            _frame(axes, panel, strip)
            _bars(axes, panel, strip.by_hour, horizon)
        for panel in panels[-1:]:
            _days(axes, panel, start, horizon, most_ticks=width // 95)
    return figure


def _frame(axes: Axes, panel: Panel, strip: Strip) -> None:
    most = max(strip.by_hour)
    for share, text in ((0, "0"), (1, bytes_text(most))):
        rule(axes, panel, share)
        write(axes, panel.left - 6, panel.y(share) + 4, text, across="right")
    peak, above = f"peak {bytes_text(most)} an hour", panel.top - 8
    write(axes, panel.left, above, shortened(strip.title, panel.width - 150), role="ink")
    write(axes, panel.x(1), above, peak, role="onboarded", across="right")


def _bars(axes: Axes, panel: Panel, by_hour: Sequence[int], horizon: Seconds) -> None:
    """Draw the hours, or as many of them together as one bar takes."""
    most = max(by_hour)
    together = -(-len(by_hour) // _MOST_BARS)
    for first in range(0, len(by_hour), together):
        busiest = max(by_hour[first : first + together])
        if not busiest:
            continue
        left = panel.x(first * HOUR / horizon)
        right = panel.x(min((first + together) * HOUR / horizon, 1))
        axes.fill_between(
            (left, max(right, left + 1.2)),
            panel.y(busiest / most),
            panel.y(0),
            color=COLOURS["onboarded"],
            lw=0,
        )


def _days(axes: Axes, panel: Panel, start: datetime, horizon: Seconds, most_ticks: int) -> None:
    for time in tick_times(horizon, max(most_ticks, 2)):
        x = panel.x(time / horizon)
        across = "left" if time == 0 else "right" if x > panel.x(1) - 20 else "center"
        for line, text in enumerate(tick_text(start, time).split("\n")):
            write(axes, x, panel.y(0) + 16 + 13 * line, text, across=across)
