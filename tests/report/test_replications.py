"""Several replications on the screen, in the report's first section, and as a picture."""

import re

import pytest

import sim
from sim.figures.lines import band
from sim.text.summary import LINES
from tests.report.test_report import Page

TEXT = """\
format: 1
name: <b>Small</b> rollout
start: 2026-03-02 08:00
horizon: 20 d
seed: 7
replications: 12
fleet: {generate: {devices: 60}}
collections:
  - {name: All, members: managed}
packages:
  - {name: onboarding-a, payload: a, organization: contoso}
policies:
  - {name: Onboard, package: onboarding-a, workspace: {id: present, key: present}}
plan:
  - {name: everybody, at: 1 d 09:00, deploy: Onboard, to: [All]}
assumptions: {sense_missing_share: 0 %, elam_driver_disabled_share: 0 %}
expect:
  - coverage_pct at end >= 99
  - p90 of (time to (device.coverage_pct >= 50)) <= 9 d
"""
DESK = "support_desk: {technicians: 1, repairs: {client_broken: 30 min, client_inactive: 30 min}}\n"


@pytest.fixture(scope="module")
def result():
    return sim.run(sim.load(TEXT + DESK))


@pytest.fixture(scope="module")
def page(result, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    return result.report(path).read_text("utf-8")


def test_the_screen_holds_all_and_keeps_its_size(result):
    lines = str(result).splitlines()

    assert len(lines) <= LINES
    assert max(map(len, lines)) <= 80
    assert lines[0] == "<b>Small</b> rollout · seed 7 · 12 replications"
    assert lines[2].split() == ["P10", "P50", "P90"]
    told = result.summary["onboarded"]
    numbers = [f"{round(told[end])}" for end in ("p10", "p50", "p90")]
    (onboarded,) = (line.split() for line in lines if line.startswith("  Onboarded"))
    assert onboarded[1:4] == numbers
    assert any(line.startswith("  Repaired") for line in lines)


def test_each_level_has_its_dates_or_is_not_reached(result):
    lines = str(result).splitlines()
    times = result.summary["time_to"]

    (half,) = (line for line in lines if line.startswith("  50 %"))
    assert half.count("days (") == 3
    (most,) = (line for line in lines if line.startswith("  95 %"))
    assert most.count("not reached") == sum(
        times["95"][end] is None for end in ("p10", "p50", "p90")
    )


def test_each_column_of_dates_ends_where_its_heading_ends(result):
    lines = str(result).splitlines()
    (place,) = (at for at, line in enumerate(lines) if line.startswith("Coverage, on the devices "))
    heading, *rows = lines[place : place + 4]

    ends = [heading.index(end) + len(end) for end in ("P10", "P50", "P90")]
    assert {len(row) for row in rows} == {ends[-1]}
    for row in rows:
        assert all(row[end - 1] in ")d" and row[end : end + 2].strip() == "" for end in ends)


def test_an_expectation_says_in_how_many_replications_it_held(result):
    lines = str(result).splitlines()
    (place,) = (at for at, line in enumerate(lines) if "coverage_pct at end" in line)

    assert re.search(r"; met in \d+ of 12\)?$", f"{lines[place]}{lines[place + 1]}")


def test_the_report_begins_with_all_replications_and_then_shows_the_first(page, result):
    read = Page(page)

    text = read.text("replications")
    assert "In 12 replications" in text
    assert f"{result.summary['coverage_pct']['p50']:.1f} %" in text
    assert "nine of ten replications reach" in text
    assert page.index('id="replications"') < page.index(
        "From here on the report shows replication 1 of 12"
    )
    assert page.index("From here on") < page.index('id="result"')
    assert "<b>Small</b>" not in page


def test_few_replications_promise_no_date(tmp_path):
    few = sim.run(sim.load(TEXT), replications=3)

    page = few.report(tmp_path / "r.html").read_text("utf-8")

    assert "nine of ten replications reach" not in page
    assert "ten or more are needed" in page


def test_one_replication_has_no_such_section(tmp_path):
    page = sim.run(sim.load(TEXT), replication=1).report(tmp_path / "r.html").read_text("utf-8")

    assert 'id="replications"' not in page


def test_the_fan_lies_around_its_middle_line(result):
    low, middle, high = (band(result.bands, "coverage_pct", end) for end in ("p10", "p50", "p90"))

    assert (low <= middle).all()
    assert (middle <= high).all()
    assert (high > low).any()
    figure = result.plot("fan").figure
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert any(text.startswith("onboarded ") for text in texts)
    assert any(text.startswith("failed ") for text in texts)
