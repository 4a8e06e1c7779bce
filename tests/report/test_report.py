"""The report is one file: whole, escaped, without network, legible in light and dark."""

import re
from html.parser import HTMLParser

import pytest

import sim
from sim.accounts.content import PointLoad
from sim.accounts.faults import FaultRate
from sim.accounts.parts import Division
from sim.accounts.stages import STAGES
from sim.figures.axes import COLOURS
from sim.reference.causes import Cause
from sim.report.data import AssumptionRow, PlanRow
from sim.report.overview import STAGE_TEXTS
from sim.report.page import render
from sim.units import DAY, HOUR
from tests.report.sample import (
    HORIZON,
    devices,
    expectation,
    measures,
    part,
    payloads,
    report_data,
    summary,
)

VOID = {"meta", "br", "img", "link", "input", "hr"}
BLOCKS = {"td", "th", "dt", "dd", "li", "p"}
HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}$\\frac$"


class Page(HTMLParser):
    """What a page consists of: elements, texts by section, ids; every element must be closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.ids, self.addresses = [], [], [], []
        self.sections = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.elements.append((tag, values))
        self.ids += [values["id"]] if "id" in values else []
        self.addresses += [values[key] for key in ("href", "src", "xlink:href") if key in values]
        if tag not in VOID:
            self.open.append((tag, values.get("id")))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        self.handle_data(" " if tag in BLOCKS else "")
        assert self.open.pop()[0] == tag

    def handle_data(self, text):
        section = next((name for tag, name in self.open if tag == "section"), None)
        self.sections[section] = self.sections.get(section, "") + text

    def text(self, section):
        return " ".join(self.sections[section].split())


def page(**changes):
    return Page(render(report_data(**changes)))


def test_every_element_is_closed_and_every_id_is_unique():
    shown = page()

    assert shown.open == []
    assert len(shown.ids) == len(set(shown.ids))


def test_links_and_references_stay_inside_the_page():
    shown = page()

    assert {address[0] for address in shown.addresses} == {"#"}
    assert {address[1:] for address in shown.addresses} <= set(shown.ids)


def test_the_page_fetches_nothing_and_runs_nothing():
    text = render(report_data())

    assert "http://" not in text
    assert "https://" not in text
    assert "@import" not in text
    assert re.findall(r"url\((?!#)", text) == []
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in Page(text).elements}
    assert "default-src 'none'" in text


def test_the_sections_come_in_the_order_a_planner_asks():
    assert [values["id"] for tag, values in page().elements if tag == "section"] == [
        "result",
        "dashboard",
        "expectations",
        "onboarding",
        "parts",
        "obstacles",
        "stages",
        "content",
        "faults",
        "notes",
        "plan",
        "systems",
        "assumptions",
        "provenance",
    ]


def test_the_result_says_how_many_devices_are_in_each_status():
    text = page().text("result")

    assert "85.1 % of 1,932 eligible devices are onboarded at the end" in text
    assert "Onboarded 1,645 85.1 % of eligible" in text
    assert "Failed 225 11.6 % of eligible" in text
    assert "Not eligible 68 3.4 % of all devices" in text
    assert "Coverage 50 % 4.4 days Fri 6 Mar 2026 Coverage 90 % not reached within 30 days" in text


def test_the_devices_that_are_onboarded_and_reporting_stand_beside_coverage():
    shown = page()

    assert "81.5 % of the eligible devices are protected: onboarded and reporting" in shown.text(
        "result"
    )
    assert re.search(
        r"Protected onboarded and reporting, .*? 1,575 81\.5 % Rep", shown.text("onboarding")
    )


def test_the_dashboard_stands_with_the_consoles_words_and_what_they_count():
    text = page().text("dashboard")

    assert "Monitoring, Security, Microsoft Defender ATP" in text
    assert "Agent Onboarding Status 88.1 % 1,630 of 1,840 computers Healthy" in text
    assert "Healthy 84.8 % 1,560 computers: the service runs, and data arrives" in text
    assert "Inactive 2.7 % 50 computers: no data within the inactive period" in text
    assert "Agent state 1.1 % 20 computers: the service does not run" in text
    assert "Not onboarded 11.4 % 210 computers: under the policy" in text
    assert "Devices that never reported are left out of the gauge" in text
    assert "The line is the gauge. The bands are the tiles, which add up to 100 %." in text


def test_the_dashboard_over_time_is_a_table_too():
    text = page().text("dashboard")

    assert "Time Gauge Healthy Inactive Agent state Not onboarded day 0, 2 Mar – – – – –" in text
    assert "day 28, 30 Mar 88.6 % 84.8 % 2.7 % 1.1 % 11.4 %" in text


def test_no_line_of_the_console_goes_by_the_name_of_its_gauge():
    text = page().text("onboarding")

    assert "None of the lines is the console's gauge" in text
    assert "Device Reported to the site Portal Failed Waiting" in text
    assert re.search(
        r"Reported to the site onboarded .*? state messages .*? 1,630 85\.8 % Con", text
    )
    assert re.search(r"Console gauge reported .*? left out 1,630 88\.1 % Portal", text)


def test_each_expectation_stands_with_its_outcome_and_what_was_observed():
    text = page().text("expectations")

    assert "failed coverage_pct at 30 d >= 95 observed 85.14" in text
    assert "inconclusive time to (coverage_pct >= 90) <= 40 d no data" in text


def test_a_cause_stands_with_number_remedy_rules_and_first_devices():
    remedies = {"workspace_missing": Cause("No key", "Enter the key.", "MMA-2")}
    text = page(remedies=remedies).text("obstacles")

    assert (
        "201 No key workspace_missing DWN-3, MMA-2 Enter the key. "
        "APP00001, APP00002, APP00003, APP00004, APP00005 and 196 more" in text
    )
    assert "24 Network blocked network_blocked FLT-2 FAR00001" in text
    assert text.index("201") < text.index("Network blocked") < text.index("Waiting")


def test_a_rule_comes_from_the_remedy_when_the_rows_name_none():
    rows = devices([(1, "server-2016", "failed", "workspace_missing", "", "APP")])

    assert "workspace_missing MMA-2" in page(devices=rows).text("obstacles")


def test_an_onboarded_device_with_a_cause_is_listed_apart():
    rows = devices([(1, "server-2016", "onboarded", "offboarding_expired", "OFF-2", "APP")])

    assert "Onboarded, with a problem 1" in page(devices=rows).text("obstacles")


def test_retired_devices_count_nowhere():
    rows = devices([(3, "server-2016", "failed", "install_failed", "FLT-4", "APP")])
    rows["retired_at"] = [None, 5 * DAY, None]

    shown = page(devices=rows)

    assert "Failed 2" in shown.text("obstacles")
    assert "Server 2016 2 2" in shown.text("systems")


def test_the_plan_says_what_happened_when_and_why():
    text = page().text("plan")

    assert "1 pilot Done 1.4 Tue 3 Mar 2026 09:00" in text
    assert "2 everybody Gate opened 3.4 Thu 5 Mar 2026 10:00" in text
    assert "4 new client setting Refused 12.0 Sat 14 Mar 2026 00:00 Role missing, PRE-4" in text
    assert "clean up Not reached – –" in text


def test_dates_follow_daylight_saving():
    text = page(plan=[PlanRow(28 * DAY, "late", "step_done")]).text("plan")

    assert "Mon 30 Mar 2026 01:00" in text


def test_each_part_stands_with_its_numbers_and_the_whole_fleet_last():
    text = page().text("parts")

    assert "By operating system" in text
    assert "Windows 11 1,212 1,150 0 30 94.9 % 85.4 % 5 days" in text
    assert "Server 2016 121 0 121 0 0 % 0 % –" in text
    assert "Server 2022 100 100 0 0 100 % 90.0 % 4 days" in text
    assert "All devices 1,932 1,645 225 30 85.1 % 76.7 % –" in text
    assert "Collections overlap" in text
    assert "2 more are in measures.parquet." in text


def test_each_stage_stands_with_what_is_over_and_what_goes_on():
    text = page().text("stages")

    assert "1,900 30 min 55 min 41.8 d 30 26 d 780 d" in text
    assert "120 11 s 40 s <0.1 d – – –" in text
    assert (
        "Maintenance window from the download until a window allows the installation"
        " – – – – 7 3 d 21 d" in text
    )


def test_every_stage_has_words_of_its_own():
    assert set(STAGE_TEXTS) == set(STAGES)
    assert len({title for title, _ in STAGE_TEXTS.values()}) == len(STAGES)


def test_each_distribution_point_stands_with_its_busiest_hour_and_longest_wait():
    text = page().text("content")

    assert "Default, for 4 locations 30 4.0 GB 2.0 GB Tue 3 Mar 2026 09:00 0.2 % 1.6 min" in text
    assert "LON 1 137 MB 137 MB Tue 3 Mar 2026 10:00 3.0 % 2 h" in text


def test_without_downloads_no_distribution_point_is_spoken_of():
    assert "content" not in page(points=[]).ids


def test_each_fault_stands_with_its_rate_before_and_after_retries():
    text = page().text("faults")

    assert (
        "Path to the service blocked network_blocked registrations 3 % 1,800 54 3.0 % 24 1.3 %"
        in text
    )
    assert "prerequisite_telemetry installs on Server 2012 R2 – 80 3 3.8 % 0 0 %" in text
    assert "Service stopped after onboarding agent_stopped onboarded devices 0.05 % a day" in text


def test_without_chance_the_report_says_that_no_faults_were_drawn():
    assert "the scenario says faults: none." in page(faults=None).text("faults")
    assert "No device was exposed to a random fault." in page(faults=[]).text("faults")


def test_systems_are_counted_by_status_the_most_frequent_first():
    text = page().text("systems")

    assert text.index("Windows 11 24H2 1,150 – 30 32 – 1,212") < text.index("Windows 10 22H2 395")


def test_assumptions_that_the_scenario_sets_come_first_and_say_so():
    text = page().text("assumptions")

    assert "The scenario sets 1 of" in text
    assert text.index("inactive_after set by the scenario 14 d") < text.index("slots")


def test_provenance_shows_nested_values_under_joined_names():
    text = page().text("provenance")

    assert "versions numpy 2.4.0" in text
    assert "seed 7" in text


def test_the_footer_disclaims():
    assert "not affiliated with, endorsed or sponsored by Microsoft" in render(report_data())


def test_light_dark_print_and_phone_have_their_styles():
    text = render(report_data())

    assert "@media (prefers-color-scheme: dark)" in text
    assert "@media print" in text
    assert "@media (max-width: 640px)" in text
    assert 'name="viewport"' in text


def test_pictures_take_the_pages_colours_and_are_described():
    shown = page()
    pictures = [values for tag, values in shown.elements if tag == "svg"]
    text = render(report_data())
    drawings = text[text.index("<svg") : text.rindex("</svg>")]

    assert len(pictures) == 12
    assert all(values["role"] == "img" for values in pictures)
    assert {name for values in pictures for name in values["aria-labelledby"].split()} <= set(
        shown.ids
    )
    assert re.findall(r"(?:fill|stroke): #(?!000000|fff)\w+", drawings) == []
    assert "var(--onboarded)" in drawings


def themes():
    """Return the colours of the light theme, the dark one and print, by role."""
    blocks = re.findall(r":root \{(.*?)\}", render(report_data()), re.DOTALL)
    return [dict(re.findall(r"--(\w+): (#\w{6});", block)) for block in blocks]


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("role", ["ink", "muted", "onboarded", "failed", "waiting", "good"])
def test_letters_stand_out_from_the_page_in_every_theme(role):
    """The ratio is that of WCAG 2 for small letters."""
    assert len(themes()) == 3
    for theme in themes():
        low, high = sorted(luminance(theme[name]) for name in ("page", role))
        assert (high + 0.05) / (low + 0.05) >= 4.5


def test_pictures_outside_the_page_have_the_colours_of_its_light_theme():
    light = themes()[0]

    assert {role: light[role] for role in COLOURS} == COLOURS


def test_no_letters_of_a_picture_are_pale():
    text = render(report_data(payloads=payloads()))
    letters = re.findall(r"<text[^>]*style=\"[^\"]*fill: (var\(--\w+\))", text)

    assert "var(--muted)" in letters
    assert "var(--neutral)" not in letters


def test_names_from_scenario_and_fleet_are_escaped_everywhere():
    rows = devices([(2, "server-2016", "failed", HOSTILE, HOSTILE, HOSTILE)])
    shown = page(
        name=HOSTILE,
        question=HOSTILE,
        time_zone=HOSTILE,
        devices=rows,
        plan=[PlanRow(DAY, HOSTILE, "step_refused", HOSTILE, HOSTILE)],
        remedies={HOSTILE: Cause(HOSTILE, HOSTILE, HOSTILE)},
        assumptions=[AssumptionRow(*[HOSTILE] * 4)],
        provenance={HOSTILE: {HOSTILE: HOSTILE}},
        notes=[HOSTILE],
        divisions=[Division("location", (0, HORIZON), part(HOSTILE, 1, 1), (part(HOSTILE, 1, 1),))],
        points=[PointLoad(HOSTILE, 1, 1, (5,), 10, 1)],
        faults=[FaultRate(HOSTILE, HOSTILE, HOSTILE, 1, 1, 1)],
        summary=summary(expectations=[expectation(HOSTILE, HOSTILE, HOSTILE)]),
    )

    assert "script" not in {tag for tag, _ in shown.elements}
    for section in (
        "parts",
        "content",
        "faults",
        "obstacles",
        "expectations",
        "plan",
        "assumptions",
        "provenance",
        "notes",
    ):
        assert HOSTILE in shown.sections[section]


def test_the_same_run_gives_the_same_bytes():
    assert render(report_data()) == render(report_data())


def test_nothing_to_report_is_still_a_report():
    empty = summary(
        devices=0,
        eligible=0,
        targeted=0,
        onboarded=0,
        onboarded_pct=None,
        coverage_pct=None,
        failed=0,
        waiting=0,
        not_targeted=0,
        not_eligible=0,
        causes={},
        console={"onboarded": 0, "onboarded_pct": None, "gauge_pct": None, "health": {}},
        portal={"onboarded": 0, "inactive": 0},
        time_to={"50": None, "90": None, "95": None},
        expectations=[],
    )
    shown = page(
        summary=empty,
        measures=measures()[:0],
        devices=devices()[:0],
        divisions=[],
        stages=[],
        points=[],
        faults=[],
        plan=[],
        assumptions=[],
        provenance={},
        notes=[],
        question="",
    )

    assert "– of 0 eligible devices" in shown.text("result")
    assert "No device that the plan reaches is held back at the end." in shown.text("obstacles")
    assert "The plan has no steps." in shown.text("plan")
    assert "The dashboard stays empty" in shown.text("dashboard")
    assert not {
        "systems",
        "assumptions",
        "expectations",
        "parts",
        "stages",
        "content",
    } & set(shown.ids)


def test_a_run_of_one_hour_has_its_own_scale():
    shown = page(horizon=HOUR, measures=measures(HOUR), plan=[])

    assert "1 hour" in " ".join(shown.sections[None].split())
    assert "30 min, 00:30" in shown.text("onboarding")


WITHOUT_VALUES = """\
format: 1
name: Without values
start: 2026-03-02 00:00
horizon: 5 d
faults: none
fleet: {generate: {devices: 5, mix: {windows-8.1: 100 %}}}
collections: [{name: All, members: managed}]
packages: [{name: a, organization: contoso}]
policies: [{name: Onboard, package: a}]
plan: [{at: 1 h, deploy: Onboard, to: [All]}]
"""


def test_a_remedy_names_the_log_or_the_event_that_shows_the_cause(tmp_path):
    """Where documentation names one; these devices get no workspace values."""
    path = sim.run(sim.load(WITHOUT_VALUES)).report(tmp_path / "report.html")
    text = Page(path.read_text("utf-8")).text("obstacles")

    assert "Look at ATPHandler.log, on the device." in text
