"""The report's pictures, one at a time, for notebooks and files."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from numbers import Real
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from sim.accounts.content import point_loads
from sim.accounts.desk import desk_of
from sim.accounts.parts import divisions
from sim.accounts.payloads import payload_account
from sim.accounts.stages import stage_times, stays
from sim.errors import Problem, UnusableInput, nearest, refusal
from sim.figures.lines import (
    ShareLine,
    failures_by_cause,
    fan_over_time,
    health_tiles_over_time,
    onboarding_over_time,
    payloads_over_time,
    queue_over_time,
)
from sim.figures.panels import StageBar, Strip, content_over_time, onboarding_by_part, time_by_stage
from sim.figures.style import house_style, svg
from sim.files import write_text
from sim.reference.causes import REMEDIES
from sim.report.from_run import plan_rows
from sim.report.pictures import MOST_POINTS
from sim.report.tables import STAGE_WORDS, point_title
from sim.report.view import numbered
from sim.runs.replication import Replication
from sim.units import Seconds

_RESOLUTION = 144
"""Of pictures in pixels: twice the size at which letters are 12 pixels high [pixels an inch]."""

_WIDTHS = (100, 10_000)
"""Of pictures [pixels]."""

_SIZE = re.compile(r'width="([0-9.]+)pt" height="([0-9.]+)pt"')
"""The size of a drawing, in its head."""


@dataclass(frozen=True)
class Picture:
    """One picture; a notebook shows it by itself."""

    figure: Figure
    """The matplotlib figure behind it."""

    def save(self, path: str | Path) -> Path:
        """Write it as SVG, PNG or PDF, as the file's ending says, and return where it is.

        Raises UnusableInput when that is impossible.
        """
        path = Path(path)
        try:
            if not path.suffix:
                raise ValueError("matplotlib would choose one")
            if path.suffix.lower() == ".svg":
                write_text(path, self._repr_svg_())
            else:
                with house_style():
                    self.figure.savefig(path, dpi=_RESOLUTION, facecolor="white")
        except (OSError, ValueError) as error:
            why = refusal(error) if isinstance(error, OSError) else "not a kind of picture"
            what = f"the picture cannot be written to {path}: {why}"
            raise UnusableInput([Problem(what, expected="a name such as onboarding.svg")]) from None
        return path

    def _repr_svg_(self) -> str:
        """Return it as wide as there is room, on white paper: pages have any width and colour."""
        fitting = 'width="{}" height="{}" style="max-width: 100%; height: auto; background: white"'
        return _SIZE.sub(lambda size: fitting.format(*size.groups()), svg(self.figure), count=1)


def check_width(width: object) -> None:
    """Raise UnusableInput for a width in which nothing can be drawn."""
    low, high = _WIDTHS
    if not isinstance(width, Real) or not low <= float(width) <= high:
        what = f"nothing can be drawn {width} wide"
        raise UnusableInput([Problem(what, "width", f"pixels, {low} to {high:,}")])


def draw(run: Replication, name: str, width: int) -> Picture:
    """Draw one of PICTURES; raises UnusableInput for another name or where nothing is to draw."""
    if name not in PICTURES:
        expected = f"one of {', '.join(PICTURES)}"
        raise UnusableInput(
            [Problem(f'no picture "{name}"', "", expected, nearest(name, tuple(PICTURES)))]
        )
    return Picture(PICTURES[name](run, width=width))


def draw_fan(run: Replication, bands: pd.DataFrame, width: int) -> Picture:
    """Draw where several replications lie; *bands* are those of `Result.bands`."""
    scenario, start = run.prepared.scenario, run.prepared.clock.datetime_at(0)
    return Picture(fan_over_time(bands, start=start, horizon=scenario.horizon, width=width))


def _onboarding(run: Replication, width: int) -> Figure:
    scenario, start = run.prepared.scenario, run.prepared.clock.datetime_at(0)
    measures = run.measures.to_pandas()
    return onboarding_over_time(
        measures, start=start, horizon=scenario.horizon, steps=_steps(run), width=width
    )


def _steps(run: Replication) -> list[tuple[Seconds, str]]:
    """Return when each step of the plan happened, with the number that the report gives it."""
    plan = numbered(tuple(plan_rows(run)))
    return [(row.time, number) for number, row in plan if row.time is not None]


def _payloads(run: Replication, width: int) -> Figure:
    scenario, start = run.prepared.scenario, run.prepared.clock.datetime_at(0)
    account = payload_account(scenario, run.log, run.tally)
    if account is None or not account.payloads:
        raise _nothing("there is one payload and no script")
    newest, *others = (ShareLine(course.name, course.use) for course in account.payloads)
    return payloads_over_time(
        newest,
        account.payloads[0].wait,
        others,
        [ShareLine(course.package, course.success) for course in account.scripts],
        account.instants,
        start=start,
        horizon=scenario.horizon,
        steps=_steps(run),
        width=width,
    )


def _desk(run: Replication, width: int) -> Figure:
    scenario, clock = run.prepared.scenario, run.prepared.clock
    desk = desk_of(scenario, clock, run.log)
    if desk is None or not desk.all.opened:
        raise _nothing("no support desk opened a ticket")
    return queue_over_time(
        run.measures.to_pandas(),
        start=clock.datetime_at(0),
        horizon=scenario.horizon,
        steps=_steps(run),
        width=width,
    )


def _causes(run: Replication, width: int) -> Figure:
    titles = {cause: remedy.title for cause, remedy in REMEDIES.items()}
    return failures_by_cause(run.summary["causes"], titles=titles, width=width)


def _health(run: Replication, width: int) -> Figure:
    horizon, start = run.prepared.scenario.horizon, run.prepared.clock.datetime_at(0)
    return health_tiles_over_time(
        run.measures.to_pandas(), start=start, horizon=horizon, width=width
    )


def _parts(run: Replication, width: int, by: str) -> Figure:
    scenario, start = run.prepared.scenario, run.prepared.clock.datetime_at(0)
    names = [collection.name for collection in scenario.collections]
    found = [one for one in divisions(run.tally, names, scenario.horizon) if one.by == by]
    if not found:
        raise _nothing("the whole fleet is one part")
    lines = [(part.name, part.coverage) for part in found[0].parts]
    return onboarding_by_part(
        lines, found[0].whole.coverage, start=start, horizon=scenario.horizon, width=width
    )


def _stages(run: Replication, width: int) -> Figure:
    ways = stays(run.log, run.prepared.roster)
    rows = stage_times(ways, run.prepared.scenario.horizon)
    if not rows:
        raise _nothing("no device was on its way to onboarding")
    bars = [StageBar(STAGE_WORDS[row.stage][0], row.total, row.waiting_total) for row in rows]
    return time_by_stage(bars, width=width)


def _content(run: Replication, width: int) -> Figure:
    prepared, scenario = run.prepared, run.prepared.scenario
    ways = stays(run.log, prepared.roster)
    loads = point_loads(run.log, prepared.roster, scenario.locations, prepared.assumed, ways)
    if not loads:
        raise _nothing("no distribution point carried anything")
    strips = [Strip(point_title(load), load.by_hour) for load in loads[:MOST_POINTS]]
    start = prepared.clock.datetime_at(0)
    return content_over_time(strips, start=start, horizon=scenario.horizon, width=width)


def _nothing(why: str) -> UnusableInput:
    return UnusableInput([Problem(f"there is nothing to draw: {why}")])


PICTURES: Mapping[str, Callable[..., Figure]] = {
    "onboarding": _onboarding,
    "causes": _causes,
    "health": _health,
    "systems": partial(_parts, by="os"),
    "locations": partial(_parts, by="location"),
    "collections": partial(_parts, by="collection"),
    "stages": _stages,
    "payloads": _payloads,
    "desk": _desk,
    "content": _content,
}
"""Every picture by name."""
