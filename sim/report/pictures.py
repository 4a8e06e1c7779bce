"""The table of pictures: the report, Python and the commands draw what stands here.

An entry is all that a new picture needs, beside the function in `sim.figures` that draws it. The
report shows the picture in two sizes and describes it in words for readers who cannot see it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from matplotlib.figure import Figure

from sim.accounts.parts import Division
from sim.figures.axes import series
from sim.figures.lines import (
    PERCENTILES,
    ShareLine,
    failures_by_cause,
    fan_over_time,
    health_tiles_over_time,
    onboarding_over_time,
    payloads_over_time,
    queue_over_time,
)
from sim.figures.panels import StageBar, Strip, content_over_time, onboarding_by_part, time_by_stage
from sim.figures.style import inline_svg
from sim.report.data import ReportData
from sim.report.overview import coverage_milestones, numbered, views
from sim.report.tables import PART_TITLES, STAGE_TEXTS, point_title
from sim.text.numbers import bytes_text, count_text, device_days_text, percent_text, remedy_for
from sim.units import Seconds

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
    """One entry of the table: what a picture shows, where it stands, when there is anything."""

    place: str
    """The section of the report that it stands in; empty where it is drawn on request only."""
    title: str
    sources: frozenset[str]
    """The fields of ReportData that it is drawn from, beside those that every run has."""
    draw: Callable[[ReportData, int], Figure]
    """Draws it in a width [pixels]."""
    describe: Callable[[ReportData], str]
    """Returns what it shows, in words."""
    missing: Callable[[ReportData], str] = lambda _: ""
    """Returns why there is nothing to draw; empty where there is something."""


def report_pictures(report: ReportData) -> dict[str, list[Drawings]]:
    """Return the pictures of a report by the place where they stand."""
    places: dict[str, list[Drawings]] = {}
    for name, picture in PICTURES.items():
        if picture.place and not picture.missing(report):
            drawings = draw_in_sizes(
                name, picture.title, picture.describe(report), partial(picture.draw, report)
            )
            places.setdefault(picture.place, []).append(drawings)
    return places


def _steps(report: ReportData) -> list[tuple[Seconds, str]]:
    """Return when each step of the plan happened, with its number in the report."""
    return [(row.time, n) for n, row in numbered(tuple(report.plan)) if row.time is not None]


def _onboarding(report: ReportData, width: int) -> Figure:
    return onboarding_over_time(
        report.measures,
        start=report.start,
        horizon=report.horizon,
        steps=_steps(report),
        width=width,
    )


def _describe_onboarding(report: ReportData) -> str:
    levels = "; ".join(f"{level}: {time}" for level, time, _ in coverage_milestones(report))
    ends = ", ".join(f"{name.lower()} {share}" for name, _, _, share in views(report.summary))
    return f"Coverage of all eligible devices by time: {levels}. At the end: {ends}."


def _causes(report: ReportData, width: int) -> Figure:
    causes = report.summary["causes"]
    titles = {cause: remedy_for(cause, report.remedies).title for cause in causes}
    return failures_by_cause(causes, titles=titles, width=width)


def _describe_causes(report: ReportData) -> str:
    causes = report.summary["causes"].items()
    numbers = (f"{remedy_for(cause, report.remedies).title} {count_text(n)}" for cause, n in causes)
    return f"Devices by cause: {', '.join(numbers) or 'none'}."


def _health(report: ReportData, width: int) -> Figure:
    return health_tiles_over_time(
        report.measures, start=report.start, horizon=report.horizon, width=width
    )


def _describe_health(report: ReportData) -> str:
    tiles = report.summary.get("console", {}).get("health", {})
    ends = ", ".join(
        f"{name.replace('_', ' ')} {count_text(n)}" for name, n in tiles.items() if name != "none"
    )
    return f"Computers that report, by health. At the end: {ends}."


def _no_health(report: ReportData) -> str:
    is_empty = series(report.measures, "healthy_pct", "console").empty
    return "no computer ever reported" if is_empty else ""


def _division(report: ReportData, by: str) -> Division | None:
    return next((division for division in report.divisions if division.by == by), None)


def _parts(report: ReportData, width: int, by: str) -> Figure:
    division = _division(report, by)
    assert division is not None
    return onboarding_by_part(
        [(part.name, part.coverage) for part in division.parts],
        division.whole.coverage,
        start=report.start,
        horizon=report.horizon,
        width=width,
    )


def _describe_parts(report: ReportData, by: str) -> str:
    division = _division(report, by)
    assert division is not None
    ends = ", ".join(f"{part.name} {percent_text(part.coverage[-1])}" for part in division.parts)
    return f"Coverage of each part, and of the whole fleet. At the end: {ends}."


def _no_parts(report: ReportData, by: str) -> str:
    return "" if _division(report, by) else "the whole fleet is one part"


def _bars(report: ReportData) -> list[StageBar]:
    return [
        StageBar(STAGE_TEXTS[row.stage][0], row.total, row.waiting_total) for row in report.stages
    ]


def _stages(report: ReportData, width: int) -> Figure:
    return time_by_stage(_bars(report), width=width)


def _describe_stages(report: ReportData) -> str:
    times = ", ".join(
        f"{bar.title} {device_days_text(bar.finished + bar.ongoing)}" for bar in _bars(report)
    )
    return f"Device-days in each stage, finished and ongoing: {times}."


def _payloads(report: ReportData, width: int) -> Figure:
    account = report.payloads
    assert account is not None
    newest, *others = (ShareLine(course.name, course.use) for course in account.payloads)
    names = [course.package for course in account.scripts]
    names = ["script"] if len(names) == 1 else names
    return payloads_over_time(
        newest,
        account.payloads[0].wait,
        others,
        [ShareLine(n, course.success) for n, course in zip(names, account.scripts, strict=True)],
        account.instants,
        start=report.start,
        horizon=report.horizon,
        steps=_steps(report),
        width=width,
    )


def _describe_payloads(report: ReportData) -> str:
    account = report.payloads
    assert account is not None
    used = ", ".join(f"{each.name} {percent_text(each.use[-1])}" for each in account.payloads)
    ran = ", ".join(f"{each.package} {percent_text(each.success[-1])}" for each in account.scripts)
    text = f"Share of the onboarded devices. At the end in use: {used}."
    return text + (f" Script succeeded: {ran}." if ran else "")


def _no_payloads(report: ReportData) -> str:
    has_payloads = report.payloads is not None and report.payloads.payloads
    return "" if has_payloads else "there is one payload and no script"


def _queue(report: ReportData, width: int) -> Figure:
    return queue_over_time(
        report.measures,
        start=report.start,
        horizon=report.horizon,
        steps=_steps(report),
        width=width,
    )


def _describe_queue(report: ReportData) -> str:
    assert report.desk is not None
    weeks = ", ".join(f"week {week.week} {count_text(week.waiting)}" for week in report.desk.weeks)
    return f"Tickets that wait and that are taken up. Waiting at the end of each week: {weeks}."


def _no_tickets(report: ReportData) -> str:
    has_tickets = report.desk is not None and report.desk.all.opened
    return "" if has_tickets else "no support desk opened a ticket"


MAX_POINTS = 4
"""How many distribution points are drawn; the table has all of them."""


def _strips(report: ReportData) -> list[Strip]:
    return [Strip(point_title(load), load.by_hour) for load in report.points[:MAX_POINTS]]


def _content(report: ReportData, width: int) -> Figure:
    return content_over_time(
        _strips(report), start=report.start, horizon=report.horizon, width=width
    )


def _describe_content(report: ReportData) -> str:
    totals = ", ".join(
        f"{strip.title} {bytes_text(sum(strip.by_hour))}" for strip in _strips(report)
    )
    return f"Bytes in each hour. In the whole run: {totals}."


def _fan(report: ReportData, width: int) -> Figure:
    assert report.replications is not None
    bands = report.replications.bands
    return fan_over_time(bands, start=report.start, horizon=report.horizon, width=width)


def _describe_fan(report: ReportData) -> str:
    assert report.replications is not None
    coverage = report.replications.summary["coverage_pct"]
    ends = ", ".join(f"{name.upper()} {percent_text(coverage[name])}" for name in PERCENTILES)
    return f"P10 to P90 as bands, P50 as lines. Coverage at the end: {ends}."


def _parts_picture(by: str) -> ReportPicture:
    return ReportPicture(
        f"parts-{by}",
        f"Onboarding over time {PART_TITLES[by].lower()}",
        frozenset({"divisions"}),
        partial(_parts, by=by),
        partial(_describe_parts, by=by),
        partial(_no_parts, by=by),
    )


PICTURES: Mapping[str, ReportPicture] = {
    "onboarding": ReportPicture(
        "onboarding",
        "Onboarding over time",
        frozenset({"measures", "plan"}),
        _onboarding,
        _describe_onboarding,
    ),
    "causes": ReportPicture(
        "", "Devices held back, by cause", frozenset({"remedies"}), _causes, _describe_causes
    ),
    "health": ReportPicture(
        "health",
        "Agent health as the console shows it",
        frozenset({"measures"}),
        _health,
        _describe_health,
        _no_health,
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
        lambda report: "" if report.stages else "no device was on its way to onboarding",
    ),
    "content": ReportPicture(
        "content",
        "Load of the busiest distribution points",
        frozenset({"points"}),
        _content,
        _describe_content,
        lambda report: "" if report.points else "no distribution point served a download",
    ),
    "payloads": ReportPicture(
        "payloads",
        "Payloads in use over time",
        frozenset({"payloads", "plan"}),
        _payloads,
        _describe_payloads,
        _no_payloads,
    ),
    "desk": ReportPicture(
        "desk",
        "The queue of the support desk over time",
        frozenset({"measures", "plan", "desk"}),
        _queue,
        _describe_queue,
        _no_tickets,
    ),
    "fan": ReportPicture(
        "replications",
        "Coverage and failures over several replications",
        frozenset({"replications"}),
        _fan,
        _describe_fan,
        lambda report: "" if report.replications else "there is one replication only",
    ),
}
"""Every picture by the name under which Python and the commands draw it."""
