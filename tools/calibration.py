"""Measure the curves of docs/calibration.md and write its tables and pictures again.

Run from the project's folder: `.venv/bin/python tools/calibration.py`. The same assumptions give
the same bytes. The test of the calibration measures with the functions below.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sim.figures.axes import COLOURS, canvas, house_style, share_axis, svg
from sim.figures.labels import label_ends
from sim.fleet.streams import Streams
from sim.kernel.replication import simulate
from sim.language.tree import Filter, Series
from sim.measures.series import SeriesReader
from sim.measures.tally import replay
from sim.reference.assumptions import ASSUMPTIONS
from sim.reference.rules import RULES
from sim.runs.preparation import prepare
from sim.scenario.loader import load_text
from sim.text.numbers import length_text, percent_text
from sim.units import DAY, HOUR, MILLION, Seconds

Values = NDArray[np.float64]

DEVICES = 20_000
SEEDS = (1, 2, 3, 4, 5, 6)
STUDENT = 4.032
"""A mean of six runs lies within so many of its standard errors of the true one in 99 %."""
DEPLOYED = DAY + 9 * HOUR
LAST_DAY = 60
NO_ANSWER = ("client_inactive", "client_broken", "never_online")
"""What keeps a device from telling the site anything at all: its state is unknown."""

SCENARIO = f"""
format: 1
name: Calibration
start: 2026-03-02 00:00
horizon: 62 d
seed: 1
site: {{version: "2403", organization: contoso, time_zone: Europe/London}}
fleet: {{generate: {{devices: {DEVICES}, mix: enterprise-2026}}}}
collections:
  - {{name: All, members: managed}}
  - {{name: Older servers, members: "os in ['server-2012-r2', 'server-2016']"}}
client_settings:
  - {{name: New agent, collection: Older servers, priority: 1, downlevel_client: mde_client}}
packages: [{{name: onboarding-a, payload: a, organization: contoso}}]
policies:
  - {{name: Onboard, package: onboarding-a, workspace: {{id: present, key: present}}}}
