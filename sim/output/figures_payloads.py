"""Payloads in use over time: the new one with what waits for a restart, the others, the scripts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.output.figures_axes import label_ends, mark_steps, share_axis, time_axis
from sim.output.figures_panels import shortened
from sim.output.style import COLOURS, canvas, house_style
from sim.output.style_text import percent_text
from sim.units import Seconds

_DASHES: tuple[tuple[str, str], ...] = (("neutral", "-"), ("muted", "--"), ("muted", ":"))
"""The lines of the other payloads; there are as many lines as stand here."""
_NAME_ROOM = 70
_RIGHT = 128


@dataclass(frozen=True, slots=True)
class ShareLine:
    """A share of the onboarded devices at each instant, with its name [per cent]."""

    name: str
    values: Sequence[float]


def payloads_over_time(
    new: ShareLine,
    waiting: Sequence[float],
    others: Sequence[ShareLine],
    scripts: Sequence[ShareLine],
    instants: Sequence[Seconds],
    *,
    start: datetime,
    horizon: Seconds,
    steps: Sequence[tuple[Seconds, str]] = (),
    width: int = 840,
) -> Figure:
    """Draw the shares of payloads; the band on the new one's line waits for a restart.

    A dotted line is where a script has succeeded. Of the other payloads only the first few have a
    line.
    """
    height = 340 if width > 600 else 300
    with house_style():
        figure, axes = canvas(width, height)
        time_axis(axes, start, horizon, most_ticks=width // 95)
        share_axis(axes)
        labels = [_plot(axes, instants, new, "onboarded", "-", 2.4)]
        labels += _band(axes, instants, new.values, waiting)
        for line, (role, dash) in zip(others, _DASHES, strict=False):
            labels.append(_plot(axes, instants, line, role, dash, 1.6))
        for line in scripts:
            labels.append(_plot(axes, instants, line, "onboarded", ":", 1.3))
        label_ends(axes, [label for label in labels if label is not None])
        mark_steps(axes, steps, horizon, width)
        margins = {"left": 44 / width, "right": 1 - _RIGHT / width}
        figure.subplots_adjust(**margins, top=1 - 34 / height, bottom=44 / height)
    return figure


Label = tuple[float, str, str]


def _plot(
    axes: Axes,
    instants: Sequence[Seconds],
    line: ShareLine,
    role: str,
    dash: str,
    weight: float,
) -> Label | None:
    """Draw a line and return the label at its end; none where it has no data there."""
    axes.plot(instants, line.values, dash, color=COLOURS[role], lw=weight, clip_on=False)
    last = line.values[-1]
    if last != last:  # without data
        return None
    name = shortened(line.name, _NAME_ROOM)
    return last, f"{name} {percent_text(last)}", COLOURS[role]


def _band(
    axes: Axes, instants: Sequence[Seconds], floor: Sequence[float], waiting: Sequence[float]
) -> list[Label]:
    """Draw what waits for a restart on top of a line; return its label where any does at the end.

    Before anybody waits nothing is drawn.
    """
    if not any(value > 0 for value in waiting):
        return []
    top = [low + high for low, high in zip(floor, waiting, strict=True)]
    axes.fill_between(instants, floor, top, color=COLOURS["waiting"], alpha=0.28, lw=0)
    last = waiting[-1]
    if not last >= 0.05:
        return []
    return [(floor[-1] + last / 2, f"restart {percent_text(last)}", COLOURS["waiting"])]
