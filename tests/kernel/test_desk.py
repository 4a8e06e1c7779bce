"""The support desk: what it sees, in which order it works, when its work counts."""

import pytest

from tests.kernel.telling import (
    DEPLOY,
    EVERYBODY,
    MDE_CLIENT,
    rehearsal,
    rows,
    story,
    told,
    value_of,
    verdict,
    when,
)

HOUR, DAY, WEEK = 3600, 86_400, 604_800
OPEN, CLOSED = 8 * HOUR, 17 * HOUR
S2016 = {"os": "server-2016"}
SICK = S2016 | {"antivirus": "outdated"}
BEHIND = {"os": "server-2012-r2", "fully_updated": "false", "telemetry_update": "false"}
PC = {"os": "windows-11-24h2", "chassis": "desktop"}
DESK = {"technicians": 1, "repairs": {"antivirus_outdated": "2 h"}}


def at(day, clock, second=0):
    """Return a time of the site's wall clock in seconds since the start, a Monday."""
    hour, minute = clock.split(":")
    return day * DAY + int(hour) * HOUR + int(minute) * 60 + second


def desked(tmp_path, devices, *plan, desk=None, **sections):
    sections = {"client_settings": MDE_CLIENT, "horizon": "16 d"} | sections
    return rehearsal(
        tmp_path, devices, plan=list(plan) or [DEPLOY], support_desk=DESK | (desk or {}), **sections
    )


def tickets(run, device="PC-1"):
    """Return what the desk did about a device: second and event."""
    names = ("ticket_opened", "ticket_taken", "ticket_closed", "remediated")
    return [
        (row["time"], row["event"])
        for row in rows(run)
        if row["device"] == device and row["event"] in names
    ]


@pytest.mark.rule("DWN-9", "DWN-5")
def test_a_failure_is_seen_taken_up_in_working_hours_and_fixed(tmp_path):
    """Reported at 01:02:19, seen at two, taken at eight, done at ten: counted a second later.

    The install is tried again 24 hours after it failed, and then passes.
    """
    run = desked(tmp_path, SICK)

    assert told(run) == story("""
        0 member_added TIM-4 All
        3600 targeted Onboard All
        3600 policy_received TIM-1 Onboard
        3601 policy_evaluated DWN-2 Onboard
        3612 content_downloaded DWN-2 Onboard
        3612 install_started DWN-2 Onboard
        3738 install_failed antivirus_outdated DWN-5 Onboard
        3739 reported TIM-3
        7200 ticket_opened antivirus_outdated DWN-9
        28800 ticket_taken antivirus_outdated DWN-9
        36001 remediated antivirus_outdated DWN-9
        90138 install_started DWN-2 Onboard
        90264 agent_installed DWN-2 Onboard
        90264 policy_applied DWN-2 Onboard
        90294 onboarded DWN-2 Onboard a
        90295 reported TIM-3
        90894 portal_seen MON-4
    """)
    assert verdict(run) == ("onboarded", "", "DWN-2")


@pytest.mark.rule("DWN-9")
@pytest.mark.parametrize(("deployed", "opened"), [("7060 s", 7200), ("7061 s", 10_800)])
def test_the_desk_sees_what_the_console_knew_before_its_look(tmp_path, deployed, opened):
    """The report comes 139 s after the deployment: in that very second an hour later."""
    run = desked(tmp_path, SICK, DEPLOY | {"at": deployed}, horizon="2 d")

    assert tickets(run)[0] == (opened, "ticket_opened")


@pytest.mark.rule("DWN-9")
def test_the_desk_looks_as_often_as_measures_are_taken(tmp_path):
    run = desked(tmp_path, SICK, reporting={"interval": "6 h"}, horizon="2 d")

    assert tickets(run) == [
        (6 * HOUR, "ticket_opened"),
        (OPEN, "ticket_taken"),
        (at(0, "10:00", 1), "remediated"),
    ]


@pytest.mark.rule("DWN-9")
def test_measures_count_what_waits_what_is_in_work_and_what_was_fixed(tmp_path):
    run = desked(tmp_path, [SICK, SICK])
    measured = [
        tuple(
            value_of(run, "device", measure, time, cause="antivirus_outdated")
            for measure in ("tickets_waiting", "tickets_in_work", "remediated")
        )
        for time in (7199, 7200, OPEN - 1, OPEN, 36_000, 36_001, 36_002, 43_201, 43_202)
    ]

    assert measured == [
        (0, 0, 0),
        (2, 0, 0),
        (2, 0, 0),
        (1, 1, 0),
        (0, 2, 0),
        (0, 2, 0),
        (0, 1, 1),
        (0, 1, 1),
        (0, 0, 2),
    ]
    assert value_of(run, "device", "remediated", None, cause="dotnet_missing") == 0


@pytest.mark.rule("DWN-9")
def test_of_those_seen_at_once_the_first_by_name_is_served_first(tmp_path):
    """The order of the fleet table does not matter."""
    run = desked(tmp_path, [SICK | {"name": "B"}, SICK | {"name": "C"}, SICK | {"name": "A"}])

    taken = [when(run, "ticket_taken", name) for name in "ABC"]
    assert taken == [OPEN, at(0, "10:00"), at(0, "12:00")]


