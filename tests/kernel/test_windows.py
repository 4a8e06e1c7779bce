"""Maintenance windows: when an agent may be installed, and what waits for them (TIM-5)."""

import pytest

from tests.kernel.telling import (
    DEPLOY,
    EVERYBODY,
    FIXED,
    HOURS,
    MDE_CLIENT,
    rehearsal,
    story,
    told,
    value_of,
    verdict,
    when,
)

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 604_800
PC, SERVER = {"os": "windows-11-24h2"}, {"os": "server-2016"}
SUNDAY = {"collection": "All", "weekly": "Sunday 01:00", "length": "3 h"}
OPENS = 6 * DAY + HOUR
"""When the first window opens, in a run that starts on a Monday."""


OUTSIDE = {"evaluation_outside_windows": True}


def served(tmp_path, *windows, device=SERVER, at="1 h", **sections):
    """Rehearse a server with maintenance windows that bind what is installed, not evaluations."""
    return bound(tmp_path, *windows, device=device, at=at, **{"rules": OUTSIDE} | sections)


def bound(tmp_path, *windows, device=SERVER, at="1 h", **sections):
    """Rehearse the policy's deployment to a server with maintenance windows, by default rules."""
    sections = {"client_settings": MDE_CLIENT, "plan": [DEPLOY | {"at": at}]} | sections
    return rehearsal(tmp_path, device, maintenance_windows=list(windows), **sections)


@pytest.mark.rule("TIM-5")
def test_an_install_waits_for_a_window_and_everything_before_it_does_not(tmp_path):
    run = served(tmp_path, SUNDAY)

    assert told(run) == story(f"""
        0 member_added TIM-4 All
        3600 targeted Onboard All
        3600 policy_received TIM-1 Onboard
        3601 policy_evaluated DWN-2 Onboard
        3612 content_downloaded awaiting_maintenance_window DWN-2 Onboard
        {OPENS} install_started DWN-2 Onboard
        {OPENS + 126} agent_installed DWN-2 Onboard
        {OPENS + 126} policy_applied DWN-2 Onboard
        {OPENS + 156} onboarded DWN-2 Onboard a
        {OPENS + 157} reported TIM-3
        {OPENS + 756} portal_seen MON-4
    """)
    assert value_of(run, "device", "waiting", DAY, cause="awaiting_maintenance_window") == 1


@pytest.mark.rule("TIM-5", "UPL-1")
def test_where_nothing_is_installed_windows_do_not_matter(tmp_path):
    run = served(tmp_path, SUNDAY, device=PC)

    assert when(run, "onboarded") == 3631


@pytest.mark.rule("TIM-5")
@pytest.mark.parametrize(("length", "is_enough"), [("29 min", False), ("30 min", True)])
def test_a_window_of_less_than_half_an_hour_is_too_short(tmp_path, length, is_enough):
    run = served(tmp_path, SUNDAY | {"length": length})

    if is_enough:
        assert when(run, "install_started") == OPENS
    else:
        assert not [line for line in told(run) if "install" in line]
        assert verdict(run)[:2] == ("waiting", "awaiting_maintenance_window")


@pytest.mark.rule("TIM-2", "TIM-5")
def test_while_it_waits_for_a_window_the_policy_is_evaluated_each_week(tmp_path):
    run = served(tmp_path, SUNDAY | {"length": "29 min"}, horizon="15 d")

    assert told(run)[3:] == story("""
        3601 policy_evaluated DWN-2 Onboard
        3612 content_downloaded awaiting_maintenance_window DWN-2 Onboard
        608401 policy_evaluated awaiting_maintenance_window DWN-2 Onboard
        1213201 policy_evaluated awaiting_maintenance_window DWN-2 Onboard
    """)


@pytest.mark.rule("TIM-5")
@pytest.mark.parametrize(("late", "starts"), [(0, 3 * HOUR + 30 * MINUTE), (1, WEEK + HOUR)])
def test_half_an_hour_of_the_window_must_be_left_to_the_second(tmp_path, late, starts):
    """The window of Monday is open until 4:00; the download is done at 3:30:00, or a second on."""
    monday = SUNDAY | {"weekly": "Monday 01:00"}
    downloaded = 3 * HOUR + 30 * MINUTE + late
    run = served(tmp_path, monday, at=f"{downloaded - 12} s")

    assert when(run, "content_downloaded") == downloaded
    assert when(run, "install_started") == starts


