"""The report's pictures, each drawn in two sizes and told in words for those who do not see it."""

from collections.abc import Callable

from matplotlib.figure import Figure

from sim.accounts.parts import Division
from sim.figures.axes import series
from sim.figures.lines import (
    ENDS,
    ShareLine,
    fan_over_time,
    health_tiles_over_time,
    onboarding_over_time,
    payloads_over_time,
    queue_over_time,
)
from sim.figures.panels import StageBar, Strip, content_over_time, onboarding_by_part, time_by_stage
from sim.figures.style import inline_svg
from sim.report import view
from sim.report.data import ReportData
from sim.report.tables import PART_TITLES, STAGE_WORDS, point_title
from sim.text.numbers import bytes_text, count_text, device_days_text, percent_text
from sim.units import Seconds

SIZES = (("wide", 840), ("narrow", 400))
"""Each picture is drawn twice, so that its letters stay legible on a phone."""

MOST_POINTS = 4
"""As many distribution points as have a strip in the picture; the others stand in the table."""

Drawings = list[tuple[str, str]]
"""(size, drawing) of one picture."""


def _in_sizes(key: str, title: str, description: str, draw: Callable[[int], Figure]) -> Drawings:
    """Draw a picture in every size; *draw* takes the width [pixels]."""
    return [
        (
            size,
            inline_svg(draw(width), key=f"{key}-{size}", title=title, description=description),
        )
        for size, width in SIZES
    ]


def fan_pictures(report: ReportData) -> Drawings:
    """Draw where several replications lie; nothing for a single one."""
    several = report.several
    if several is None:
        return []
    coverage = several.summary["coverage_pct"]
    ends = ", ".join(f"{end.upper()} {percent_text(coverage[end])}" for end in ENDS)
    return _in_sizes(
        "fan",
        "Coverage and failures over several replications",
        f"P10 to P90 as bands, P50 as lines. Coverage at the end: {ends}.",
        lambda width: fan_over_time(
            several.bands,
            start=report.start,
            horizon=report.horizon,
            width=width,
            height=340 if width > 600 else 300,
        ),
    )


def onboarding_pictures(report: ReportData) -> Drawings:
    """Draw onboarding over time; steps carry their numbers in the plan."""
    steps = _steps(report)
    return _in_sizes(
        "onboarding",
        "Onboarding over time",
        _onboarding_words(report),
        lambda width: onboarding_over_time(
            report.measures,
            start=report.start,
            horizon=report.horizon,
            steps=steps,
            width=width,
            height=380 if width > 600 else 330,
        ),
    )


def _steps(report: ReportData) -> list[tuple[Seconds, str]]:
    """Return when each step of the plan happened, with its number."""
    return [(row.time, n) for n, row in view.numbered(tuple(report.plan)) if row.time is not None]


def _onboarding_words(report: ReportData) -> str:
    """Say in words what the picture of onboarding shows."""
    levels = "; ".join(f"{level}: {time}" for level, time, _ in view.coverage_milestones(report))
    ends = ", ".join(f"{name.lower()} {share}" for name, _, _, share in view.views(report.summary))
    return f"Coverage of all eligible devices by time: {levels}. At the end: {ends}."


def health_pictures(report: ReportData) -> Drawings:
    """Draw agent health; nothing when no computer ever reported."""
    if series(report.measures, "healthy_pct", "console").empty:
        return []
    tiles = report.summary.get("console", {}).get("health", {})
    ends = ", ".join(
        f"{name.replace('_', ' ')} {count_text(n)}" for name, n in tiles.items() if name != "none"
    )
    return _in_sizes(
        "health",
        "Agent health as the console shows it",
        f"Computers that report, by health. At the end: {ends}.",
        lambda width: health_tiles_over_time(
            report.measures,
            start=report.start,
            horizon=report.horizon,
            width=width,
            height=300 if width > 600 else 250,
        ),
    )


def payload_pictures(report: ReportData) -> Drawings:
    """Draw the payloads in use; nothing for a run of one payload and no script."""
    account = report.payloads
    if account is None or not account.payloads:
        return []
    lines = [ShareLine(course.name, course.use) for course in account.payloads]
    scripts = [ShareLine(course.package, course.success) for course in account.scripts]
    names = ["script"] if len(scripts) == 1 else [line.name for line in scripts]
    drawn = [ShareLine(name, line.values) for name, line in zip(names, scripts, strict=True)]
    ends = ", ".join(f"{line.name} {percent_text(line.values[-1])}" for line in lines)
    ran = ", ".join(f"{line.name} {percent_text(line.values[-1])}" for line in scripts)
    words = f"Share of the onboarded devices. At the end in use: {ends}."
    return _in_sizes(
        "payloads",
        "Payloads in use over time",
        words + (f" Script succeeded: {ran}." if ran else ""),
        lambda width: payloads_over_time(
            lines[0],
            account.payloads[0].wait,
            lines[1:],
            drawn,
            account.instants,
            start=report.start,
            horizon=report.horizon,
            steps=_steps(report),
            width=width,
        ),
    )


def desk_pictures(report: ReportData) -> Drawings:
    """Draw the queue of the support desk; nothing without a desk or without a ticket."""
    desk = report.desk
    if desk is None or not desk.all.opened:
        return []
    weeks = ", ".join(f"week {week.week} {count_text(week.waiting)}" for week in desk.weeks)
    return _in_sizes(
        "desk",
        "The queue of the support desk over time",
        f"Tickets that wait and that are taken up. Waiting at the end of each week: {weeks}.",
        lambda width: queue_over_time(
            report.measures,
            start=report.start,
            horizon=report.horizon,
            steps=_steps(report),
            width=width,
        ),
    )


def part_pictures(report: ReportData, division: Division) -> Drawings:
    """Draw the coverage of each part of the fleet."""
    parts = [(part.name, part.coverage) for part in division.parts]
    ends = ", ".join(f"{name} {percent_text(line[-1])}" for name, line in parts)
    return _in_sizes(
        f"parts-{division.by}",
        f"Onboarding over time {PART_TITLES[division.by].lower()}",
        f"Coverage of each part's eligible devices, beside the whole fleet's. At the end: {ends}.",
        lambda width: onboarding_by_part(
            parts,
            division.whole.coverage,
            start=report.start,
            horizon=report.horizon,
            width=width,
        ),
    )


def stage_pictures(report: ReportData) -> Drawings:
    """Draw the time lost in each stage; nothing when no device was in any."""
    bars = [
        StageBar(STAGE_WORDS[row.stage][0], row.total, row.waiting_total) for row in report.stages
    ]
    if not bars:
        return []
    times = ", ".join(f"{bar.title} {device_days_text(bar.finished + bar.still)}" for bar in bars)
    return _in_sizes(
        "stages",
        "Time lost in each stage",
        f"Device-days in each stage, over or still going on: {times}.",
        lambda width: time_by_stage(bars, width=width),
    )


def content_pictures(report: ReportData) -> Drawings:
    """Draw the load of the busiest distribution points; nothing when none carried anything."""
    strips = [Strip(point_title(load), load.by_hour) for load in report.points[:MOST_POINTS]]
    if not strips:
        return []
    totals = ", ".join(f"{strip.title} {bytes_text(sum(strip.by_hour))}" for strip in strips)
    return _in_sizes(
        "content",
        "Load of the busiest distribution points",
        f"Bytes in each hour. In the whole run: {totals}.",
        lambda width: content_over_time(
            strips, start=report.start, horizon=report.horizon, width=width
        ),
    )
