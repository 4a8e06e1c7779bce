"""The report: one HTML file that says how the rollout went, what failed and what to do.

No script, no network: styles and pictures stand inside the file, and its content policy forbids
everything else. Whatever comes from a scenario or a fleet is escaped by the template.
"""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from sim.output import report_view as view
from sim.output.figures import health_tiles_over_time, onboarding_over_time
from sim.output.figures_axes import tick_text, tick_times
from sim.output.figures_series import series, share_series, value_at
from sim.output.report_data import AssumptionRow, PlanRow, ReportData
from sim.output.style import inline_svg
from sim.output.style_text import (
    MISSING,
    count_text,
    elapsed_text,
    moment_text,
    percent_text,
    wall_time,
)

__all__ = ["AssumptionRow", "PlanRow", "ReportData", "render"]

SIZES = (("wide", 840, 380), ("narrow", 400, 330))
"""Each picture is drawn twice, so that its letters stay legible on a phone."""


def render(report: ReportData) -> str:
    """Return the report as one HTML document, the same bytes for the same run."""
    summary = report.summary
    return _template().render(
        report=report,
        summary=summary,
        missing=MISSING,
        begins=moment_text(report.start),
        ends=moment_text(wall_time(report.start, report.horizon)),
        lasts=elapsed_text(report.horizon),
        devices=count_text(summary.get("devices")),
        eligible=count_text(summary.get("eligible")),
        targeted=count_text(summary.get("targeted")),
        coverage=percent_text(summary.get("coverage_pct")),
        tiles=view.tiles(summary),
        views=view.views(summary),
        milestones=view.milestones(report),
        expectations=view.expectations(summary),
        obstacles=view.obstacles(report),
        overcome=view.overcome(report),
        plan=view.plan_rows(report),
        systems=view.systems(report.devices),
        assumptions=sorted(report.assumptions, key=lambda row: not row.overridden),
        provenance=list(view.flattened(report.provenance)),
        onboarding=_onboarding_pictures(report),
        onboarding_table=_onboarding_table(report),
        health=_health_pictures(report),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("report.html.jinja")


def _onboarding_pictures(report: ReportData) -> list[tuple[str, str]]:
    """Return (size, drawing) of onboarding over time; steps carry their numbers in the plan."""
    steps = [(row.time, n) for n, row in view.numbered(tuple(report.plan)) if row.time is not None]
    return [
        (
            size,
            inline_svg(
                onboarding_over_time(
                    report.measures,
                    start=report.start,
                    horizon=report.horizon,
                    steps=steps,
                    width=width,
                    height=height,
                ),
                key=f"onboarding-{size}",
                title="Onboarding over time",
                description=_onboarding_words(report),
            ),
        )
        for size, width, height in SIZES
    ]


def _onboarding_words(report: ReportData) -> str:
    """Say in words what the picture of onboarding shows."""
    levels = "; ".join(f"{level}: {time}" for level, time, _ in view.milestones(report))
    ends = ", ".join(f"{name.lower()} {share}" for name, _, _, share in view.views(report.summary))
    return f"Coverage of all eligible devices by time: {levels}. At the end: {ends}."


def _onboarding_table(report: ReportData) -> list[list[str]]:
    """Return the picture's numbers at round times: time, three views, failed, waiting."""
    lines = [series(report.measures, "coverage_pct", each) for each in ("device", "console")]
    lines.append(series(report.measures, "coverage_pct", "portal"))
    lines += [share_series(report.measures, status, "device") for status in ("failed", "waiting")]
    rows = []
    for time in tick_times(report.horizon, 10):
        cells = [percent_text(value_at(line, time)) for line in lines]
        rows.append([tick_text(report.start, time).replace("\n", ", "), *cells])
    return rows


def _health_pictures(report: ReportData) -> list[tuple[str, str]]:
    """Return (size, drawing) of agent health; none when no computer ever reported."""
    if series(report.measures, "healthy_pct", "console").empty:
        return []
    figures: list[tuple[str, Any]] = [
        (
            size,
            health_tiles_over_time(
                report.measures,
                start=report.start,
                horizon=report.horizon,
                width=width,
                height=height - 80,
            ),
        )
        for size, width, height in SIZES
    ]
    tiles = report.summary.get("console", {}).get("health", {})
    ends = ", ".join(
        f"{name.replace('_', ' ')} {count_text(n)}" for name, n in tiles.items() if name != "none"
    )
    return [
        (
            size,
            inline_svg(
                figure,
                key=f"health-{size}",
                title="Agent health as the console shows it",
                description=f"Computers that report, by health. At the end: {ends}.",
            ),
        )
        for size, figure in figures
    ]
