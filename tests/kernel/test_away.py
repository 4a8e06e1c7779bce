"""Computers that are away: laptops elsewhere or on metered links, absent users, rare use."""

from datetime import date

import numpy as np
import pytest

from sim.fleet.streams import Streams, device_key
from sim.schedules.office import absences
from tests.kernel.telling import CALM, DEPLOY, FIXED, HOURS, rehearsal, story, told, verdict, when

HOUR, DAY = 3600, 86_400
ON, OFF = 8 * HOUR, 17 * HOUR
PC = {"os": "windows-11-24h2", "presence": "office", "chassis": "desktop"}
LAPTOP = PC | {"chassis": "laptop"}
AT_WORK = FIXED | HOURS
SOON = {"missed_evaluation_window": "1 s"}


def deployed(at):
    """Return the plan that deploys the policy at a second."""
    return [DEPLOY | {"at": f"{at} s"}]


def named(wanted):
    """Return the first made-up name that meets a condition."""
    return next(name for name in (f"N-{n}" for n in range(10_000)) if wanted(name))


def away(name, *days):
    """Return on which days of March 2026 a laptop works away from the office, half of all days."""
    streams = Streams(7, 1)
    return [
        streams.happens("off_site", device_key(name), 500_000, date(2026, 3, day).toordinal())
        for day in days
    ]


HALF_AWAY = {"off_site_share": "50 %", "off_site_reachable_share": "0 %"}


@pytest.mark.rule("TIM-1")
def test_away_from_the_office_policy_does_not_reach_a_laptop(tmp_path):
    """Away on Monday and Tuesday, back on Wednesday."""
    name = named(lambda name: away(name, 2, 3, 4) == [True, True, False])
    run = rehearsal(tmp_path, LAPTOP | {"name": name}, assumptions=AT_WORK | HALF_AWAY)

    assert told(run, name)[1:4] == story("""
        3600 targeted Onboard All
        201600 policy_received TIM-1 Onboard
        201601 policy_evaluated UPL-1 Onboard
    """)


@pytest.mark.rule("TIM-2", "TIM-3", "MON-4")
def test_away_from_the_office_a_laptop_evaluates_and_onboards_but_does_not_report(tmp_path):
    """The policy came in the office on Monday's last second; Tuesday is spent elsewhere."""
    name = named(lambda name: away(name, 2, 3, 4) == [False, True, False])
    run = rehearsal(
        tmp_path,
        LAPTOP | {"name": name},
        plan=deployed(OFF - 1),
        assumptions=AT_WORK | HALF_AWAY | SOON,
    )

    assert told(run, name) == story("""
        0 member_added TIM-4 All
        61199 targeted Onboard All
        61199 policy_received TIM-1 Onboard
        115201 policy_evaluated UPL-1 Onboard
        115201 policy_applied UPL-1 Onboard
        115231 onboarded UPL-1 Onboard a
        115831 portal_seen MON-4
        201600 reported TIM-3
    """)


@pytest.mark.rule("TIM-1")
@pytest.mark.parametrize(
    ("reachable", "chassis", "is_heard"),
    [("0 %", "laptop", False), ("100 %", "laptop", True), ("0 %", "desktop", True)],
)
def test_only_laptops_leave_the_office_and_some_reach_the_site_from_anywhere(
    tmp_path, reachable, chassis, is_heard
):
    always = {"off_site_share": "100 %", "off_site_reachable_share": reachable}
    run = rehearsal(tmp_path, PC | {"chassis": chassis}, assumptions=AT_WORK | always)

    assert (verdict(run)[0] == "onboarded") == is_heard
    if not is_heard:
        assert verdict(run) == ("waiting", "awaiting_policy", "TIM-1")