@pytest.mark.rule("TIM-5")
def test_windows_of_several_collections_are_one_where_they_touch(tmp_path):
    """One window of 20 minutes is too short; the device in both collections has 40."""
    collections = [EVERYBODY, {"name": "Both", "members": ["PC-1"]}]
    run = served(
        tmp_path,
        {"collection": "All", "weekly": "Sunday 01:00", "length": "20 min"},
        {"collection": "Both", "weekly": "Sunday 01:20", "length": "20 min"},
        device=[SERVER, SERVER],
        collections=collections,
    )

    assert when(run, "install_started", "PC-1") == OPENS
    assert verdict(run, "PC-2")[:2] == ("waiting", "awaiting_maintenance_window")


@pytest.mark.rule("TIM-5")
def test_of_the_windows_of_several_collections_the_first_serves(tmp_path):
    wednesday = {"collection": "Early", "weekly": "Wednesday 22:00", "length": "1 h"}
    collections = [EVERYBODY, {"name": "Early", "members": ["PC-1"]}]
    run = served(tmp_path, SUNDAY, wednesday, device=[SERVER, SERVER], collections=collections)

    assert when(run, "install_started", "PC-1") == 2 * DAY + 22 * HOUR
    assert when(run, "install_started", "PC-2") == OPENS


@pytest.mark.rule("TIM-5")
def test_a_device_of_no_collection_with_windows_is_not_bound(tmp_path):
    collections = [EVERYBODY, {"name": "Bound", "members": ["PC-2"]}]
    run = served(
        tmp_path,
        SUNDAY | {"collection": "Bound"},
        device=[SERVER, SERVER],
        collections=collections,
    )

    assert when(run, "install_started", "PC-1") == 3612
    assert when(run, "install_started", "PC-2") == OPENS


@pytest.mark.rule("TIM-5")
@pytest.mark.parametrize(
    ("weekly", "opens"),
    [
        ("Saturday 23:30", 26 * DAY + 23 * HOUR + 30 * MINUTE),
        ("Sunday 01:30", 27 * DAY + HOUR + 30 * MINUTE),
        ("Sunday 03:00", 27 * DAY + 2 * HOUR),
    ],
)
def test_a_window_goes_by_the_wall_clock_when_the_clocks_change(tmp_path, weekly, opens):
    """On Sunday 29 March London's clocks go from 1:00 to 2:00: 1:30 moves on to 2:30."""
    window = SUNDAY | {"weekly": weekly, "length": "1 h"}
    run = served(tmp_path, window, at="22 d", site={"time_zone": "Europe/London"}, horizon="30 d")

    assert when(run, "install_started") == opens


@pytest.mark.rule("TIM-5")
def test_a_window_across_the_change_of_the_clocks_keeps_its_length(tmp_path):
    """From 0:30 for an hour: the download is done 20 minutes after 1:00, which is 2:20 by then.

    Of the hour ten minutes are left, not enough.
    """
    window = SUNDAY | {"weekly": "Sunday 00:30", "length": "1 h"}
    at = 27 * DAY + HOUR + 20 * MINUTE
    run = served(
        tmp_path, window, at=f"{at - 12} s", site={"time_zone": "Europe/London"}, horizon="36 d"
    )

    assert when(run, "content_downloaded") == at
    assert when(run, "install_started") == 33 * DAY + 23 * HOUR + 30 * MINUTE


@pytest.mark.rule("TIM-5")
def test_a_window_goes_by_the_devices_own_wall_clock(tmp_path):
    """One o'clock on Sunday is five hours later in New York, and nine earlier in Tokyo."""
    places = [
        {"name": "NYC", "time_zone": "America/New_York"},
        {"name": "TYO", "time_zone": "Asia/Tokyo"},
    ]
    devices = [SERVER, SERVER | {"location": "NYC"}, SERVER | {"location": "TYO"}]
    run = served(tmp_path, SUNDAY, device=devices, locations=places)

    starts = [when(run, "install_started", name) for name in ("PC-1", "PC-2", "PC-3")]
    assert starts == [OPENS, OPENS + 5 * HOUR, OPENS - 9 * HOUR]