plan: [{{at: 1 d 09:00, deploy: Onboard, to: [All]}}]
"""


@dataclass(frozen=True)
class Estate:
    """One kind of estate: its name, what its scenario says besides, what that lets expect."""

    name: str
    extra: str
    blocked: float
    """Share of devices whose path to the service is blocked, as assumed."""
    silent: float
    """Share of devices whose ConfigMgr client is inactive or broken at the start, as assumed."""


LAB = Estate("lab", "faults: none", 0.0, 0.0)
HEALTHY = Estate(
    "healthy office",
    "assumptions: {client_inactive_share: 2 %, client_broken_share: 1 %, "
    "network_blocked_share: 1 %}",
    0.01,
    0.03,
)
DEFAULT = Estate("default estate", "", 0.03, 0.085)


@dataclass(frozen=True)
class Observed:
    """What one run shows at some instants, in percent of the targeted devices."""

    onboarded: Values
    failed: Values
    unknown: Values
    blocked: float
    """Share of its devices whose path to the service happens to be blocked, 0 to 1."""
    silent: float
    """Share of its devices whose ConfigMgr client happens not to work, 0 to 1."""


@dataclass(frozen=True)
class Interval:
    """A mean over runs and its half width at a confidence of 99 % [percent of the devices]."""

    mean: float
    half: float

    @property
    def low(self) -> float:
        """The lower end."""
        return self.mean - self.half

    @property
    def high(self) -> float:
        """The upper end."""
        return self.mean + self.half


def observe(estate: Estate, seed: int, instants: Sequence[Seconds]) -> Observed:
    """Run an estate under one seed and read what its devices really are at some instants."""
    horizon = f"horizon: {max(instants) // DAY + 1} d"
    text = SCENARIO.replace("seed: 1", f"seed: {seed}").replace("horizon: 62 d", horizon)
    prepared = prepare(load_text(text + estate.extra))
    log = simulate(prepared, Streams(seed, 1))
    reader = SeriesReader(replay(log, prepared.device_table))
    times = np.array(instants, dtype=np.int64)

    def share(measure: str, cause: str = "") -> Values:
        where = (Filter("cause", cause),) if cause else ()
        counts = reader.values(Series("device", measure, where), times)
        return 100 * counts / reader.values(Series("device", "targeted"), times)

    devices = prepared.fleet.devices
    return Observed(
        onboarded=share("onboarded"),
        failed=share("failed"),
        unknown=np.sum([share("waiting", cause) for cause in NO_ANSWER], axis=0),
        blocked=sum(device.network == "blocked" for device in devices) / len(devices),
        silent=sum(device.client != "active" for device in devices) / len(devices),
    )


def without_luck(run: Observed, estate: Estate) -> Observed:
    """Take the luck of two kinds of device out of a run, by control variates.

    A few dozen locations are blocked or not, each at once for nearly all of its devices: a run can
    have none or 12 % of its devices blocked. The expectation is the assumption, so the difference
    tells nothing about the model. A blocked device fails when another would be onboarded: the
    share blocked in excess counts back with the share onboarded of all the others. Likewise with
    the share of clients that do not work: as many of the excess as have not answered so far are
    unknown instead of what the others are.
    """
    blocked = (run.blocked - estate.blocked) * run.onboarded / (1 - run.blocked)
    silent = (run.silent - estate.silent) * run.unknown / max(run.silent, 1e-9)
    answered = 100 - run.unknown
    return Observed(
        onboarded=run.onboarded + blocked + silent * run.onboarded / answered,
        failed=run.failed - blocked + silent * run.failed / answered,
        unknown=run.unknown - silent,
        blocked=estate.blocked,
        silent=estate.silent,
    )


def interval(values: Iterable[float]) -> Interval:
    """Return the mean of six independent runs and its half width (Student's t, 99 %)."""
    found = np.array([*values])
    assert len(found) == len(SEEDS)
    return Interval(float(found.mean()), STUDENT * float(found.std(ddof=1)) / math.sqrt(len(found)))


def end_of(day: int) -> Seconds:
    """Return the end of a day of the rollout; the day of the deployment is day 1 [s]."""
    return DAY * (day + 1)


def measured(estate: Estate, days: Sequence[int]) -> Mapping[tuple[str, int], Interval]:
    """Return the intervals of onboarded, failed and unknown at the end of some days."""
    instants = [end_of(day) for day in days]
    return summed_up([observe(estate, seed, instants) for seed in SEEDS], estate, days)


def summed_up(
    runs: Sequence[Observed], estate: Estate, days: Sequence[int]
) -> Mapping[tuple[str, int], Interval]:
    """Return the intervals that the runs of an estate give for the first instants, its days."""
    fair = [without_luck(run, estate) for run in runs]
    return {
        (what, day): interval(getattr(run, what)[place] for run in fair)
        for what in ("onboarded", "failed", "unknown")
        for place, day in enumerate(days)
    }


# ---- the page -----------------------------------------------------------------------------------

FOLDER = Path(__file__).resolve().parents[1] / "docs"
PAGE = FOLDER / "calibration.md"
TUNED = {
    "off_site_share": "how many laptops do not reach the site on a day",
    "rare_presence_share": "how many computers come late",
    "rare_attendance_share": "how late these come",
    "off_presence_share": "how many never come",
    "client_return_mean": "how fast inactive clients come back: the slope of the tail",
    "client_repair_mean": "how fast broken clients are repaired: the slope of the tail",
}
"""The assumptions that were set to meet the reports, each with what it decides."""
BASES = {
    "documented": "a page of the vendor",
    "field report": "a published measurement",
    "general knowledge": "what administrators know",
    "assumption": "our estimate: we found no source",
    "our choice": "a rule that no source states, or that a scenario can switch",
}
"""What an assumption can be based on, by the word of its source in the report."""
DAYS = (1, 2, 7, 14, 21, 30, 45, LAST_DAY)
RANGES = {
    ("healthy office", "onboarded", 1): (55, 70),
    ("healthy office", "onboarded", 7): (88, 93),
    ("healthy office", "onboarded", 21): (94, 96),
    ("healthy office", "unknown", 21): (2, 3),
    ("healthy office", "failed", 21): (1, 2),
    ("default estate", "onboarded", 14): (83, 88),
    ("default estate", "onboarded", 30): (88, 92),
    ("default estate", "onboarded", 45): (88, 92),
}
"""Where each share should lie, by estate, share and day [percent of the targeted devices]."""

DARK = {
    "ink": "#e7ecf1",
    "muted": "#9eabb7",
    "line": "#2e3842",
    "onboarded": "#62b0f4",
    "failed": "#f2849a",
    "waiting": "#e3b25a",
    "neutral": "#748291",
}
"""Each role's value on a dark page, as in the report."""

REPORTS = (
    (14, 85.0, "2007: about 85 % within two weeks", 60),
    (21, 96.0, "2011: 96 % after three weeks", 50),
)
"""The published figures: days since the deployment, percent, their words and at which height."""
TICKS = (
    *((hours * HOUR, f"{hours} h") for hours in (1, 2, 4, 8)),
    *((days * DAY, f"{days} d") for days in (1, 2, 4, 7, 14, 30, 60)),
)
CURVES = ((LAB, "neutral", 1.8), (HEALTHY, "onboarded", 2.4), (DEFAULT, "waiting", 2.4))


def main() -> None:
    """Measure everything once and write table and picture."""
    since = np.unique(np.geomspace(HOUR / 4, end_of(LAST_DAY) - DEPLOYED, 300).astype(np.int64))
    instants = [*(end_of(day) for day in DAYS), *(DEPLOYED + since).tolist()]
    runs = {
        estate.name: [observe(estate, seed, instants) for seed in seeds]
        for estate, seeds in ((LAB, SEEDS[:1]), (HEALTHY, SEEDS), (DEFAULT, SEEDS))
    }
    text = PAGE.read_text(encoding="utf-8")
    for name, lines in (("measured", table(runs)), ("tuned", tuned()), ("bases", bases())):
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
        before, after = text.split(begin)[0], text.split(end)[1]
        text = before + begin + "".join(f"{line}\n" for line in lines) + end + after
    PAGE.write_text(text, encoding="utf-8", newline="\n")
    drawing = picture(since, runs)
    for theme, colours in (("light", COLOURS), ("dark", DARK)):
        themed = drawing
        for role, colour in COLOURS.items():
            themed = themed.replace(colour, colours[role])
        target = FOLDER / "images" / f"calibration-{theme}.svg"
        target.write_text(themed, encoding="utf-8", newline="\n")


def table(runs: Mapping[str, Sequence[Observed]]) -> list[str]:
    """Return the measured means with their half widths and the ranges they should lie in."""
    lines = ["| end of day | estate | onboarded | unknown | failed |", "|---|---|---|---|---|"]
    for estate in (HEALTHY, DEFAULT):
        found = summed_up(runs[estate.name], estate, DAYS)
        for day in DAYS:
            cells = [
                _cell(found[what, day], RANGES.get((estate.name, what, day)))
                for what in ("onboarded", "unknown", "failed")
            ]
            lines.append(f"| {day} | {estate.name} | {' | '.join(cells)} |")
    return lines


def tuned() -> list[str]:
    """Return the assumptions that were set to meet the reports, with their values."""
    lines = ["| assumption | is | range | decides |", "|---|---|---|---|"]
    for name, decides in TUNED.items():
        entry = ASSUMPTIONS[name]
        values = [value_text(value, entry.unit) for value in (entry.value, entry.low, entry.high)]
        is_, low, high = values
        lines.append(f"| `{name}` | {is_} | {low} to {high} | {decides} |")
    return lines


def bases() -> list[str]:
    """Return what the assumptions are based on, how many on each, and the first few of them."""
    lines = ["| source | means | assumptions | such as |", "|---|---|---|---|"]
    of_sources = [(entry.name, entry.source) for entry in ASSUMPTIONS.values()]
    of_sources += [(rule.id, "our choice") for rule in RULES.values() if rule.is_assumed]
    for source, means in BASES.items():
        names = [name for name, its in of_sources if its == source]
        some = ", ".join(f"`{name}`" for name in names[:4])
        lines.append(f"| {source} | {means} | {len(names)} | {some} |")
    return lines


def value_text(value: int, unit: str) -> str:
    """Write a share or a duration as people do."""
    return length_text(value) if unit == "s" else f"{100 * value / MILLION:g} %"


def _cell(found: Interval, wanted: tuple[int, int] | None) -> str:
    text = f"{found.mean:.1f} ± {found.half:.1f} %"
    return text if wanted is None else f"**{text}** ({wanted[0]} to {wanted[1]})"


def picture(since: NDArray[np.int64], runs: Mapping[str, Sequence[Observed]]) -> str:
    """Draw the share onboarded over the time since the deployment, which is scaled by logarithm."""
    with house_style():
        figure, axes = canvas(840, 400)
        figure.subplots_adjust(left=0.055, right=0.825, top=0.95, bottom=0.15)
        share_axis(axes)
        axes.set_xscale("log")
        axes.set_xlim(int(since[0]), int(since[-1]))
        axes.set_xticks([time for time, _ in TICKS], [text for _, text in TICKS], fontsize=11)
        axes.minorticks_off()
        axes.set_xlabel("since the deployment, a Tuesday at nine", fontsize=11, labelpad=8)
        labels = [_draw(axes, since, runs[one.name], one, role, w) for one, role, w in CURVES]
        label_ends(axes, labels)
        _mark_reports(axes)
        return svg(figure)


def _draw(
    axes: Axes,
    since: NDArray[np.int64],
    runs: Sequence[Observed],
    estate: Estate,
    role: str,
    weight: float,
) -> tuple[float, str, str]:
    """Draw an estate's mean over a band from its luckiest to its unluckiest run; name its end."""
    colour = COLOURS[role]
    raw = np.array([run.onboarded[len(DAYS) :] for run in runs])
    fair = np.array([without_luck(run, estate).onboarded[len(DAYS) :] for run in runs])
    mean = fair.mean(axis=0)
    if len(runs) > 1:
        axes.fill_between(since, raw.min(axis=0), raw.max(axis=0), color=colour, alpha=0.16, lw=0)
    axes.plot(since, mean, color=colour, lw=weight, clip_on=False)
    last = float(mean[-1])
    return last, f"{estate.name} {percent_text(last)}", colour


def _mark_reports(axes: Axes) -> None:
    """Mark each report's figure with a diamond, and name it below the curves."""
    colour = COLOURS["failed"]
    for days, percent, text, height in REPORTS:
        at = days * DAY
        axes.plot([at, at], [height, percent], color=colour, lw=0.8)
        axes.plot(at, percent, "D", color=colour, ms=7, zorder=5)
        axes.annotate(
            text,
            (at, height),
            (4, -12),
            textcoords="offset points",
            ha="right",
            color=colour,
            fontsize=11,
        )


if __name__ == "__main__":
    main()