@pytest.mark.rule("FLT-7")
@pytest.mark.parametrize("chassis", ["laptop", "desktop"])
@pytest.mark.parametrize("faults", ["drawn", "none"])
def test_on_a_metered_link_a_laptop_receives_nothing_from_the_site(tmp_path, chassis, faults):
    metered = AT_WORK | CALM | {"metered_share": "100 %"}
    run = rehearsal(tmp_path, PC | {"chassis": chassis}, assumptions=metered, faults=faults)

    is_cut_off = (chassis, faults) == ("laptop", "drawn")
    assert (verdict(run)[0] == "waiting") == is_cut_off


@pytest.mark.rule("TIM-1")
def test_a_computer_that_is_never_switched_on_receives_nothing(tmp_path):
    run = rehearsal(tmp_path, PC | {"presence": "off"})

    assert told(run) == ["0 member_added TIM-4 All", "3600 targeted Onboard All"]
    assert verdict(run)[:2] == ("waiting", "never_online")
    assert run.summary["eligible"] == 1


def test_a_rarely_used_computer_is_on_with_its_own_share_of_days(tmp_path):
    """Its share is 0 %, then 100 %; the attendance of others does not matter."""
    never = AT_WORK | {"rare_attendance_share": "0 %"}
    daily = AT_WORK | {"rare_attendance_share": "100 %", "attendance_share": "0 %"}
    rare = PC | {"presence": "rare"}
    on = [rehearsal(tmp_path, rare, assumptions=one) for one in (never, daily)]

    assert [verdict(run)[0] for run in on] == ["waiting", "onboarded"]
    assert told(on[1])[2] == "28800 policy_received TIM-1 Onboard"


@pytest.mark.rule("TIM-1")
def test_people_work_by_the_wall_clock_of_their_place_also_after_the_clocks_change(tmp_path):
    """Eight o'clock in New York is 13:00 UTC, after the change of 8 March 12:00 UTC."""
    places = [{"name": "NYC", "time_zone": "America/New_York"}]
    plan = [
        {"at": "1 h", "deploy": "Onboard", "to": ["Early"]},
        {"at": "6 d", "deploy": "Onboard", "to": ["Late"]},
    ]
    run = rehearsal(
        tmp_path,
        [PC | {"location": "NYC"}] * 2,
        locations=places,
        collections=[
            {"name": "Early", "members": ["PC-1"]},
            {"name": "Late", "members": ["PC-2"]},
        ],
        plan=plan,
        assumptions=AT_WORK,
    )

    assert when(run, "policy_received", "PC-1") == 13 * HOUR
    assert when(run, "policy_received", "PC-2") == 7 * DAY + 12 * HOUR


@pytest.mark.rule("FLT-7")
def test_during_a_long_absence_a_device_has_no_contact(tmp_path):
    """Absent for the whole first week and back on the Monday after."""
    share = {"absence_share": "50 %", "absence_mean": "10 d"}
    name = named(lambda name: absent_days(name, 8) == [True] * 5 + [False] * 3)
    device = PC | {"name": name}
    sections = {"plan": deployed(HOUR), "assumptions": AT_WORK | CALM | share}
    drawn = rehearsal(tmp_path, device, faults="drawn", **sections)
    calm = rehearsal(tmp_path, device, faults="none", **sections)

    assert told(drawn, name)[2] == f"{7 * DAY + ON} policy_received TIM-1 Onboard"
    assert told(calm, name)[2] == f"{ON} policy_received TIM-1 Onboard"


def absent_days(name, working_days):
    """Return on which working days a device is absent at noon, by the rule of the cycles."""
    keys = np.array([device_key(name)], dtype=np.uint64)
    assumed = {"absence_share": 500_000, "absence_mean": 10 * DAY}
    away = [
        (int(begin[0]), int(end[0]))
        for begin, end in absences(keys, Streams(7, 1), assumed, 40 * DAY)
    ]
    noons = [day * DAY + 12 * HOUR for day in range(20) if day % 7 < 5][:working_days]
    return [any(begin <= noon < end for begin, end in away) for noon in noons]
