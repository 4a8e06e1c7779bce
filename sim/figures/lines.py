"""The pictures: one function each, serving report, page, notebooks and `fleetsim plot` alike.

A picture takes measures as the run folder keeps them (`time, measure, view, label, value`, time in
seconds since the start) and returns a matplotlib Figure; `style` writes it out.

The fan chart: where a measure lies over several replications, at each time.

Payloads in use over time: the new one with what waits for a restart, the others, the scripts.

The support desk's queue over time: tickets that wait, and those that were taken up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.figures.axes import (
    label_ends,
    mark_steps,
    name_passing_band,
    series,
    share_axis,
    share_series,
    thinned,
    time_axis,
)
from sim.figures.panels import shortened
from sim.figures.style import COLOURS, PIXELS_PER_INCH, canvas, house_style
from sim.text.numbers import count_text, percent_text, words
from sim.units import Seconds

VIEWS = (("portal", ":"), ("console", "--"), ("device", "-"))
"""Each view with its line; the device's, the truth, is drawn last and on top."""

HEALTH_TILES = (
    ("healthy_pct", "healthy", "onboarded"),
    ("agent_stopped_pct", "agent stopped", "failed"),
    ("inactive_pct", "inactive", "waiting"),
    ("not_onboarded_pct", "not onboarded", "neutral"),
)
"""The console's tiles with their words and colours, from the bottom of the stack up."""