@pytest.mark.rule("TIM-2", "TIM-5")
def test_a_failed_install_is_tried_again_in_the_next_window_but_not_before_a_day(tmp_path):
    """Windows on Sunday and Monday: Monday's comes 23 h 58 min after the failure, too soon."""
    monday = SUNDAY | {"weekly": "Monday 01:00", "length": "1 h"}
    run = served(
        tmp_path,
        SUNDAY | {"length": "1 h"},
        monday,
        device=SERVER | {"antivirus": "disabled"},
        at="5 d",
        horizon="13 d 12 h",
    )

    assert told(run)[4:] == story(f"""
        432012 content_downloaded awaiting_maintenance_window DWN-2 Onboard
        {OPENS} install_started DWN-2 Onboard
        {OPENS + 126} install_failed antivirus_disabled DWN-5 Onboard
        {OPENS + 127} reported TIM-3
        {OPENS + DAY + 126} install_started DWN-2 Onboard
        {OPENS + DAY + 252} install_failed antivirus_disabled DWN-5 Onboard
        {432_001 + WEEK} policy_evaluated awaiting_maintenance_window DWN-2 Onboard
        {OPENS + WEEK} install_started DWN-2 Onboard
        {OPENS + WEEK + 126} install_failed antivirus_disabled DWN-5 Onboard
    """)


@pytest.mark.rule("TIM-5")
def test_an_install_needs_power_and_a_window_at_once(tmp_path):
    """On until 17:00; the window opens at 16:00 for two hours, and at 18:00 for nobody."""
    evening = SUNDAY | {"weekly": "Wednesday 18:00"}
    afternoon = SUNDAY | {"weekly": "Thursday 16:00", "length": "2 h"}
    run = served(
        tmp_path,
        evening,
        afternoon,
        device=SERVER | {"presence": "office"},
        assumptions=FIXED | HOURS,
    )

    assert when(run, "install_started") == 3 * DAY + 16 * HOUR


@pytest.mark.rule("TIM-5")
def test_an_installer_that_power_off_interrupts_waits_for_the_next_window(tmp_path):
    """The install begins at 16:59, a minute before power-off."""
    afternoon = SUNDAY | {"weekly": "Thursday 16:00", "length": "2 h"}
    run = served(
        tmp_path,
        afternoon,
        device=SERVER | {"presence": "office"},
        at=f"{3 * DAY + 16 * HOUR + 59 * MINUTE - 12} s",
        assumptions=FIXED | HOURS,
    )

    started = [int(line.split()[0]) for line in told(run) if "install_started" in line]
    first = 3 * DAY + 16 * HOUR + 59 * MINUTE
    assert started == [first, 3 * DAY + 16 * HOUR + WEEK]


@pytest.mark.rule("TIM-5", "TIM-4")
def test_a_device_that_comes_into_windows_while_it_waits_uses_them_from_its_next_poll(tmp_path):
    """It waits for Sunday; patched into the collection with Wednesday's window it goes then."""
    collections = [
        EVERYBODY | {"evaluation": "incremental"},
        {"name": "Mobile", "members": "location == 'LON'", "evaluation": "incremental"},
    ]
    plan = [
        DEPLOY,
        {"at": "2 h", "patch": {"location": "LON"}, "on": ["All"], "within": "1 s", "name": "move"},
    ]
    wednesday = {"collection": "Mobile", "weekly": "Wednesday 22:00", "length": "1 h"}
    run = served(
        tmp_path,
        SUNDAY,
        wednesday,
        collections=collections,
        plan=plan,
        locations=[{"name": "LON"}],
    )

    assert told(run)[4:8] == story("""
        3612 content_downloaded awaiting_maintenance_window DWN-2 Onboard
        7200 remediated DWN-9 move
        7500 member_added TIM-4 Mobile
        252000 install_started DWN-2 Onboard
    """)


