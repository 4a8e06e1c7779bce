"""The report: one HTML file that says how the rollout went, what failed and what to do.

No script, no network: styles and pictures stand inside the file, and its content policy forbids
everything else. Whatever comes from a scenario or a fleet is escaped by the template.
"""

from typing import Any

from sim.accounts.headline import LEVELS
from sim.figures.axes import series, share_series, tick_text, tick_times, value_at
from sim.report import pictures, tables, view
from sim.report.data import AssumptionRow, PlanRow, ReportData
from sim.report.desk import desk_tables
from sim.report.payloads import payload_lead, payload_tables
from sim.report.replications import several_tables
from sim.report.templates import template
from sim.text.numbers import MISSING, count_text, elapsed_text, moment_text, percent_text, wall_time

__all__ = ["AssumptionRow", "PlanRow", "ReportData", "render"]


def render(report: ReportData) -> str:
    """Return the report as one HTML document, the same bytes for the same run."""
    summary = report.summary
    return template("report.html.jinja").render(
        report=report,
        summary=summary,
        replication=report.provenance.get("replication", 1),
        levels=LEVELS,
        missing=MISSING,
        begins=moment_text(report.start),
        ends=moment_text(wall_time(report.start, report.horizon)),
        lasts=elapsed_text(report.horizon),
        devices=count_text(summary.get("devices")),
        eligible=count_text(summary.get("eligible")),
        targeted=count_text(summary.get("targeted")),
        headline=view.headline_words(summary),
        tiles=view.tiles(summary),
        views=view.views(summary),
        milestones=view.milestones(report),
        expectations=view.expectation_rows(report.expectations or summary.get("expectations", [])),
        obstacles=view.obstacles(report),
        overcome=view.recovered_rows(report),
        plan=view.plan_table_rows(report),
        systems=view.systems(report.devices),
        assumptions=sorted(report.assumptions, key=lambda row: not row.overridden),
        provenance=list(view.flattened(report.provenance)),
        **_sections(report),
    )


def _sections(report: ReportData) -> dict[str, Any]:
    """Return the tables and pictures of the sections, by the names the template calls them."""
    return {
        "several": several_tables(report),
        "several_pictures": pictures.fan_pictures(report),
        "onboarding": pictures.onboarding_pictures(report),
        "onboarding_table": _onboarding_table(report),
        "payloads": payload_tables(report),
        "payload_lead": payload_lead(report),
        "payload_pictures": pictures.payload_pictures(report),
        "desk": desk_tables(report),
        "desk_pictures": pictures.desk_pictures(report),
        "parts": [
            (tables.part_table(division), pictures.part_pictures(report, division))
            for division in report.divisions
        ],
        "level": tables.level_text(),
        "stages": tables.stage_rows(report),
        "stage_pictures": pictures.stage_pictures(report),
        "points": tables.point_rows(report),
        "content": pictures.content_pictures(report),
        "faults": tables.fault_rows(report),
        "health": pictures.health_pictures(report),
    }


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