@pytest.mark.rule("DWN-9")
def test_who_was_seen_first_is_served_before_a_name_that_comes_earlier(tmp_path):
    plan = [
        DEPLOY | {"to": ["Early"]},
        DEPLOY | {"at": "3 h", "to": ["Late"]},
    ]
    collections = [
        EVERYBODY,
        {"name": "Early", "members": ["B"]},
        {"name": "Late", "members": ["A"]},
    ]
    run = desked(
        tmp_path, [SICK | {"name": "A"}, SICK | {"name": "B"}], *plan, collections=collections
    )

    assert [when(run, "ticket_opened", name) for name in "BA"] == [2 * HOUR, 4 * HOUR]
    assert [when(run, "ticket_taken", name) for name in "BA"] == [OPEN, at(0, "10:00")]


@pytest.mark.rule("DWN-9")
def test_two_technicians_work_side_by_side(tmp_path):
    """Each takes the next ticket when one is done; the repairs take different times."""
    repairs = {"antivirus_outdated": "2 h", "prerequisite_telemetry": "3 h"}
    run = desked(
        tmp_path,
        [SICK, BEHIND, SICK, SICK],
        desk={"technicians": 2, "repairs": repairs},
    )

    assert [tickets(run, f"PC-{number}")[1:] for number in (1, 2, 3, 4)] == [
        [(OPEN, "ticket_taken"), (at(0, "10:00", 1), "remediated")],
        [(OPEN, "ticket_taken"), (at(0, "11:00", 1), "remediated")],
        [(at(0, "10:00"), "ticket_taken"), (at(0, "12:00", 1), "remediated")],
        [(at(0, "11:00"), "ticket_taken"), (at(0, "13:00", 1), "remediated")],
    ]


@pytest.mark.rule("DWN-9")
def test_nights_and_weekends_are_no_time_of_work(tmp_path):
    """Begun on Friday at eight: nine hours on Friday, nine on Monday, two on Tuesday."""
    run = desked(
        tmp_path,
        SICK,
        DEPLOY | {"at": "4 d"},
        desk={"repairs": {"antivirus_outdated": "20 h"}},
    )

    assert tickets(run) == [
        (at(4, "01:00"), "ticket_opened"),
        (at(4, "08:00"), "ticket_taken"),
        (at(8, "10:00", 1), "remediated"),
    ]


@pytest.mark.rule("DWN-9")
@pytest.mark.parametrize(
    ("deployed", "taken"),
    [
        ("4 d 15:30", at(4, "16:00")),
        ("4 d 16:30", at(7, "08:00")),
        ("5 d 10:00", at(7, "08:00")),
        ("6 d 23:30", at(7, "08:00")),
    ],
)
def test_nothing_is_taken_up_at_night_or_on_a_weekend(tmp_path, deployed, taken):
    run = desked(tmp_path, SICK, DEPLOY | {"at": deployed})

    assert when(run, "ticket_taken") == taken


@pytest.mark.rule("DWN-9")
def test_work_may_end_in_the_second_in_which_the_desk_closes(tmp_path):
    """The next ticket is taken in the morning."""
    desk = {"repairs": {"antivirus_outdated": "9 h"}}
    run = desked(tmp_path, [SICK, SICK], desk=desk)

    assert tickets(run)[1:] == [
        (OPEN, "ticket_taken"),
        (CLOSED + 1, "remediated"),
    ]
    assert tickets(run, "PC-2")[1:] == [
        (at(1, "08:00"), "ticket_taken"),
        (at(1, "17:00", 1), "remediated"),
    ]


@pytest.mark.rule("DWN-9")
def test_the_desk_goes_by_the_sites_wall_clock(tmp_path):
    """In Tokyo the devices stand; in London the clock goes forward on Sunday, 29 March."""
    run = desked(
        tmp_path,
        SICK | {"location": "TYO"},
        DEPLOY | {"at": "2026-03-28 12:00"},
        site={"time_zone": "Europe/London"},
        locations=[{"name": "TYO", "time_zone": "Asia/Tokyo"}],
        horizon="30 d",
    )

    assert when(run, "ticket_taken") == at(28, "07:00")


@pytest.mark.rule("DWN-9")
def test_a_device_that_came_right_by_itself_closes_its_ticket(tmp_path):
    """The technician works on PC-1 for two days; PC-2 is patched and tried again meanwhile."""
    patch = {"name": "fix", "at": "5 h", "patch": {"antivirus": "enabled"}, "on": ["Second"],
             "within": "1 s"}  # fmt: skip
    run = desked(
        tmp_path,
        [SICK, SICK],
        DEPLOY,
        patch,
        desk={"repairs": {"antivirus_outdated": "16 h"}},
        collections=[EVERYBODY, {"name": "Second", "members": ["PC-2"]}],
    )

    assert told(run, "PC-2")[8:] == story("""
        3739 reported TIM-3
        7200 ticket_opened antivirus_outdated DWN-9
        18000 remediated DWN-9 fix
        90138 install_started DWN-2 Onboard
        90264 agent_installed DWN-2 Onboard
        90264 policy_applied DWN-2 Onboard
        90294 onboarded DWN-2 Onboard a
        90295 reported TIM-3
        90894 portal_seen MON-4
        140400 ticket_closed antivirus_outdated DWN-9
    """)
    assert tickets(run, "PC-1")[-1] == (140_401, "remediated")
    assert value_of(run, "device", "tickets_waiting") == 0
    assert value_of(run, "device", "remediated") == 1


