"""Every measure, spelled out on logs of a few rows."""

import math

import numpy as np
import pytest

from sim.language.tree import Filter, Series
from sim.measures.series import SeriesReader
from sim.vocabulary import MEASURES, SLICES, VIEWS
from tests.measures.handmade import HORIZON, Handmade, device, series


def four():
    """Return four targeted devices: one onboarded, one failed, one waiting, one not eligible."""
    made = Handmade(
        device("done"),
        device("failed", os="windows-8.1", level="down_level", route="mma"),
        device("idle", location="PAR"),
        device(
            "old", os="windows-7", level="none", route="none", ineligible_cause="os_not_supported"
        ),
    )
    for name in ("done", "failed", "idle", "old"):
        made.log(0, name, "member_added", collection="All")
    made.log(0, "done", "member_added", collection="Some")
    made.target(0, "done", "failed", "idle", "old")
    made.log(50, "failed", "policy_evaluated", policy="First", rule="MMA-1")
    return made.onboard(100, "done").fail(50, "failed", "workspace_missing")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("eligible", 3),
        ("targeted", 4),
        ("policy_applied", 1),
        ("onboarded", 1),
        ("offboarded", 0),
        ("failed", 1),
        ("failed{cause=workspace_missing}", 1),
        ("failed{cause!=workspace_missing}", 0),
        ("waiting", 1),
        ("waiting{cause=awaiting_report}", 1),
        ("device.waiting{cause=awaiting_policy}", 1),
        ("blocked", 3),
        ("blocked{cause=os_not_supported}", 1),
        ("blocked{cause=workspace_missing}", 1),
        ("payload_in_use", 1),
        ("payload_in_use{payload=a}", 1),
        ("payload_in_use{payload=b}", 0),
        ("payload_pending", 0),
        ("script_succeeded", 0),
        ("script_succeeded_pct", None),
        ("agents", 0),
        ("agents{agent=none}", 4),
        ("sample_sharing", 1),
        ("sample_sharing{choice=all_file_types}", 1),
        ("sample_sharing{choice=none}", 0),
        ("healthy", 1),
        ("not_onboarded", 0),
        ("agent_stopped", 0),
        ("inactive", 0),
        ("deployment", 4),
        ("deployment{state=compliant}", 1),
        ("deployment{state=failed}", 1),
        ("deployment{state=unknown}", 2),
        ("deployment{state!=unknown}", 2),
        ("protected", 1),
        ("protected_pct", 100 / 3),
        ("coverage_pct", 100 / 3),
        ("onboarded_pct", 100 / 3),
        ("failed_pct", 100 / 3),
        ("failed_pct{cause=workspace_missing}", 100 / 3),
        ("waiting_pct", 100 / 3),
        ("payload_in_use_pct{payload=a}", 100),
        ("payload_in_use_pct{payload=b}", 0),
        ("gauge_pct", 100),
    ],
)
def test_each_measure_counts_what_its_name_says(text, value):
    assert four().at(text) == (None if value is None else pytest.approx(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("eligible{collection=All}", 3),
        ("eligible{collection=Some}", 1),
        ("eligible{collection!=Some}", 2),
        ("eligible{os=windows-8.1}", 1),
        ("eligible{os!=windows-8.1}", 2),
        ("eligible{level=down_level}", 1),
        ("eligible{route=mma}", 1),
        ("eligible{route=config_file}", 2),
        ("eligible{location=PAR}", 1),
        ("eligible{location!=PAR, os=windows-8.1}", 1),
        ("eligible{policy=First}", 3),
        ("eligible{policy=Second}", 0),
        ("eligible{policy!=Second}", 3),
        ("onboarded_pct{collection=Some}", 100),
        ("coverage_pct{location=LON}", 50),
        ("failed{cause=workspace_missing, collection=Some}", 0),
        ("failed_pct{os=windows-8.1}", 100),
        ("deployment{state=failed, level=down_level}", 1),
        ("onboarded_pct{os=server-2022}", None),
    ],
)
def test_each_slice_narrows_numerator_and_denominator_alike(text, value):
    assert four().at(text) == value


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("view", VIEWS)
def test_every_measure_can_be_sliced_by_every_label_in_every_view(measure, view):
    """A slice without devices has none; all but that slice are all."""
    reader, end = SeriesReader(four().tally()), np.array([HORIZON])

    def value(*filters):
        return reader.values(Series(view, measure, filters), end).tolist()[0]

    nobody = math.nan if MEASURES[measure].is_percentage else 0
    for label in SLICES:
        assert value(Filter(label, "nothing")) == pytest.approx(nobody, nan_ok=True)
        everybody = value(Filter(label, "nothing", equal=False))
        assert everybody == pytest.approx(value(), nan_ok=True)


