"""The pictures: one function each, serving report, page, notebooks and `fleetsim plot` alike.

A picture takes measures as the run folder keeps them (`time, measure, view, label, value`, time in
seconds since the start) and returns a matplotlib Figure; `style` writes it out.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.output.figures_axes import label_ends, mark_steps, name_passing_band, share_axis, time_axis
from sim.output.figures_series import series, share_series, thinned
from sim.output.style import COLOURS, PIXELS_PER_INCH, canvas, house_style
from sim.output.style_text import count_text, percent_text, words
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
