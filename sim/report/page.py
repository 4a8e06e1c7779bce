"""The report: one HTML file that says how the rollout went, what failed and what to do.

The page has no script and needs no network: styles and pictures are in the file, and its content
policy forbids everything else. The template escapes whatever comes from a scenario or a fleet.
"""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from sim.accounts.headline import LEVELS
from sim.accounts.parts import LEVEL
from sim.figures.axes import series, share_series, tick_text, tick_times, value_at
from sim.report import overview, tables
from sim.report.data import ReportData
from sim.report.pictures import report_pictures
from sim.report.replications import replication_tables
from sim.text.numbers import count_text, elapsed_text, moment_text, percent_text, wall_time


@cache
def template(name: str) -> Template:
    """Return a template of this folder; an unknown name in it is an error, not an empty place."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    return environment.get_template(name)


def render(report: ReportData) -> str:
    """Return the report as one HTML document, the same bytes for the same run."""
    summary = report.summary
    return template("report.html.jinja").render(
        report=report,
        summary=summary,
        replication=report.provenance.get("replication", 1),
        levels=LEVELS,
        begins=moment_text(report.start),
        ends=moment_text(wall_time(report.start, report.horizon)),
        lasts=elapsed_text(report.horizon),
        devices=count_text(summary.get("devices")),
        eligible=count_text(summary.get("eligible")),
        targeted=count_text(summary.get("targeted")),
        headline=overview.headline_words(summary),
        tiles=overview.tiles(summary),
        views=overview.views(summary),
        milestones=overview.milestones(report),
        expectations=overview.expectation_rows(
            report.expectations or summary.get("expectations", [])
        ),
        obstacles=overview.obstacles(report),
        recovered=overview.recovered_rows(report),
        plan=overview.plan_table_rows(report),
        systems=overview.systems(report.devices),
        assumptions=sorted(report.assumptions, key=lambda row: not row.overridden),
        provenance=list(overview.flattened(report.provenance)),
        drawn=report_pictures(report),
        **_tables(report),
    )


def _tables(report: ReportData) -> dict[str, Any]:
    """Return the tables of the sections, by the names that the template uses."""
    return {
        "replications": replication_tables(report),
        "onboarding_table": _onboarding_table(report),
        "payloads": tables.payload_tables(report),
        "payload_lead": tables.payload_lead(report),
        "desk": tables.desk_tables(report),
        "parts": [tables.part_table(division) for division in report.divisions],
        "level": f"{LEVEL} % after",
        "stages": tables.stage_rows(report),
        "points": tables.point_rows(report),
        "faults": tables.fault_rows(report),
    }


def _onboarding_table(report: ReportData) -> list[list[str]]:
    """Return the picture's numbers at round times: time, three views, failed, waiting."""
    measures = report.measures
    lines = [series(measures, "coverage_pct", view) for view in ("device", "console", "portal")]
    lines += [share_series(measures, status, "device") for status in ("failed", "waiting")]
    rows = []
    for time in tick_times(report.horizon, 10):
        cells = [percent_text(value_at(line, time)) for line in lines]
        rows.append([tick_text(report.start, time).replace("\n", ", "), *cells])
    return rows
