"""Several small pictures on one sheet: parts of the fleet, stages, distribution points.

All places on a sheet are in pixels, and one set of matplotlib axes serves all panels: an axes
object for each panel would take longer to draw than the run takes to simulate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.axes import (
    COLOURS,
    SMALL,
    TimeFrame,
    canvas,
    height_for,
    house_style,
    tick_text,
    time_ticks,
)
from sim.figures.labels import LINE, text_width, wrap
from sim.text.numbers import bytes_text, day_text, device_days_text, percent_text, wall_time
from sim.units import DAY, HOUR, Seconds


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


def write(axes: Axes, x: float, y: float, text: str, role: str = "muted", **style: Any) -> None:
    """Write small letters with their base line at a place of the sheet."""
    style = {"ha": "left", "va": "baseline", **style}
    axes.text(x, y, text, color=COLOURS[role], fontsize=SMALL, **style)


def hairline(axes: Axes, panel: Panel, share: float) -> None:
    """Draw a thin level line across a panel."""
    y = panel.y(share)
    axes.plot((panel.left, panel.x(1)), (y, y), color=COLOURS["line"], lw=0.8, zorder=0)


def write_lines(axes: Axes, x: float, y: float, lines: Sequence[str], across: str = "left") -> None:
    """Write lines of small letters, the last with its base line at a place of the sheet."""
    for above, line in enumerate(reversed(lines)):
        write(axes, x, y - above * LINE, line, "ink", ha=across)


def columns_for(width: int, panels: int) -> int:
    """Return how many panels stand side by side: two on a phone, four on a page."""
    return min(max(width // 190, 1), max(panels, 2))


Line = Sequence[float]
"""Coverage at evenly spaced instants from the start to the horizon [per cent]; NaN without data."""

_ROW = 148


def onboarding_by_part(parts: Sequence[tuple[str, Line]], whole: Line, frame: TimeFrame) -> Figure:
    """Draw the coverage of each part over time, with the whole fleet's as a thin line behind it.

    Each panel carries the part's name and its last value; all share one scale, 0 to 100 % and the
    whole run.
    """
    width, columns = frame.width, columns_for(frame.width, len(parts))
    room = grid(1, columns, width, _ROW, left=44, gap=22, top=26, foot=20)[0].width
    values = [percent_text(line[-1] if len(line) else None) for _, line in parts]
    names = [
        wrap(name, room - 1.1 * text_width(value) - 8)
        for (name, _), value in zip(parts, values, strict=True)
    ]
    extra = LINE * (max(map(len, names), default=1) - 1)
    row = _ROW + extra
    with house_style():
        figure, axes = sheet(width, 6 + row * -(-len(parts) // columns))
        panels = grid(len(parts), columns, width, row, left=44, gap=22, top=26 + extra, foot=20)
        for place, (panel, (_, line)) in enumerate(zip(panels, parts, strict=True)):
            _frame(axes, panel, has_axis=place % columns == 0)
            _dates(axes, panel, frame)
            _curve(axes, panel, whole, "neutral", 1.0)
            _curve(axes, panel, line, "onboarded", 2.0, filled=True)
            y = panel.top - 8
            write_lines(axes, panel.left, y, names[place])
            write(axes, panel.x(1), y, values[place], "onboarded", ha="right", fontweight="bold")
    return figure


def _frame(axes: Axes, panel: Panel, *, has_axis: bool) -> None:
    for share in (0, 0.5, 1):
        hairline(axes, panel, share)
        if has_axis:
            y = panel.y(share) + 4
            write(axes, panel.left - 6, y, f"{100 * share:.0f} %", ha="right")


def _dates(axes: Axes, panel: Panel, frame: TimeFrame) -> None:
    """Write the first and the last day below a panel, or its hours where the run is short."""
    ends = [wall_time(frame.start, time) for time in (0, frame.horizon)]
    texts = [day_text(end) if frame.horizon > 2 * DAY else f"{end:%H:%M}" for end in ends]
    write(axes, panel.left, panel.y(0) + 15, texts[0])
    write(axes, panel.x(1), panel.y(0) + 15, texts[1], ha="right")


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


_STAGE_ROW = 30


@dataclass(frozen=True, slots=True)
class StageBar:
    """One stage's bar."""

    title: str
    finished: int
    """Time of the devices that have left it [device-seconds]."""
    ongoing: int
    """Time so far of the devices that are in it at the end [device-seconds]."""


