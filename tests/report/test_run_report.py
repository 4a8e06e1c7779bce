"""The report of a real run: the page shows what the log says."""

import re

import numpy as np
import pytest

from sim.accounts.stages import stage_times, stays
from sim.figures.axes import COLOURS, series
from sim.figures.lines import HEALTH_TILES
from sim.language.tree import Series
from sim.measures.series import SeriesReader
from sim.report.page import assumption_rows, render, report_data
from sim.report.pictures import PICTURES
from sim.run_folder.provenance import provenance
from sim.runs.replication import run_replication
from sim.scenario.loader import load_text
from sim.text.numbers import count_text, length_text, percent_text, plural
from sim.units import DAY, HOUR
from tests.report.test_report import Page

SCENARIO = """\
format: 1
name: real
start: 2026-03-02
horizon: 20 d
fleet: {generate: {devices: 200, mix: servers}}
collections:
  - {name: All, members: managed}
  - {name: Older, members: "os in ['server-2012-r2', 'server-2016']"}
client_settings: [{name: New, collection: Older, priority: 1, downlevel_client: mde_client}]
packages: [{name: p, payload: a, organization: contoso}]
policies: [{name: Onboard, package: p}]
plan: [{at: 1 d, deploy: Onboard, to: [All]}]
"""


@pytest.fixture(scope="module")
def run():
    return run_replication(load_text(SCENARIO))


@pytest.fixture(scope="module")
def shown(run):
    return Page(render(report_data(run, None, provenance(run, "", 1))))


def test_the_parts_add_up_to_the_summary(run, shown):
    text = shown.text("parts")
    whole = [run.summary[name] for name in ("eligible", "onboarded", "failed", "waiting")]

    assert text.count(f"All devices {' '.join(map(count_text, whole))}") >= 2
    assert "By collection" in text
    assert "Server 2016" in text


def test_the_protected_devices_of_parts_that_do_not_overlap_add_up_to_the_summary(run):
    (systems,) = (each for each in report_data(run).divisions if each.by == "os")

    assert sum(part.protected for part in systems.parts) == run.summary["protected"]
    assert 0 < run.summary["protected"] < run.summary["onboarded"]


@pytest.fixture(scope="module")
def dashboard(run):
    """Return the console's measures of the dashboard at each recorded time, without gaps."""
    measures = run.measures.to_pandas()
    names = ("gauge_pct", *(f"{tile}_pct" for tile, _, _ in HEALTH_TILES))
    return {name: series(measures, name, "console") for name in names}


@pytest.mark.rule("MON-4")
def test_the_gauge_that_is_drawn_is_the_measure_at_round_times(run, dashboard):
    axes = PICTURES["health"].draw(report_data(run), None, 840).axes[0]
    (gauge,) = [line for line in axes.lines if line.get_color() == COLOURS["ink"]]
    times, drawn = gauge.get_data()
    days = [time for time in dashboard["gauge_pct"].index if time % (2 * DAY) == 0]

    assert len(days) >= 9
    for day in days:
        near = abs(times - day).argmin()
        assert drawn[near] == dashboard["gauge_pct"][times[near]]
        assert abs(times[near] - day) <= 2 * HOUR


@pytest.mark.rule("MON-2", "MON-4")
def test_the_tiles_add_up_and_the_gauge_is_all_of_them_but_those_not_onboarded(dashboard):
    gauge, *tiles = dashboard.values()

    assert sum(tiles).to_list() == pytest.approx([100] * len(gauge))
    assert (gauge + tiles[-1]).to_list() == pytest.approx([100] * len(gauge))
    assert 90 < gauge.min() < gauge.max() == 100


def test_the_table_of_the_dashboard_has_the_measures_at_round_times(run, shown):
    reader, text = SeriesReader(run.tally), shown.text("dashboard")
    names = ("gauge", "healthy", "inactive", "agent_stopped", "not_onboarded")
    for day, date in ((8, "10 Mar"), (20, "22 Mar")):
        at = np.array([day * DAY])
        values = [reader.values(Series("console", f"{name}_pct"), at)[0] for name in names]
        assert f"day {day}, {date} {' '.join(map(percent_text, values))}" in text


@pytest.mark.rule("MON-2", "MON-4")
def test_the_gauge_and_the_tiles_at_the_end_are_those_of_the_summary(run, shown):
    console = run.summary["console"]
    health = {name: count for name, count in console["health"].items() if name != "none"}
    text, computers = shown.text("dashboard"), sum(health.values())
    onboarded = computers - health["not_onboarded"]

    assert console["gauge_pct"] == pytest.approx(100 * onboarded / computers)
    assert (
        f"Agent Onboarding Status {percent_text(console['gauge_pct'])} {onboarded} of {computers}"
        in text
    )
    for name, count in health.items():
        assert f"{percent_text(100 * count / computers)} {plural(count, 'computer')}: " in text, (
            name
        )


def test_the_stages_are_those_of_the_log(run, shown):
    found = stays(run.log, run.prepared.device_table)
    poll = stage_times(found, run.prepared.scenario.horizon)[0]

    assert f"client {count_text(poll.devices)} {length_text(poll.median)}" in shown.text("stages")


def test_installers_that_were_downloaded_are_the_load_of_the_default_point(run, shown):
    downloads = sum(
        row == "content_downloaded"
        for row in (run.log.tables.names_of("event")[code] for code in run.log.columns["event"])
    )

    assert re.search(rf"Default, for \d+ locations? {downloads} ", shown.text("content"))


def test_the_assumed_share_of_a_fault_stands_beside_its_rate(shown):
    assert re.search(r"client_inactive ConfigMgr clients 6 % 200 \d+ ", shown.text("faults"))


def test_assumptions_read_as_people_write_them(run):
    """Sizes have separators, counts no unit, and a question ends with its question mark."""
    rows = {row.name: (row.value, row.unit, row.text) for row in assumption_rows(run)}

    assert rows["mma_content"] == ("50,000,000", "bytes", "Size of the MMA installer.")
    assert rows["content_slots"][:2] == ("20", "")
    assert rows["UPD-3"][2] == "Does an updated policy reach onboarded devices?"
    assert rows["TIM-2"][2] == "When a policy is evaluated."


def test_without_chance_no_rates_are_shown():
    run = run_replication(load_text(SCENARIO + "faults: none\n"))

    text = Page(render(report_data(run, None, provenance(run, "", 1)))).text("faults")
    assert text.startswith("Random faults This run has no random faults")
