"""Small pictures side by side on one sheet, measured in pixels: one set of axes serves them all.

Many small axes of matplotlib would cost a run more time than its simulation.

Onboarding in parts of the fleet: one small picture a part, all on one scale.

Time lost in each stage: one bar a stage, what is over and what still goes on.

The load of distribution points: bytes by hour, one strip a point, each on its own scale.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.axes import tick_text, tick_times
from sim.figures.style import COLOURS, canvas, house_style
from sim.text.numbers import bytes_text, day_text, device_days_text, percent_text, wall_time
from sim.units import DAY, HOUR, Seconds

SMALL = 11
"""Size of the small letters [pixels]."""
_LETTER = 6.4
"""About the width of a small letter [pixels]; only the length of names depends on it."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One small picture's plot: a rectangle of the sheet, from the top left, in pixels."""

    left: float
    top: float
    width: float
    height: float

    def x(self, share: float) -> float:
        """Return the place of a share 0 to 1 of the way from the left edge to the right."""
        return self.left + share * self.width

    def y(self, share: float) -> float:
        """Return the place of a share 0 to 1 of the way from the bottom to the top."""
        return self.top + (1 - share) * self.height


def sheet(width: int, height: int) -> tuple[Figure, Axes]:
    """Return an empty figure whose axes count its pixels from the top left corner."""
    figure, axes = canvas(width, height)
    axes.set_position((0, 0, 1, 1))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    axes.axis("off")
    return figure, axes


def grid(
    number: int,
    columns: int,
    width: int,
    row_height: int,
    *,
    left: int,
    gap: int,
    top: int,
    foot: int,
) -> list[Panel]:
    """Return the plots of that many panels, row by row.

    *left* is the room for the vertical axis of a row, *gap* the room between two columns, *top* and
    *foot* the room above and below each plot.
    """
    wide = (width - left - 4 - gap * (columns - 1)) / columns
    return [
        Panel(
            left + (wide + gap) * (place % columns),
            top + row_height * (place // columns),
            wide,
            row_height - top - foot,
        )
        for place in range(number)
    ]


def write(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    role: str = "muted",
    across: str = "left",
    bold: bool = False,
) -> None:
    """Write small letters with their base line at a place of the sheet."""
    axes.text(
        x,
        y,
        text,
        color=COLOURS[role],
        fontsize=SMALL,
        ha=across,
        va="baseline",
        fontweight="bold" if bold else "normal",
    )


def hairline(axes: Axes, panel: Panel, share: float) -> None:
    """Draw a thin level line across a panel."""
    y = panel.y(share)
    axes.plot((panel.left, panel.x(1)), (y, y), color=COLOURS["line"], lw=0.8, zorder=0)


def shortened(text: str, room: float) -> str:
    """Return a name cut to that many pixels, with a mark where letters are missing.

    >>> shortened("All endpoints", 200), shortened("All endpoints", 50)
    ('All endpoints', 'All en…')
    """
    most = max(int(room / _LETTER), 2)
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def columns_for(width: int, panels: int) -> int:
    """Return how many panels stand side by side: two on a phone, four on a page."""
    return min(max(width // 190, 1), max(panels, 2))


def row_count(panels: Sequence[object], columns: int) -> int:
    """Return how many rows hold all panels."""
    return -(-len(panels) // columns)


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
        hairline(axes, panel, share)
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


_STAGE_ROW = 30


@dataclass(frozen=True, slots=True)
class StageBar:
    """One stage's bar."""

    title: str
    finished: int
    """Time that devices lost in it and that is over [device-seconds]."""
    still: int
    """Time so far of the devices that are in it at the end [device-seconds]."""


def time_by_stage(bars: Sequence[StageBar], *, width: int = 840) -> Figure:
    """Draw how many device-days each stage took; the lighter end is what still goes on."""
    room = 190 if width > 600 else 118
    with house_style():
        figure, axes = sheet(width, 8 + _STAGE_ROW * len(bars))
        most = max((bar.finished + bar.still for bar in bars), default=0)
        for place, bar in enumerate(bars):
            lane = Panel(room, 8 + _STAGE_ROW * place, width - room - 84, 14)
            write(
                axes,
                room - 12,
                lane.top + 11,
                shortened(bar.title, room - 12),
                role="ink",
                across="right",
            )
            _draw(axes, lane, bar, most)
    return figure


def _draw(axes: Axes, lane: Panel, bar: StageBar, most: int) -> None:
    whole = bar.finished + bar.still
    ends = [lane.x(time / most if most else 0) for time in (bar.finished, whole)]
    for start, end, role, strength in (
        (lane.left, ends[0], "onboarded", 1.0),
        (ends[0], ends[1], "waiting", 1.0),
    ):
        if end > start:
            axes.fill_between(
                (start, max(end, start + 1)),
                lane.top,
                lane.y(0),
                color=COLOURS[role],
                alpha=strength,
                lw=0,
            )
    write(axes, max(ends[1], lane.left + 1) + 7, lane.top + 11, device_days_text(whole))


_STRIP_ROW = 112
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
        figure, axes = sheet(width, 36 + _STRIP_ROW * len(strips))
        panels = grid(len(strips), 1, width, _STRIP_ROW, left=64, gap=0, top=26, foot=8)
        for panel, strip in zip(panels, strips, strict=True):
            _strip_frame(axes, panel, strip)
            _bars(axes, panel, strip.by_hour, horizon)
        for panel in panels[-1:]:
            _days(axes, panel, start, horizon, most_ticks=width // 95)
    return figure


def _strip_frame(axes: Axes, panel: Panel, strip: Strip) -> None:
    most = max(strip.by_hour)
    for share, text in ((0, "0"), (1, bytes_text(most))):
        hairline(axes, panel, share)
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
