"""The table of pictures: one entry is in the report and in Python."""

from pathlib import Path

import pytest

import sim
from sim.figures.axes import svg
from sim.figures.panels import StageBar, time_by_stage
from sim.report import pictures
from sim.report.page import render, report_data
from sim.report.pictures import PICTURES, SIZES, ReportPicture
from tests.report.sample import desk, payloads
from tests.report.sample import report_data as sample
from tests.report.test_replications import TEXT

TITLE = "Devices by status"


def statuses(report, names, width):
    bars = [StageBar(name, report.summary[name] * 86400, 0) for name in names]
    return time_by_stage(bars, width=width)


ENTRY = ReportPicture(
    place="stages",
    title=TITLE,
    sources=frozenset(),
    draw=statuses,
    describe=lambda report, _: f"{report.summary['onboarded']} devices are onboarded.",
    data=lambda report: ("onboarded", "failed") if report.summary["devices"] else None,
    nothing="there is no device",
)


@pytest.fixture
def table(monkeypatch):
    monkeypatch.setattr(pictures, "PICTURES", {**PICTURES, "statuses": ENTRY})
    monkeypatch.setattr("sim.api.pictures.PICTURES", pictures.PICTURES)


@pytest.fixture(scope="module")
def result():
    return sim.run(sim.load(TEXT), replication=1)


@pytest.mark.usefixtures("table")
def test_an_entry_is_in_the_report_in_both_sizes_with_its_words(result, tmp_path):
    page = result.report(tmp_path / "report.html").read_text("utf-8")
    section = page[page.index('<section id="stages"') : page.index('<section id="faults"')]

    assert section.count(f">{TITLE}</title>") == len(SIZES)
    assert section.count(f"{result.summary['onboarded']} devices are onboarded.</desc>") == 2


@pytest.mark.usefixtures("table")
def test_an_entry_is_in_python_under_its_name(result):
    assert svg(result.plot("statuses", width=400).figure) == svg(
        statuses(report_data(result.first), ("onboarded", "failed"), 400)
    )


@pytest.mark.usefixtures("table")
def test_an_entry_is_offered_to_whoever_misspells_a_name(result):
    with pytest.raises(sim.errors.UnusableInput, match='did you mean "statuses"'):
        result.plot("statusses")


@pytest.mark.usefixtures("table")
def test_an_entry_without_data_is_left_out_of_the_report():
    summary = {**sample().summary, "devices": 0}

    assert TITLE not in render(sample(summary=summary))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_needs_no_more_than_its_sources(name):
    result = sim.run(sim.load(TEXT), replications=2)
    picture = PICTURES[name]
    data = report_data(result.first)
    if "replications" in picture.sources:
        shown = svg(result.plot(name).figure)
        assert "P10" not in shown
        return
    if picture.data(data) is None:
        with pytest.raises(sim.errors.UnusableInput, match="there is nothing to draw"):
            result.plot(name)
        return
    assert svg(result.plot(name).figure) == svg(picture.draw(data, picture.data(data), 840))


def test_each_picture_of_the_report_stands_in_a_section_that_shows_it():
    report = sample(desk=desk(), payloads=payloads())
    page = render(report)

    for name, picture in PICTURES.items():
        has_data = picture.place != "" and picture.data(report) is not None
        assert (f'id="{name}-wide-title"' in page) == has_data, name


def test_the_documentation_names_every_picture():
    page = (Path(__file__).parents[2] / "docs" / "python.md").read_text("utf-8")

    for name in PICTURES:
        assert f"`{name}`" in page
        assert name in sim.Result.plot.__doc__