@pytest.mark.rule("MON-2")
def test_protected_is_onboarded_with_a_running_service_that_is_heard_of_of_all_eligible():
    made = Handmade(
        device("healthy"),
        device("stopped", onboarded=True, payload="a", sensor_running=False),
        device("silent", onboarded=True, payload="a"),
        device("new"),
        device("old", onboarded=True, payload="a", ineligible_cause="os_not_supported"),
    )
    made.target(0, "healthy", "stopped", "silent", "new", "old").onboard(100, "healthy")
    made.log(200, "silent", "went_inactive", rule="MON-3")

    for view in ("device", "console"):
        assert made.at(f"{view}.protected", 150) == 2
        assert made.at(f"{view}.protected") == 1
        assert made.at(f"{view}.protected_pct") == 25
        assert made.at(f"{view}.coverage_pct") == 75


@pytest.mark.rule("MON-1")
def test_coverage_is_of_all_eligible_and_onboarded_pct_of_those_a_deployment_reaches():
    made = Handmade(device("pilot"), device("b"), device("c"), device("d"))
    made.target(0, "pilot").onboard(100, "pilot")

    assert made.at("onboarded_pct") == 100
    assert made.at("coverage_pct") == 25


@pytest.mark.rule("MON-1")
def test_who_was_onboarded_before_counts_in_coverage_but_only_targeted_in_onboarded_pct():
    made = Handmade(device("before", onboarded=True, payload="old"), device("b"))
    made.target(0, "b")

    assert made.at("onboarded") == 1
    assert made.at("coverage_pct") == 50
    assert made.at("onboarded_pct") == 0


@pytest.mark.parametrize("measure", [name for name in MEASURES if MEASURES[name].is_percentage])
def test_a_percentage_of_no_devices_has_no_value(measure):
    made = Handmade(device("out", ineligible_cause="not_managed", client="none"))

    assert made.at(measure) is None


@pytest.mark.rule("MON-2")
def test_the_gauge_leaves_silent_computers_out_and_the_tiles_sum_to_100():
    names = ("healthy", "stopped", "applied", "silent", "untouched")
    made = Handmade(
        *(device(name) for name in names[:1]),
        device("stopped", onboarded=True, payload="a", sensor_running=False),
        *(device(name) for name in names[2:]),
    )
    made.target(0, *names).onboard(100, "healthy")
    made.onboard(100, "silent", console=False)
    made.log(100, "applied", "policy_applied", policy="First", rule="UPL-1")
    made.log(110, "applied", "reported")

    assert made.at("gauge_pct") == pytest.approx(100 * 2 / 3)
    assert made.at("coverage_pct") == pytest.approx(100 * 2 / 5)
    assert made.at("healthy_pct") == made.at("agent_stopped_pct") == pytest.approx(100 / 3)
    assert made.at("not_onboarded_pct") == pytest.approx(100 / 3)
    assert made.at("inactive_pct") == 0
    assert made.at("device.gauge_pct") == 75


@pytest.mark.rule("MON-4")
def test_device_console_and_portal_learn_one_after_the_other():
    made = Handmade(device("pc")).target(0, "pc").onboard(100, "pc")
    made.log(300, "pc", "portal_seen")

    for view, time in (("device", 100), ("console", 110), ("portal", 300)):
        assert made.at(f"{view}.onboarded", time) == 0
        assert made.at(f"{view}.onboarded", time + 1) == 1