@pytest.mark.rule("TIM-5", "TIM-2")
def test_evaluations_wait_for_windows(tmp_path):
    """Each is put off to the next window; the schedule itself stays where it was."""
    run = bound(
        tmp_path,
        SUNDAY,
        device=PC | {"network": "blocked"},
        horizon="14 d",
    )

    assert told(run)[2:] == story(f"""
        3600 policy_received TIM-1 Onboard
        {OPENS} policy_evaluated UPL-1 Onboard
        {OPENS} policy_applied UPL-1 Onboard
        {OPENS + 30} onboarding_failed network_blocked FLT-2 Onboard
        {OPENS + 31} reported TIM-3
        {OPENS + WEEK} policy_evaluated UPL-1 Onboard
        {OPENS + WEEK} policy_applied UPL-1 Onboard
        {OPENS + WEEK + 30} onboarding_failed network_blocked FLT-2 Onboard
    """)


@pytest.mark.rule("TIM-5")
def test_evaluations_bound_to_windows_do_not_bind_devices_without_windows(tmp_path):
    collections = [EVERYBODY, {"name": "Bound", "members": ["PC-2"]}]
    run = bound(
        tmp_path,
        SUNDAY | {"collection": "Bound"},
        device=[PC, PC],
        collections=collections,
    )

    assert when(run, "policy_evaluated", "PC-1") == 3601
    assert when(run, "policy_evaluated", "PC-2") == OPENS


@pytest.mark.rule("TIM-5", "TIM-2")
def test_an_evaluation_within_a_window_comes_at_its_own_time(tmp_path):
    """Due on Monday at 1:30, while the window is open: on time, and again a week later."""
    monday = SUNDAY | {"weekly": "Monday 01:00"}
    run = bound(
        tmp_path,
        monday,
        device=PC | {"network": "blocked"},
        at="90 min",
        horizon="8 d",
    )

    evaluated = [int(line.split()[0]) for line in told(run) if "evaluated" in line]
    assert evaluated == [5401, 5401 + WEEK]


@pytest.mark.rule("TIM-5")
def test_by_default_everything_waits_for_the_window(tmp_path):
    """The server hears of the policy on Monday; it evaluates, downloads and installs on Sunday."""
    run = bound(tmp_path, SUNDAY)

    assert told(run)[1:] == story(f"""
        3600 targeted Onboard All
        3600 policy_received TIM-1 Onboard
        {OPENS} policy_evaluated DWN-2 Onboard
        {OPENS + 11} content_downloaded DWN-2 Onboard
        {OPENS + 11} install_started DWN-2 Onboard
        {OPENS + 137} agent_installed DWN-2 Onboard
        {OPENS + 137} policy_applied DWN-2 Onboard
        {OPENS + 167} onboarded DWN-2 Onboard a
        {OPENS + 168} reported TIM-3
        {OPENS + 767} portal_seen MON-4
    """)


@pytest.mark.rule("TIM-5")
def test_evaluations_run_outside_windows_where_the_switch_says_so(tmp_path):
    run = served(tmp_path, SUNDAY, device=PC)

    assert when(run, "policy_evaluated") == 3601


@pytest.mark.rule("TIM-5")
@pytest.mark.parametrize("purpose", ["updates", "task_sequences"])
def test_windows_for_something_else_bind_neither_evaluations_nor_installs(tmp_path, purpose):
    run = bound(tmp_path, SUNDAY | {"for": purpose})

    assert (when(run, "policy_evaluated"), when(run, "install_started")) == (3601, 3612)


