"""Payloads and scripts in report and terminal, and a headline about what the plan brings."""

import pytest

from sim.figures.axes import TimeFrame, svg
from sim.figures.lines import ShareLine, payloads_over_time
from sim.report.page import render, report_data
from sim.run_folder.provenance import provenance
from sim.runs.replication import run_replication
from sim.scenario.loader import load_text
from sim.units import DAY
from tests.accounts.test_payloads import REAL
from tests.figures.test_figures import texts
from tests.report.sample import HORIZON, START, devices, payload_course, payloads, summary
from tests.report.test_report import Page, page
from tests.text.test_summary_text import lines

IN_USE = {
    "about": "payload",
    "payload": "b",
    "devices": 300,
    "of": 400,
    "percent": 75.0,
    "time_to": {"50": 10 * DAY, "90": None, "95": None},
}
GONE = {
    "about": "offboarding",
    "devices": 380,
    "of": 400,
    "percent": 95.0,
    "time_to": {"50": 0, "90": 20 * DAY, "95": 25 * DAY},
}
AGENT = {**GONE, "about": "mde_client"}


def shown(**changes):
    return page(payloads=payloads(**changes)).text("payloads")


def test_a_run_of_one_payload_and_no_script_has_no_section():
    assert "payloads" not in page().sections


def test_the_payloads_come_before_onboarding():
    found = page(payloads=payloads())
    order = [values["id"] for tag, values in found.elements if tag == "section"]

    assert order[order.index("payloads") + 1] == "onboarding"
    assert found.open == []
    assert len(found.ids) == len(set(found.ids))


def test_each_payload_has_its_use_the_devices_waiting_and_its_times():
    text = shown()

    assert "b 300 75.0 % 40 10 days – –" in text
    assert "a 100 25.0 % 0 at the start at the start at the start" in text
    assert "Reverted" not in text


def test_payloads_that_came_back_have_a_column():
    both = [payload_course("b", 300), payload_course("a", 100, reverted=34)]
    text = shown(payloads=both)

    assert "Reverted" in text
    assert "b 300 75.0 % 0 – – – 0" in text
    assert "a 100 25.0 % 0 – – – 34" in text


def test_each_script_has_the_devices_it_reached_and_the_outcome():
    assert "script-b b 390 340 87.2 % 30 20" in shown()


def test_a_failed_script_has_its_cause_and_what_to_do():
    text = shown()

    assert "payload_not_eligible, UPD-8 script-b 30 Server 2016" in text
    assert "move the servers to the MDE client, or offboard the devices" in text
    assert "Where scripts failed" not in shown(failures=[])


def test_the_lead_speaks_of_a_band_and_a_dotted_line_only_where_there_are_any():
    assert "wait for a restart" in shown()
    assert "dotted" in shown()
    bare = page(payloads=payloads(payloads=[payload_course("b", 300)], scripts=[])).text("payloads")
    lead = bare[: bare.index("In use at the end")]
    assert "band" not in lead
    assert "dotted" not in lead


def test_onboarded_devices_that_wait_are_listed_apart_from_those_with_a_problem():
    rows = devices(
        [
            (3, "windows-11-24h2", "onboarded", "awaiting_restart", "UPD-1", "R"),
            (2, "windows-11-24h2", "onboarded", "awaiting_script", "TIM-7", "S"),
            (1, "windows-11-24h2", "onboarded", "never_online", "FLT-7", "N"),
            (4, "windows-11-24h2", "waiting", "awaiting_policy", "TIM-1", "P"),
        ]
    )
    text = page(devices=rows).text("obstacles")

    assert "Onboarded, with a change still to come 5" in text
    assert "Onboarded, with a problem 1" in text
    assert "Waiting 4" in text


def test_what_to_do_on_onboarded_devices_where_a_script_failed_is_about_the_script():
    group = (30, "server-2016", "onboarded", "payload_not_eligible", "UPD-8", "S")
    text = page(devices=devices([group]), payloads=payloads()).text("obstacles")

    assert "The one-time script failed on these devices." in text
    assert "move the servers to the MDE client, or offboard the devices" in text
    assert "script failed" not in page(devices=devices([group])).text("obstacles")


@pytest.mark.parametrize(
    ("headline", "words", "level"),
    [
        (IN_USE, "75.0 % of 400 onboarded devices use the payload b at the end", "In use by"),
        (GONE, "95.0 % of 400 eligible devices are offboarded at the end", "Offboarded"),
        (
            AGENT,
            "95.0 % of 400 eligible down-level servers have the MDE client at the end",
            "MDE client on",
        ),
    ],
)
def test_the_headline_is_about_what_the_plan_brings(headline, words, level):
    found = page(summary=summary(headline=headline))

    assert words in found.text("result")
    assert "85.1 % of the eligible devices are onboarded." in found.text("result")
    assert f"{level} 90 %" in found.text("result")


def test_the_milestones_are_those_of_the_headline():
    text = page(summary=summary(headline=IN_USE)).text("result")

    assert "In use by 50 % 10 days Thu 12 Mar 2026 In use by 90 % not reached within" in text
    assert "50 % at the start" in page(summary=summary(headline=GONE)).text("result")


def test_the_picture_of_coverage_is_described_by_coverage():
    text = page(summary=summary(headline=GONE)).text("onboarding")

    assert "Coverage of all eligible devices by time: 50 %: 4.4 days" in text


@pytest.mark.parametrize(
    ("headline", "line"),
    [
        (IN_USE, "Payload b in use by 75.0 % of 400 onboarded: 50 % 10 days (12 Mar)"),
        (GONE, "Offboarded: 95.0 % of 400 eligible: 50 % at the start · 90 % 20 days (22 Mar)"),
        (AGENT, "MDE client on 95.0 % of 400 down-level servers: 50 % at the start"),
    ],
)
def test_the_terminal_says_the_same_in_place_of_coverage(headline, line):
    found = lines(headline=headline)

    assert [one for one in found if one.startswith(line)]
    assert not [one for one in found if one.startswith("Coverage")]


def draw(others=1, scripts=1):
    line = tuple(10.0 * n for n in range(11))
    return payloads_over_time(
        ShareLine("new", tuple(value / 2 for value in line)),
        tuple(value / 5 for value in line),
        [ShareLine(f"old{n}", (40.0,) * 11) for n in range(others)],
        [ShareLine("script", line)] * scripts,
        tuple(n * HORIZON // 10 for n in range(11)),
        TimeFrame(START, HORIZON, steps=[(DAY, "1")]),
    )


def test_the_picture_names_each_line_with_its_last_value_and_the_band():
    assert {"new 50.0 %", "restart 20.0 %", "old0 40.0 %", "script 100 %"} <= set(texts(draw()))


def test_the_band_stands_on_the_new_payloads_line():
    (axes,) = draw().axes
    (band,) = axes.collections
    heights = band.get_paths()[0].vertices[:, 1]

    assert heights.max() == 70


def test_only_the_first_few_other_payloads_have_a_line():
    assert sum(text.startswith("old") for text in texts(draw(others=9))) == 3


def test_the_picture_is_the_same_bytes_each_time():
    assert svg(draw()) == svg(draw())


def test_a_real_migration_has_its_answer_in_the_headline():
    run = run_replication(load_text(REAL))
    found = Page(render(report_data(run, None, provenance(run, "", 1))))
    told = run.summary["headline"]

    assert f"of {told['of']} onboarded devices use the payload b" in found.text("result")
    assert f"b {told['devices']} " in found.text("payloads")
    assert "sensor_missing, UPD-8 script " in found.text("payloads")
    assert "Windows 8.1" in found.text("payloads")