@pytest.mark.rule("MON-4")
def test_what_the_site_does_takes_effect_in_its_own_second():
    made = Handmade(device("pc")).target(60, "pc")

    assert [made.at(f"{view}.targeted", 59) for view in VIEWS] == [0, 0, 0]
    assert [made.at(f"{view}.targeted", 60) for view in VIEWS] == [1, 1, 1]


@pytest.mark.rule("PRE-5")
def test_a_computer_of_intune_alone_is_in_no_count_of_the_console():
    made = Handmade(device("cloud", in_console=False, ineligible_cause="not_managed"), device("pc"))

    assert made.at("agents{agent=none}") == 1
    assert made.at("device.agents{agent=none}") == 2
    assert made.at("device.eligible") == 1


def test_the_console_shows_waiting_for_a_targeted_device_that_never_reported():
    made = Handmade(device("pc"), device("off", client="inactive")).target(0, "pc", "off")
    made.onboard(100, "pc", console=False)

    assert made.at("waiting{cause=awaiting_report}") == 1
    assert made.at("waiting{cause=client_inactive}") == 1
    assert made.at("onboarded") == 0
    assert made.at("device.onboarded") == 1
    assert made.at("eligible{route=config_file}") == 2


@pytest.mark.rule("MON-5")
def test_deployment_counts_pairs_of_device_and_policy():
    made = Handmade(device("one"), device("two"))
    made.target(0, "one", "two").target(0, "one", policy="Second")
    made.onboard(100, "one", "two")
    made.fail(200, "one", "policy_conflict", "Second", "POL-5", event="policy_conflict")

    assert made.at("deployment") == 3
    assert made.at("deployment{policy=Second}") == 1
    assert made.at("deployment{state=compliant}") == 2
    assert made.at("deployment{state=conflict}") == 1
    assert made.at("deployment{state=compliant, policy=Second}") == 0
    assert made.at("deployment{state=conflict, policy!=First}") == 1
    assert made.at("onboarded{policy=Second}") == 1
    assert made.at("failed") == 0


@pytest.mark.rule("MON-5")
def test_a_policy_that_was_applied_is_unknown_until_the_device_is_onboarded():
    made = Handmade(device("pc")).target(0, "pc")
    made.log(100, "pc", "policy_applied", policy="First", rule="UPL-1")

    assert made.at("device.deployment{state=unknown}") == 1
    assert made.at("device.policy_applied") == 1
    assert made.onboard(150, "pc").at("device.deployment{state=compliant}") == 1


def test_a_series_of_the_console_is_the_one_without_a_prefix():
    assert series("onboarded") == series("console.onboarded")


@pytest.mark.rule("POL-2")
def test_only_an_onboarded_device_carries_a_sharing_choice():
    made = Handmade(device("pc")).target(0, "pc")
    made.log(10, "pc", "policy_applied", policy="First", rule="UPL-1")

    assert made.at("device.sample_sharing") == 0
    assert made.onboard(20, "pc").at("device.sample_sharing{choice=all_file_types}") == 1


def test_the_gauge_counts_computers_that_report_whether_eligible_or_not():
    made = Handmade(device("old", onboarded=True, payload="a", ineligible_cause="os_not_supported"))

    assert made.at("gauge_pct") == 100
    assert (made.at("onboarded"), made.at("coverage_pct")) == (0, None)


@pytest.mark.rule("UPD-7")
def test_the_payload_of_another_organization_is_in_use_too():
    made = Handmade(device("theirs", payload="old"), device("pc")).target(0, "pc").onboard(9, "pc")

    assert made.at("device.payload_in_use") == 2
    assert made.at("device.payload_in_use{payload=old}") == 1
    assert made.at("device.payload_in_use_pct{payload=old}") == 0


def test_in_one_second_the_site_acts_before_the_devices():
    made = Handmade(device("a"), device("b")).target(0, "a").onboard(50, "a").target(50, "b")

    assert [made.at("device.targeted", time) for time in (49, 50, 51)] == [1, 2, 2]
    assert [made.at("device.onboarded", time) for time in (49, 50, 51)] == [0, 0, 1]
