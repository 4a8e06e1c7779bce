"""The table of pictures: the report, Python and the commands draw what stands here.

An entry is all that a new picture needs, beside the function in `sim.figures` that draws it. The
report shows the picture in two sizes and describes it in words for readers who cannot see it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sim.accounts.content import PointLoad
from sim.accounts.desk import DeskAccount
from sim.accounts.parts import Division
from sim.accounts.payloads import PayloadAccount
from sim.figures.axes import Figure, TimeFrame, inline_svg, series
from sim.figures.lines import (
    PERCENTILES,
    VIEWS,
    ShareLine,
    failures_by_cause,
    fan_over_time,
    health_tiles_over_time,
    onboarding_over_time,
    payloads_over_time,
    queue_over_time,
)
from sim.figures.panels import StageBar, Strip, content_over_time, onboarding_by_part, time_by_stage
from sim.report.data import ReplicationSummary, ReportData
from sim.report.overview import (
    PART_TITLES,
    STAGE_TEXTS,
    dashboard,
    milestones,
    numbered,
    point_title,
)
from sim.text.numbers import bytes_text, count_text, device_days_text, percent_text, remedy_for

SIZES = (("wide", 840), ("narrow", 400))
"""The sizes of a picture and their widths [pixels]: letters stay legible on a phone too."""

Drawings = list[tuple[str, str]]
"""(size, SVG) of one picture."""


def draw_in_sizes(
    key: str, title: str, description: str, draw: Callable[[int], Figure]
) -> Drawings:
    """Return a picture as SVG in each of SIZES; *draw* takes the width [pixels].

    *key* keeps the ids of the page's pictures apart.
    """
    return [
        (size, inline_svg(draw(width), key=f"{key}-{size}", title=title, description=description))
        for size, width in SIZES
    ]


@dataclass(frozen=True, slots=True)
class ReportPicture:
    """One entry of the table: what a picture shows, and where it stands in the report."""

    place: str
    """The section of the report that it stands in; empty if it is drawn on request only."""
    title: str
    sources: frozenset[str]
    """The fields of ReportData that it is drawn from, beside those that every run has."""
    draw: Callable[[ReportData, Any, int], Figure]
    """Draws what `data` returns in a width [pixels]."""
    describe: Callable[[ReportData, Any], str]
    """Returns in words what the picture shows."""
    data: Callable[[ReportData], Any] = lambda report: report
    """Returns what is drawn; None if there is nothing to draw."""
    nothing: str = ""
    """Why there is nothing to draw."""


def report_pictures(report: ReportData) -> dict[str, list[Drawings]]:
    """Return the pictures of a report by the place where they stand."""
    places: dict[str, list[Drawings]] = {}
    for name, picture in PICTURES.items():
        data = picture.data(report) if picture.place else None
        if data is not None:
            words, draw = picture.describe(report, data), partial(picture.draw, report, data)
            drawings = draw_in_sizes(name, picture.title, words, draw)
            places.setdefault(picture.place, []).append(drawings)
    return places


def _frame(report: ReportData, width: int, *, has_steps: bool = False) -> TimeFrame:
    """Return what a picture over time needs; steps have the numbers of the report's plan."""
    rows = numbered(report.plan) if has_steps else []
    steps = [(row.time, number) for number, row in rows if row.time is not None]
    return TimeFrame(report.start, report.horizon, width, steps)


def _onboarding(report: ReportData, _: object, width: int) -> Figure:
    return onboarding_over_time(report.measures, _frame(report, width, has_steps=True))


def _describe_onboarding(report: ReportData, _: object) -> str:
    rows = milestones(report.summary.get("time_to", {}), report)
    levels = "; ".join(f"{level}: {time}" for level, time, _ in rows)
    lines = [(title, series(report.measures, "coverage_pct", view)) for view, title, _ in VIEWS]
    ends = ", ".join(
        f"{title} {percent_text(line.iloc[-1] if len(line) else None)}"
        for title, line in lines[::-1]
    )
    return f"Coverage of all eligible devices by time: {levels}. At the end: {ends}."


def _causes(report: ReportData, _: object, width: int) -> Figure:
    causes = report.summary["causes"]
    titles = {cause: remedy_for(cause, report.remedies).title for cause in causes}
    return failures_by_cause(causes, titles=titles, width=width)


def _describe_causes(report: ReportData, _: object) -> str:
    causes = report.summary["causes"].items()
    numbers = (f"{remedy_for(cause, report.remedies).title} {count_text(n)}" for cause, n in causes)
    return f"Devices by cause: {', '.join(numbers) or 'none'}."


def _health(report: ReportData, _: object, width: int) -> Figure:
    return health_tiles_over_time(report.measures, _frame(report, width, has_steps=True))


def _describe_health(report: ReportData, _: object) -> str:
    shown = dashboard(report.summary)
    tiles = ", ".join(f"{tile['title']} {percent_text(tile['percent'])}" for tile in shown["tiles"])
    return (
        "The console's onboarding gauge as a line, its tiles of agent health as bands that add up "
        f"to 100 %. At the end: gauge {percent_text(shown['gauge'])}; {tiles}."
    )


def _parts_picture(by: str) -> ReportPicture:
    def division_of(report: ReportData) -> Division | None:
        return next((division for division in report.divisions if division.by == by), None)

    return ReportPicture(
        f"parts-{by}",
        f"Onboarding over time {PART_TITLES[by].lower()}",
        frozenset({"divisions"}),
        _parts,
        _describe_parts,
        division_of,
        "the whole fleet is one part",
    )