def time_by_stage(bars: Sequence[StageBar], *, width: int = 840) -> Figure:
    """Draw how many device-days each stage took; the end in another colour still goes on."""
    room = height_for(width, 190, 118)
    with house_style():
        figure, axes = sheet(width, 8 + _STAGE_ROW * len(bars))
        most = max((bar.finished + bar.ongoing for bar in bars), default=0)
        for place, bar in enumerate(bars):
            lane = Panel(room, 8 + _STAGE_ROW * place, width - room - 84, 14)
            title = wrap(bar.title, room - 12)
            below = LINE / 2 * (len(title) - 1)
            write_lines(axes, room - 12, lane.top + 11 + below, title, "right")
            _stage_bar(axes, lane, bar, most)
    return figure


def _stage_bar(axes: Axes, lane: Panel, bar: StageBar, most: int) -> None:
    whole = bar.finished + bar.ongoing
    ends = [lane.x(time / most if most else 0) for time in (bar.finished, whole)]
    for start, end, role in ((lane.left, ends[0], "onboarded"), (ends[0], ends[1], "waiting")):
        if end > start:
            span = (start, max(end, start + 1))
            axes.fill_between(span, lane.top, lane.y(0), color=COLOURS[role], lw=0)
    write(axes, max(ends[1], lane.left + 1) + 7, lane.top + 11, device_days_text(whole))


_STRIP_ROW = 112
_MAX_BARS = 360


@dataclass(frozen=True, slots=True)
class Strip:
    """One distribution point's bytes in each hour since the start."""

    title: str
    by_hour: Sequence[int]


def content_over_time(strips: Sequence[Strip], frame: TimeFrame) -> Figure:
    """Draw the bytes that each point carried in each hour; the axis of each strip names its peak.

    Where hours are too close together to see, the busiest of them is drawn.
    """
    width = frame.width
    titles = [wrap(strip.title, width - 64 - 154) for strip in strips]
    extra = LINE * (max(map(len, titles), default=1) - 1)
    row = _STRIP_ROW + extra
    with house_style():
        figure, axes = sheet(width, 36 + row * len(strips))
        panels = grid(len(strips), 1, width, row, left=64, gap=0, top=26 + extra, foot=8)
        for panel, strip, title in zip(panels, strips, titles, strict=True):
            write_lines(axes, panel.left, panel.top - 8, title)
            _strip_frame(axes, panel, strip)
            _bars(axes, panel, strip.by_hour, frame.horizon)
        for panel in panels[-1:]:
            _days(axes, panel, frame)
    return figure


def _strip_frame(axes: Axes, panel: Panel, strip: Strip) -> None:
    most = max(strip.by_hour)
    for share, text in ((0, "0"), (1, bytes_text(most))):
        hairline(axes, panel, share)
        write(axes, panel.left - 6, panel.y(share) + 4, text, ha="right")
    peak = f"peak {bytes_text(most)} an hour"
    write(axes, panel.x(1), panel.top - 8, peak, "onboarded", ha="right")


def _bars(axes: Axes, panel: Panel, by_hour: Sequence[int], horizon: Seconds) -> None:
    """Draw a bar for each hour, or for several hours where there are too many for the width."""
    most = max(by_hour)
    together = -(-len(by_hour) // _MAX_BARS)
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


def _days(axes: Axes, panel: Panel, frame: TimeFrame) -> None:
    for time in time_ticks(axes, frame.horizon):
        x = panel.x(time / frame.horizon)
        across = "left" if time == 0 else "right" if x > panel.x(1) - 20 else "center"
        for line, text in enumerate(tick_text(frame.start, time).split("\n")):
            write(axes, x, panel.y(0) + 16 + 13 * line, text, ha=across)
