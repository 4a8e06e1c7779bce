"""Time lost in each stage: one bar a stage, what is over and what still goes on."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.output.figures_panels import Panel, sheet, shortened, write
from sim.output.style import COLOURS, house_style
from sim.output.style_text import device_days_text

_ROW = 30


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
        figure, axes = sheet(width, 8 + _ROW * len(bars))
        most = max((bar.finished + bar.still for bar in bars), default=0)
        for place, bar in enumerate(bars):
            lane = Panel(room, 8 + _ROW * place, width - room - 84, 14)
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