@pytest.mark.rule("TIM-5")
@pytest.mark.parametrize(
    ("begins", "opens"),
    [
        ({"daily": "22:00"}, 22 * HOUR),
        ({"daily": "00:30"}, DAY + 30 * MINUTE),
        ({"daily": "02:30"}, 4 * HOUR),
        ({"weekly": "Monday 01:00"}, WEEK + HOUR),
        ({"monthly": "first Sunday 01:00"}, 34 * DAY + HOUR),
        ({"monthly": "first Monday 01:00"}, 35 * DAY + HOUR),
        ({"monthly": "last Saturday 23:00"}, 26 * DAY + 23 * HOUR),
        ({"monthly": "patch_tuesday 22:00"}, 8 * DAY + 22 * HOUR),
        ({"monthly": "patch_tuesday + 5 d 22:00"}, 13 * DAY + 22 * HOUR),
        ({"monthly": "patch_tuesday + 25 d 22:00"}, 5 * DAY + 22 * HOUR),
    ],
)
def test_windows_come_daily_weekly_or_monthly(tmp_path, begins, opens):
    """The policy comes at four on Monday, 2 March 2026; patch Tuesday is the 10th.

    25 days after that of February, the 10th, is 7 March.
    """
    window = {"collection": "All", "length": "3 h"} | begins
    run = bound(tmp_path, window, at="4 h", horizon="40 d")

    evaluated = when(run, "policy_evaluated")
    assert evaluated == opens + (1 if opens == 4 * HOUR else 0)
    assert when(run, "install_started") == evaluated + 11


@pytest.mark.rule("TIM-5")
def test_a_window_in_utc_opens_everywhere_at_once(tmp_path):
    places = [{"name": "NYC", "time_zone": "America/New_York"}]
    window = SUNDAY | {"clock": "utc"}
    run = bound(tmp_path, window, device=[SERVER, SERVER | {"location": "NYC"}], locations=places)

    assert when(run, "policy_evaluated", "PC-1") == OPENS
    assert when(run, "policy_evaluated", "PC-2") == OPENS


OUTSIDE_SETTING = MDE_CLIENT[0] | {"install_outside_windows": True}


@pytest.mark.rule("TIM-5")
def test_a_client_setting_lets_an_agent_be_installed_outside_windows(tmp_path):
    """The evaluation still waits; its short window is over when the download ends."""
    short = SUNDAY | {"length": "5 min"}
    waiting, free = (
        bound(tmp_path, short, assumptions=FIXED | {"content_megabits_per_second": 1},
              client_settings=settings)
        for settings in (MDE_CLIENT, [OUTSIDE_SETTING])
    )  # fmt: skip

    assert told(free)[3:6] == story(f"""
        {OPENS} policy_evaluated DWN-2 Onboard
        {OPENS + 1096} content_downloaded DWN-2 Onboard
        {OPENS + 1096} install_started DWN-2 Onboard
    """)
    assert told(waiting)[4] == (
        f"{OPENS + 1096} content_downloaded awaiting_maintenance_window DWN-2 Onboard"
    )
    assert verdict(waiting)[:2] == ("waiting", "awaiting_maintenance_window")


@pytest.mark.rule("TIM-5", "DWN-6")
@pytest.mark.parametrize(("priority", "is_free"), [(1, True), (3, False)])
def test_the_setting_with_the_lowest_number_says_whether_windows_bind_installs(
    tmp_path, priority, is_free
):
    strict = MDE_CLIENT[0] | {"name": "Strict", "priority": 2}
    run = served(
        tmp_path, SUNDAY, client_settings=[strict, OUTSIDE_SETTING | {"priority": priority}]
    )

    assert when(run, "install_started") == (3612 if is_free else OPENS)


@pytest.mark.rule("TIM-5", "TIM-1")
def test_a_device_that_comes_under_such_a_setting_while_it_waits_installs_at_its_next_poll(
    tmp_path,
):
    collections = [
        EVERYBODY | {"evaluation": "incremental"},
        {"name": "Free", "members": "location == 'LON'", "evaluation": "incremental"},
    ]
    move = {"at": "2 h", "patch": {"location": "LON"}, "on": ["All"], "within": "1 s"}
    run = served(
        tmp_path,
        SUNDAY,
        collections=collections,
        plan=[DEPLOY, move],
        client_settings=[
            MDE_CLIENT[0] | {"priority": 2},
            OUTSIDE_SETTING | {"name": "Free", "collection": "Free"},
        ],
        locations=[{"name": "LON"}],
    )

    assert told(run)[6:8] == story("""
        7500 member_added TIM-4 Free
        7500 install_started DWN-2 Onboard
    """)