def onboarding_over_time(
    measures: pd.DataFrame,
    *,
    start: datetime,
    horizon: Seconds,
    steps: Sequence[tuple[Seconds, str]] = (),
    width: int = 840,
    height: int = 380,
) -> Figure:
    """Draw how much of the eligible fleet is onboarded, failed and waiting over time.

    Three lines are the three views of coverage, which lag and can disagree; two bands on top of
    the device's line are what failed and what waits. What is left to 100 % is not targeted.
    """
    with house_style():
        figure, axes = canvas(width, height)
        time_axis(axes, start, horizon, most_ticks=width // 95)
        share_axis(axes)
        labels = _draw_bands(axes, measures)
        for view, line in VIEWS:
            coverage = thinned(series(measures, "coverage_pct", view))
            if coverage.empty:
                continue
            weight = 2.4 if view == "device" else 1.3
            axes.plot(
                coverage.index,
                coverage,
                line,
                color=COLOURS["onboarded"],
                lw=weight,
                clip_on=False,  # the whole line shows at 0 and at 100 %
            )
            last = float(coverage.iloc[-1])
            labels.append((last, f"{view} {percent_text(last)}", COLOURS["onboarded"]))
        label_ends(axes, labels)
        mark_steps(axes, steps, horizon, width)
        _fit(figure, left=44, right=118, top=34, bottom=44)
    return figure


def _draw_bands(axes: Axes, measures: pd.DataFrame) -> list[tuple[float, str, str]]:
    """Stack the shares of failed and waiting devices on coverage; return their end labels."""
    floor = thinned(series(measures, "coverage_pct", "device"))
    labels = []
    for status in ("failed", "waiting"):
        share = thinned(share_series(measures, status, "device")).reindex(floor.index).fillna(0.0)
        if share.empty or not share.max():
            continue
        colour = COLOURS[status]
        axes.fill_between(floor.index, floor, floor + share, color=colour, alpha=0.28, lw=0)
        last = float(share.iloc[-1])
        if last >= 0.05:
            middle = float(floor.iloc[-1]) + last / 2
            labels.append((middle, f"{status} {percent_text(last)}", colour))
        else:
            name_passing_band(axes, floor, share, status, colour)
        floor = floor + share
    return labels


def failures_by_cause(
    causes: Mapping[str, int],
    *,
    titles: Mapping[str, str] | None = None,
    width: int = 840,
) -> Figure:
    """Draw how many devices each cause holds back, the biggest first; the number at each bar."""
    ordered = sorted(causes.items(), key=lambda item: (-item[1], item[0]))
    height = 30 + 34 * max(len(ordered), 1)
    with house_style():
        figure, axes = canvas(width, height)
        axes.spines["bottom"].set_visible(False)
        axes.set_xticks([])
        axes.set_ylim(len(ordered) - 0.4, -0.6)
        axes.set_yticks(
            range(len(ordered)), [(titles or {}).get(cause, words(cause)) for cause, _ in ordered]
        )
        axes.tick_params(axis="y", labelcolor=COLOURS["ink"])
        axes.barh(
            range(len(ordered)), [n for _, n in ordered], height=0.55, color=COLOURS["failed"]
        )
        for place, (_, number) in enumerate(ordered):
            axes.annotate(
                count_text(number),
                (number, place),
                (6, 0),
                textcoords="offset points",
                va="center",
            )
        if not ordered:
            axes.text(0, 0, "Nothing is held back", color=COLOURS["muted"], va="center")
        _fit(figure, left=260 if ordered else 12, right=64, top=12, bottom=12)
    return figure


def health_tiles_over_time(
    measures: pd.DataFrame,
    *,
    start: datetime,
    horizon: Seconds,
    width: int = 840,
    height: int = 300,
) -> Figure:
    """Draw the console's agent health over time; the tiles add up to 100 (MON-2).

    Before any computer reports there is no health to show, and the picture stays empty there.
    """
    with house_style():
        figure, axes = canvas(width, height)
        time_axis(axes, start, horizon, most_ticks=width // 95)
        share_axis(axes)
        floor, labels = None, []
        for measure, title, role in HEALTH_TILES:
            share = thinned(series(measures, measure, "console"))
            if share.empty:
                continue
            floor = share * 0 if floor is None else floor
            axes.fill_between(
                share.index, floor, floor + share, color=COLOURS[role], alpha=0.45, lw=0
            )
            last, middle = float(share.iloc[-1]), float((floor + share / 2).iloc[-1])
            if last >= 0.05:
                labels.append((middle, f"{title} {percent_text(last)}", COLOURS[role]))
            floor = floor + share
        label_ends(axes, labels)
        _fit(figure, left=44, right=150, top=14, bottom=44)
    return figure


def _fit(figure: Figure, *, left: int, right: int, top: int, bottom: int) -> None:
    """Leave margins of that many pixels, the same for every run, whatever the texts measure."""
    width, height = figure.get_size_inches() * PIXELS_PER_INCH
    figure.subplots_adjust(
        left=left / width, right=1 - right / width, top=1 - top / height, bottom=bottom / height
    )


ENDS = ("p10", "p50", "p90")

_FANS = (("coverage_pct", "onboarded"), ("failed_pct", "failed"))
"""Measure and colour of each fan, of what the devices truly are."""


def fan_over_time(
    bands: pd.DataFrame,
    *,
    start: datetime,
    horizon: Seconds,
    steps: Sequence[tuple[Seconds, str]] = (),
    width: int = 840,
    height: int = 340,
) -> Figure:
    """Draw coverage and failures over time: P10 to P90 as a band, P50 as a line.

    *bands* are `time, measure, view, mean, p10, p50, p90`.
    """
    with house_style():
        figure, axes = canvas(width, height)
        time_axis(axes, start, horizon, most_ticks=width // 95)
        share_axis(axes)
        labels = []
        for measure, role in _FANS:
            low, middle, high = (thinned(band(bands, measure, name)) for name in ENDS)
            if not len(middle):
                continue
            axes.fill_between(low.index, low, high, color=COLOURS[role], alpha=0.28, lw=0)
            axes.plot(middle.index, middle, color=COLOURS[role], lw=2, clip_on=False)
            last = float(middle.iloc[-1])
            labels.append((last, f"{role} {percent_text(last)}", COLOURS[role]))
        label_ends(axes, labels)
        mark_steps(axes, steps, horizon, width)
        margins = {"left": 44 / width, "right": 1 - 118 / width}
        figure.subplots_adjust(**margins, top=1 - 34 / height, bottom=44 / height)
    return figure


def band(bands: pd.DataFrame, measure: str, name: str) -> pd.Series:
    """Return one of the figures of a measure by time, as the devices truly are.

    Times without data are left out.
    """
    chosen = bands[(bands["view"] == "device") & (bands["measure"] == measure)]
    return chosen.set_index("time")[name].dropna()


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


_STACK = (
    ("tickets_in_work", "taken up", "onboarded"),
    ("tickets_waiting", "waiting", "waiting"),
)
"""From the bottom of the stack up: measure, word, colour."""


def queue_over_time(
    measures: pd.DataFrame,
    *,
    start: datetime,
    horizon: Seconds,
    steps: Sequence[tuple[Seconds, str]] = (),
    width: int = 840,
    height: int = 260,
) -> Figure:
    """Draw how many tickets wait and how many are taken up; the whole height is the open tickets.

    The biggest queue carries its number, so that it can be read without the axis.
    """
    with house_style():
        figure, axes = canvas(width, height)
        time_axis(axes, start, horizon, most_ticks=width // 95)
        lines = [thinned(series(measures, name, "device")) for name, _, _ in _STACK]
        whole = lines[0] + lines[1]
        _count_axis(axes, float(whole.max()) if len(whole) else 0.0)
        floor: pd.Series | float = 0.0
        labels = []
        for line, (_, word, role) in zip(lines, _STACK, strict=True):
            axes.fill_between(
                line.index, floor, floor + line, color=COLOURS[role], alpha=0.45, lw=0, step="post"
            )
            floor = floor + line
            last = float(line.iloc[-1]) if len(line) else 0.0
            middle = float(floor.iloc[-1]) - last / 2 if len(line) else 0.0
            labels.append((middle, f"{word} {count_text(last)}", COLOURS[role]))
        label_ends(axes, labels)
        mark_steps(axes, steps, horizon, width)
        margins = {"left": 44 / width, "right": 1 - 108 / width}
        figure.subplots_adjust(**margins, top=1 - 34 / height, bottom=44 / height)
    return figure


def _count_axis(axes: Axes, most: float) -> None:
    """Make the vertical axis a count from 0 to a round number that holds the highest."""
    step = _round_step(max(most, 1.0))
    top = step * int(np.ceil(max(most, 1.0) / step))
    ticks = range(0, top + 1, step)
    axes.set_ylim(0, top)
    axes.set_yticks(ticks, [count_text(number) for number in ticks], fontsize=11)
    axes.grid(axis="y", color=COLOURS["line"], lw=0.8)


def _round_step(most: float) -> int:
    """Return a round step that divides a count into five parts at the most.

    >>> _round_step(3), _round_step(44), _round_step(270), _round_step(12_000)
    (1, 10, 100, 4000)
    """
    size = 1
    while True:
        for factor in (1, 2, 4):
            if most <= 5 * factor * size:
                return factor * size
        size *= 10