@pytest.mark.rule("DWN-9")
def test_what_is_fixed_gets_no_new_ticket_before_the_next_attempt(tmp_path):
    """The console shows the failure until the day after; the desk does not look at it twice."""
    run = desked(tmp_path, SICK, horizon="3 d")

    assert tickets(run).count((10 * HOUR, "ticket_opened")) == 0
    assert len(tickets(run)) == 3


@pytest.mark.rule("DWN-9", "DWN-5")
def test_another_cause_on_the_same_device_is_another_ticket(tmp_path):
    """Of both causes the console shows the first; the second comes out at the next attempt."""
    repairs = {"antivirus_outdated": "2 h", "prerequisite_servicing_stack": "30 min"}
    run = desked(tmp_path, SICK | {"servicing_stack": "2020-01-01"}, desk={"repairs": repairs})

    assert told(run)[6:] == story("""
        3738 install_failed prerequisite_servicing_stack DWN-5 Onboard
        3739 reported TIM-3
        7200 ticket_opened prerequisite_servicing_stack DWN-9
        28800 ticket_taken prerequisite_servicing_stack DWN-9
        30601 remediated prerequisite_servicing_stack DWN-9
        90138 install_started DWN-2 Onboard
        90264 install_failed antivirus_outdated DWN-5 Onboard
        90265 reported TIM-3
        93600 ticket_opened antivirus_outdated DWN-9
        115200 ticket_taken antivirus_outdated DWN-9
        122401 remediated antivirus_outdated DWN-9
        176664 install_started DWN-2 Onboard
        176790 agent_installed DWN-2 Onboard
        176790 policy_applied DWN-2 Onboard
        176820 onboarded DWN-2 Onboard a
        176821 reported TIM-3
        177420 portal_seen MON-4
    """)


@pytest.mark.rule("DWN-9")
def test_the_desk_leaves_alone_what_it_does_not_repair(tmp_path):
    run = desked(tmp_path, [BEHIND, S2016], horizon="3 d")

    assert tickets(run) == tickets(run, "PC-2") == []
    assert verdict(run)[1] == "prerequisite_telemetry"


@pytest.mark.rule("DWN-9")
def test_the_desk_begins_and_ends_at_the_times_of_the_scenario(tmp_path):
    """From Tuesday at ten, until Wednesday at nine: PC-1 to PC-4, and the fifth never."""
    desk = {"from": "1 d 10:00", "until": "2 d 09:00"}
    run = desked(tmp_path, [SICK] * 5, desk=desk)

    assert [tickets(run, f"PC-{number}")[1:2] for number in (1, 2, 3, 4, 5)] == [
        [(at(1, "10:00"), "ticket_taken")],
        [(at(1, "12:00"), "ticket_taken")],
        [(at(1, "14:00"), "ticket_taken")],
        [(at(1, "16:00"), "ticket_taken")],
        [],
    ]
    assert tickets(run, "PC-5") == [(2 * HOUR, "ticket_opened")]


@pytest.mark.rule("DWN-9")
def test_who_has_begun_finishes_after_the_desk_takes_up_no_more(tmp_path):
    """Begun at four on Tuesday with an hour of the day left; done on Wednesday at nine."""
    desk = {"from": "1 d 16:00", "until": "1 d 17:00"}
    run = desked(tmp_path, [SICK, SICK], desk=desk)

    assert tickets(run)[1:] == [
        (at(1, "16:00"), "ticket_taken"),
        (at(2, "09:00", 1), "remediated"),
    ]
    assert tickets(run, "PC-2")[1:] == []


def test_a_desk_may_stay_open_to_midnight(tmp_path):
    run = desked(
        tmp_path,
        SICK,
        desk={"hours": "23:00-24:00", "repairs": {"antivirus_outdated": "90 min"}},
        horizon="3 d",
    )

    assert tickets(run)[1:] == [
        (at(0, "23:00"), "ticket_taken"),
        (at(1, "23:30", 1), "remediated"),
    ]


@pytest.mark.rule("FLT-7")
def test_a_computer_that_is_never_on_costs_the_work_and_is_not_repaired(tmp_path):
    """The technician does not find the computer of a stale record, and closes the ticket."""
    ghost = PC | {"client": "inactive", "presence": "off"}
    desk = {"repairs": {"client_inactive": "30 min"}}

    run = desked(tmp_path, ghost, desk=desk)

    assert tickets(run) == [
        (at(0, "01:00"), "ticket_opened"),
        (at(0, "08:00"), "ticket_taken"),
        (at(0, "08:30"), "ticket_closed"),
    ]
    assert verdict(run)[:2] == ("waiting", "client_inactive")
