"""By how much devices onboard earlier or later in one run than in the other: a histogram."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.output.style import COLOURS, canvas, house_style
from sim.output.style_text import count_text, length_text
from sim.units import DAY, HOUR, MINUTE, Seconds

_STEPS = (
    *(MINUTE * n for n in (1, 5, 10, 30)),
    *(HOUR * n for n in (1, 2, 4, 6, 12)),
    *(DAY * n for n in (1, 2, 5, 10, 20, 50, 100)),
)
_MOST_BARS = 24
_SMALL = 11
_LEFT, _RIGHT, _TOP, _FOOT = 22, 22, 44, 34
"""Margins [pixels]."""


def step_of(differences: Sequence[Seconds]) -> Seconds:
    """Return how wide a bar is, a round time, so that there are not too many bars.

    >>> step_of([-7200, 3600, 86400]), step_of([30]), step_of([60 * 86400])
    (7200, 60, 432000)
    """
    spread = max(0, *differences) - min(0, *differences)
    return next((step for step in _STEPS if spread / step <= _MOST_BARS), _STEPS[-1])


def bars_of(differences: Sequence[Seconds], step: Seconds) -> dict[int, int]:
    """Return how many devices each bar holds, by its number.

    Bar 1 holds what is later by up to one step, bar -1 what is earlier by up to one step; devices
    that did not move are in none.

    >>> bars_of([1, 3600, 3601, -3600, 0], 3600)
    {1: 2, 2: 1, -1: 1}
    """
    bars: dict[int, int] = {}
    for one in differences:
        if one:
            number = -(-abs(one) // step) * (1 if one > 0 else -1)
            bars[number] = bars.get(number, 0) + 1
    return bars


def shifts_of_devices(differences: Sequence[Seconds], *, width: int = 840) -> Figure:
    """Draw how many devices onboard by how much earlier (left) and later (right); none without any.

    The highest bar carries its number, so that no axis of counts is needed.
    """
    height = 230
    step = step_of(differences)
    bars = bars_of(differences, step)
    with house_style():
        figure, axes = canvas(width, height)
        _draw(axes, bars)
        _time_axis(axes, bars, step, width)
        _sides(axes, differences)
        figure.subplots_adjust(
            left=_LEFT / width,
            right=1 - _RIGHT / width,
            top=1 - _TOP / height,
            bottom=_FOOT / height,
        )
    return figure


def _draw(axes: Axes, bars: dict[int, int]) -> None:
    for sign, role in ((-1, "onboarded"), (1, "waiting")):
        chosen = {number: count for number, count in bars.items() if number * sign > 0}
        places = [number - sign * 0.5 for number in chosen]
        axes.bar(places, list(chosen.values()), width=0.88, color=COLOURS[role])
    most = max(bars.values())
    tallest = min(number for number, count in bars.items() if count == most)
    axes.annotate(
        count_text(most),
        (tallest - (0.5 if tallest > 0 else -0.5), most),
        (0, 4),
        textcoords="offset points",
        ha="center",
        fontsize=_SMALL,
        annotation_clip=False,
    )
    axes.set_yticks([])
    axes.set_ylim(0, most)
    axes.axvline(0, color=COLOURS["muted"], lw=0.8)


def _time_axis(axes: Axes, bars: dict[int, int], step: Seconds, width: int) -> None:
    """Mark round times on both sides of zero, as many as the width holds."""
    low, high = min(0, *bars), max(0, *bars)
    axes.set_xlim(min(low, -1), max(high, 1))
    every = max(-(-(high - low) * 75 // width), 1)
    ticks = [number for number in range(low, high + 1) if number % every == 0]
    axes.set_xticks(ticks, [_tick(number * step) for number in ticks], fontsize=_SMALL)


def _tick(time: Seconds) -> str:
    return "0" if not time else f"{'+' if time > 0 else '-'}{length_text(abs(time))}"


def _sides(axes: Axes, differences: Sequence[Seconds]) -> None:
    """Write above each side how many devices it holds."""
    earlier = sum(one < 0 for one in differences)
    later = sum(one > 0 for one in differences)
    for place, number, word, role in (
        (0, earlier, "earlier in B", "onboarded"),
        (1, later, "later in B", "waiting"),
    ):
        axes.annotate(
            f"{count_text(number)} {word}",
            (place, 1),
            (0, 24),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right" if place else "left",
            color=COLOURS[role],
            annotation_clip=False,
        )