def _parts(report: ReportData, division: Division, width: int) -> Figure:
    lines = [(part.name, part.coverage) for part in division.parts]
    return onboarding_by_part(lines, division.whole.coverage, _frame(report, width))


def _describe_parts(_: ReportData, division: Division) -> str:
    ends = ", ".join(f"{part.name} {percent_text(part.coverage[-1])}" for part in division.parts)
    return f"Coverage of each part, and of the whole fleet. At the end: {ends}."


def _bars(report: ReportData) -> list[StageBar]:
    return [
        StageBar(STAGE_TEXTS[row.stage][0], row.total, row.waiting_total) for row in report.stages
    ]


def _stages(_: ReportData, bars: Sequence[StageBar], width: int) -> Figure:
    return time_by_stage(bars, width=width)


def _describe_stages(_: ReportData, bars: Sequence[StageBar]) -> str:
    each = (f"{bar.title} {device_days_text(bar.finished + bar.ongoing)}" for bar in bars)
    times = ", ".join(each)
    return f"Device-days in each stage, finished and ongoing: {times}."


MAX_POINTS = 4
"""How many distribution points are drawn; the table has all of them."""


def _content(report: ReportData, points: Sequence[PointLoad], width: int) -> Figure:
    strips = [Strip(point_title(load), load.by_hour) for load in points[:MAX_POINTS]]
    return content_over_time(strips, _frame(report, width))


def _describe_content(_: ReportData, points: Sequence[PointLoad]) -> str:
    totals = ", ".join(
        f"{point_title(load)} {bytes_text(sum(load.by_hour))}" for load in points[:MAX_POINTS]
    )
    return f"Bytes in each hour. In the whole run: {totals}."


def _payloads(report: ReportData, account: PayloadAccount, width: int) -> Figure:
    newest, *others = (ShareLine(each.name, each.use) for each in account.payloads)
    scripts = [ShareLine(each.package, each.success) for each in account.scripts]
    return payloads_over_time(
        newest,
        account.payloads[0].wait,
        others,
        scripts,
        account.instants,
        _frame(report, width, has_steps=True),
    )


def _describe_payloads(_: ReportData, account: PayloadAccount) -> str:
    used = ", ".join(f"{each.name} {percent_text(each.use[-1])}" for each in account.payloads)
    ran = ", ".join(f"{each.package} {percent_text(each.success[-1])}" for each in account.scripts)
    text = f"Share of the onboarded devices. At the end in use: {used}."
    return text + (f" Script succeeded: {ran}." if ran else "")


def _queue(report: ReportData, _: DeskAccount, width: int) -> Figure:
    return queue_over_time(report.measures, _frame(report, width, has_steps=True))


def _describe_queue(_: ReportData, desk: DeskAccount) -> str:
    weeks = ", ".join(f"week {week.week} {count_text(week.waiting)}" for week in desk.weeks)
    return f"Tickets that wait and that are taken up. Waiting at the end of each week: {weeks}."


def _fan(report: ReportData, whole: ReplicationSummary, width: int) -> Figure:
    return fan_over_time(whole.bands, _frame(report, width))


def _describe_fan(_: ReportData, whole: ReplicationSummary) -> str:
    coverage = whole.summary["coverage_pct"]
    ends = ", ".join(f"{name.upper()} {percent_text(coverage[name])}" for name in PERCENTILES)
    return f"P10 to P90 as bands, P50 as lines. Coverage at the end: {ends}."


PICTURES: Mapping[str, ReportPicture] = {
    "onboarding": ReportPicture(
        "onboarding",
        "Onboarding over time",
        frozenset({"measures", "plan"}),
        _onboarding,
        _describe_onboarding,
    ),
    "causes": ReportPicture(
        "", "Devices held back, by cause", frozenset(), _causes, _describe_causes
    ),
    "health": ReportPicture(
        "dashboard",
        "The dashboard of Configuration Manager over time",
        frozenset({"measures", "plan"}),
        _health,
        _describe_health,
        lambda report: (
            None if series(report.measures, "healthy_pct", "console").empty else report.measures
        ),
        "no computer ever reported",
    ),
    "systems": _parts_picture("os"),
    "locations": _parts_picture("location"),
    "collections": _parts_picture("collection"),
    "stages": ReportPicture(
        "stages",
        "Time in each stage",
        frozenset({"stages"}),
        _stages,
        _describe_stages,
        lambda report: _bars(report) or None,
        "no device was on its way to onboarding",
    ),
    "content": ReportPicture(
        "content",
        "Load of the busiest distribution points",
        frozenset({"points"}),
        _content,
        _describe_content,
        lambda report: report.points or None,
        "no distribution point served a download",
    ),
    "payloads": ReportPicture(
        "payloads",
        "Payloads in use over time",
        frozenset({"payloads", "plan"}),
        _payloads,
        _describe_payloads,
        lambda report: report.payloads if report.payloads and report.payloads.payloads else None,
        "there is one payload and no script",
    ),
    "desk": ReportPicture(
        "desk",
        "The queue of the support desk over time",
        frozenset({"measures", "plan", "desk"}),
        _queue,
        _describe_queue,
        lambda report: report.desk if report.desk and report.desk.all.opened else None,
        "no support desk opened a ticket",
    ),
    "fan": ReportPicture(
        "replications",
        "Coverage and failures over several replications",
        frozenset({"replications"}),
        _fan,
        _describe_fan,
        lambda report: report.replications,
        "there is one replication only",
    ),
}
"""Every picture by the name under which Python and the commands draw it."""
