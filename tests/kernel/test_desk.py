"""The support desk: what it sees, in which order it works, when its work counts."""

import json

import pytest

from sim.errors import UnusableInput
from sim.reference.repairs import REPAIRS
from sim.scenario.loader import load_text
from tests.kernel.telling import (
    DEPLOY,
    EVERYBODY,
    FIXED,
    HOURS,
    MDE_CLIENT,
    PACKAGE,
    WORKSPACE,
    final,
    rehearsal,
    rows,
    story,
    told,
    told_of_plan,
    value_of,
    verdict,
    when,
)

HOUR, DAY, WEEK = 3600, 86_400, 604_800
OPEN, CLOSED = 8 * HOUR, 17 * HOUR
S2016 = {"os": "server-2016"}
SICK = S2016 | {"antivirus": "disabled"}
BEHIND = {"os": "server-2012-r2", "fully_updated": "false", "telemetry_update": "false"}
PC = {"os": "windows-11-24h2", "chassis": "desktop"}
DESK = {"technicians": 1, "repairs": {"antivirus_disabled": "2 h"}}


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
def test_a_failure_is_seen_taken_up_in_working_hours_and_put_right(tmp_path):
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
        3738 install_failed antivirus_disabled DWN-5 Onboard
        3739 reported TIM-3
        7200 ticket_opened antivirus_disabled DWN-9
        28800 ticket_taken antivirus_disabled DWN-9
        36001 remediated antivirus_disabled DWN-9
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
def test_measures_tell_what_waits_what_is_in_work_and_what_was_put_right(tmp_path):
    run = desked(tmp_path, [SICK, SICK])
    measured = [
        tuple(
            value_of(run, "device", measure, time, cause="antivirus_disabled")
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
    """The order of the fleet table means nothing."""
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
    """Each takes up the next ticket when one is done; the works last differently."""
    repairs = {"antivirus_disabled": "2 h", "prerequisite_telemetry": "3 h"}
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
        desk={"repairs": {"antivirus_disabled": "20 h"}},
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
    """The next ticket is taken up in the morning."""
    desk = {"repairs": {"antivirus_disabled": "9 h"}}
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
        desk={"repairs": {"antivirus_disabled": "16 h"}},
        collections=[EVERYBODY, {"name": "Second", "members": ["PC-2"]}],
    )

    assert told(run, "PC-2")[8:] == story("""
        3739 reported TIM-3
        7200 ticket_opened antivirus_disabled DWN-9
        18000 remediated DWN-9 fix
        90138 install_started DWN-2 Onboard
        90264 agent_installed DWN-2 Onboard
        90264 policy_applied DWN-2 Onboard
        90294 onboarded DWN-2 Onboard a
        90295 reported TIM-3
        90894 portal_seen MON-4
        140400 ticket_closed antivirus_disabled DWN-9
    """)
    assert tickets(run, "PC-1")[-1] == (140_401, "remediated")
    assert value_of(run, "device", "tickets_waiting") == 0
    assert value_of(run, "device", "remediated") == 1


@pytest.mark.rule("DWN-9")
def test_what_is_put_right_is_no_new_ticket_before_the_next_attempt(tmp_path):
    """The console shows the failure until the day after; the desk does not look at it twice."""
    run = desked(tmp_path, SICK, horizon="3 d")

    assert tickets(run).count((10 * HOUR, "ticket_opened")) == 0
    assert len(tickets(run)) == 3


@pytest.mark.rule("DWN-9", "DWN-5")
def test_another_cause_on_the_same_device_is_another_ticket(tmp_path):
    """Of both causes the console shows the first; the second comes out at the next attempt."""
    repairs = {"antivirus_disabled": "2 h", "prerequisite_servicing_stack": "30 min"}
    run = desked(tmp_path, SICK | {"servicing_stack": "2020-01-01"}, desk={"repairs": repairs})

    assert told(run)[6:] == story("""
        3738 install_failed prerequisite_servicing_stack DWN-5 Onboard
        3739 reported TIM-3
        7200 ticket_opened prerequisite_servicing_stack DWN-9
        28800 ticket_taken prerequisite_servicing_stack DWN-9
        30601 remediated prerequisite_servicing_stack DWN-9
        90138 install_started DWN-2 Onboard
        90264 install_failed antivirus_disabled DWN-5 Onboard
        90265 reported TIM-3
        93600 ticket_opened antivirus_disabled DWN-9
        115200 ticket_taken antivirus_disabled DWN-9
        122401 remediated antivirus_disabled DWN-9
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
def test_the_desk_begins_and_ends_when_it_is_told_to(tmp_path):
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


@pytest.mark.rule("FLT-1", "DWN-9")
@pytest.mark.parametrize("client", ["broken", "inactive"])
def test_a_technician_repairs_a_configmgr_client(tmp_path, client):
    """The console knows by itself that it hears nothing; nothing reaches it before."""
    cause = f"client_{client}"
    run = desked(tmp_path, PC | {"client": client}, desk={"repairs": {cause: "90 min"}})

    assert told(run) == story(f"""
        0 member_added TIM-4 All
        3600 targeted Onboard All
        3600 ticket_opened {cause} DWN-9
        28800 ticket_taken {cause} DWN-9
        34201 remediated {cause} FLT-1
        34201 policy_received TIM-1 Onboard
        34202 policy_evaluated UPL-1 Onboard
        34202 policy_applied UPL-1 Onboard
        34232 onboarded UPL-1 Onboard a
        34233 reported TIM-3
        34832 portal_seen MON-4
    """)


@pytest.mark.rule("FLT-1", "DWN-3")
def test_a_repaired_client_takes_the_upgrade_that_waited_for_it(tmp_path):
    upgrade = {"name": "upgrade", "at": "2 h", "set_client_version": "2403", "on": ["All"]}
    run = desked(
        tmp_path,
        S2016 | {"client": "broken", "client_version": "2203"},
        DEPLOY,
        upgrade,
        desk={"repairs": {"client_broken": "90 min"}},
        horizon="1 d",
    )

    assert told(run)[4:8] == story("""
        34201 remediated client_broken FLT-1
        34201 remediated DWN-9 upgrade
        34201 policy_received TIM-1 Onboard
        34202 policy_evaluated DWN-2 Onboard
    """)


@pytest.mark.rule("DWN-9", "FLT-2")
def test_work_on_a_computer_that_is_off_counts_from_its_power_on(tmp_path):
    """Done at seven in the evening of a late shift; felt at eight the next morning."""
    office = PC | {"presence": "office", "network": "blocked"}
    run = desked(
        tmp_path,
        office,
        DEPLOY | {"at": "9 h"},
        desk={"hours": "17:00-20:00", "repairs": {"network_blocked": "2 h"}},
        assumptions=FIXED | HOURS,
        horizon="10 d",
    )

    assert tickets(run) == [
        (10 * HOUR, "ticket_opened"),
        (CLOSED, "ticket_taken"),
        (at(1, "08:00"), "remediated"),
    ]
    assert final(run)["status"] == "onboarded"


@pytest.mark.rule("TIM-4", "DWN-9")
def test_a_repair_moves_a_device_between_collections_at_the_next_evaluation(tmp_path):
    well = {"name": "Well", "members": "antivirus == 'enabled'", "evaluation": "incremental"}
    run = desked(tmp_path, SICK, collections=[EVERYBODY, well], horizon="1 d")

    assert "36300 member_added TIM-4 Well" in told(run)


@pytest.mark.rule("DWN-9", "FLT-5", "MMA-5")
@pytest.mark.parametrize(
    ("cause", "device"),
    [
        ("prerequisite_telemetry", BEHIND),
        ("prerequisite_universal_crt", BEHIND | {"telemetry_update": "true",
                                                 "universal_crt": "false"}),
        ("prerequisite_servicing_stack", S2016 | {"servicing_stack": "2020-01-01"}),
        ("prerequisite_cumulative_update", S2016 | {"cumulative_update": "2018-01-01"}),
        ("antivirus_disabled", SICK),
        ("antivirus_outdated", S2016 | {"antivirus": "outdated"}),
        ("antivirus_not_installed", S2016 | {"antivirus": "not_installed"}),
        ("dotnet_missing", {"os": "windows-8.1", "dotnet": "false"}),
        ("restart_pending", S2016 | {"restart_pending": "true"}),
        ("agent_outdated", {"os": "windows-8.1", "agent": "mma", "agent_version": "10.20.18011"}),
        ("clock_skew", {"os": "windows-8.1", "clock_ok": "false"}),
        ("network_blocked", PC | {"network": "blocked"}),
        ("client_inactive", PC | {"client": "inactive"}),
        ("client_broken", PC | {"client": "broken"}),
    ],
)  # fmt: skip
def test_every_cause_that_a_technician_repairs_ends_in_an_onboarded_device(tmp_path, cause, device):
    run = desked(
        tmp_path, device, desk={"repairs": {cause: "1 h"}}, policy={"workspace": WORKSPACE}
    )

    assert tickets(run) == [
        (when(run, "ticket_opened"), "ticket_opened"),
        (OPEN, "ticket_taken"),
        (OPEN + HOUR + 1, "remediated"),
    ]
    assert verdict(run)[:2] == ("onboarded", "")


def test_the_causes_above_are_all_that_a_technician_repairs():
    marks = test_every_cause_that_a_technician_repairs_ends_in_an_onboarded_device.pytestmark
    parametrized = next(mark for mark in marks if mark.name == "parametrize")

    assert {cause for cause, _ in parametrized.args[1]} == set(REPAIRS)


@pytest.mark.rule("DWN-9")
def test_a_gate_may_ask_how_much_waits_at_the_desk(tmp_path):
    """Two devices; the second ticket is in work from ten on, and its repair counts after noon."""
    plan = [
        DEPLOY,
        {"name": "busy", "when": "device.tickets_in_work >= 1", "pause": "Onboard"},
        {"name": "done", "when": "device.remediated{cause='antivirus_disabled'} >= 2",
         "resume": "Onboard"},
    ]  # fmt: skip
    run = desked(tmp_path, [SICK, SICK], *plan)

    assert told_of_plan(run)[1:] == story(f"""
        {9 * HOUR} gate_opened busy
        {9 * HOUR + 1} step_done Onboard busy
        {13 * HOUR} gate_opened done
        {13 * HOUR + 1} step_done Onboard done
    """)


@pytest.mark.rule("DWN-9")
def test_a_retired_device_is_repaired_by_nobody(tmp_path):
    """It goes while its ticket waits, or while a technician works on it; the next is served."""
    leaving = SICK | {"retired_at": "2026-03-02 06:00"}
    in_work = SICK | {"retired_at": "2026-03-02 09:00"}
    run = desked(tmp_path, [leaving, in_work, SICK])

    assert tickets(run, "PC-1") == [(2 * HOUR, "ticket_opened")]
    assert tickets(run, "PC-2") == [(2 * HOUR, "ticket_opened"), (OPEN, "ticket_taken")]
    assert tickets(run, "PC-3")[1:] == [
        (at(0, "10:00"), "ticket_taken"),
        (at(0, "12:00", 1), "remediated"),
    ]


@pytest.mark.rule("DWN-9")
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("technicians", [1, 2, 4])
def test_one_technician_more_makes_no_repair_later(tmp_path, seed, technicians):
    """The failures come with their polls and evaluations, and have three lengths of work."""
    repairs = {
        "antivirus_disabled": "95 min",
        "prerequisite_telemetry": "4 h",
        "network_blocked": "25 min",
    }
    devices = [SICK, BEHIND, PC | {"network": "blocked"}] * 15
    plan = [DEPLOY | {"to": ["early"]}, DEPLOY | {"at": "3 d 11:00", "to": ["late"]}]
    sections = {
        "collections": [EVERYBODY, *({"name": ring, "members": f"ring == '{ring}'"}
                                     for ring in ("early", "late"))],
        "assumptions": {"content_slots": 1000, "sense_start_min": "30 s",
                        "sense_start_max": "30 s"},
        "seed": seed,
    }  # fmt: skip
    devices = [
        device | {"ring": "late" if number % 4 == 0 else "early"}
        for number, device in enumerate(devices)
    ]
    few, many = (
        repaired(desked(tmp_path, devices, *plan, desk={"technicians": count, "repairs": repairs},
                        horizon="60 d", **sections))
        for count in (technicians, technicians + 1)
    )  # fmt: skip

    assert len(few) == len(many) == len(devices)
    assert {name: time for name, time in many.items() if time > few[name]} == {}
    assert many != few


def repaired(run):
    """Return when each device was put right, by name."""
    return {row["device"]: row["time"] for row in rows(run) if row["event"] == "remediated"}


@pytest.mark.rule("DWN-9")
def test_without_tickets_a_desk_changes_nothing(tmp_path):
    """It looks every hour, and nobody's story is another for it."""
    devices = [SICK, PC, BEHIND, {"os": "windows-8.1"}]
    sections = {"client_settings": MDE_CLIENT, "horizon": "9 d"}
    plain = rehearsal(tmp_path, devices, **sections)
    idle = desked(tmp_path, devices, desk={"repairs": {"clock_skew": "1 h"}}, horizon="9 d")

    assert plain.log.digest == idle.log.digest
    assert plain.outcomes == idle.outcomes


def refused(**desk):
    """Return the problems of a scenario with a support desk on its lines 7 and following."""
    scenario = f"""
format: 1
name: Told
start: 2026-03-02 00:00
horizon: 30 d
fleet: {{generate: {{devices: 10}}}}
support_desk: {json.dumps(DESK | desk, indent=2)}
packages: {json.dumps([PACKAGE])}
""".lstrip()
    with pytest.raises(UnusableInput) as caught:
        load_text(scenario, "told.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_a_desk_says_what_is_wrong_with_it_on_its_line():
    assert refused(repairs={"antivirus_disabeld": "2 h", "workspace_missing": "2 h"}) == [
        'told.yaml:9: support_desk.repairs.antivirus_disabeld: unknown cause "antivirus_disabeld"; '
        'did you mean "antivirus_disabled"?',
        "told.yaml:10: support_desk.repairs.workspace_missing: workspace_missing is not put right "
        f"on a single device; one of {', '.join(REPAIRS)}",
    ]
    assert refused(hours="17:00-08:00") == [
        "told.yaml:11: support_desk.hours: the desk closes before it opens; such as 08:00-17:00"
    ]


@pytest.mark.parametrize(
    ("desk", "where", "words"),
    [
        ({"repairs": {"antivirus_disabled": 2}}, "repairs.antivirus_disabled", "unit"),
        ({"repairs": {"antivirus_disabled": "30 s"}}, "repairs.antivirus_disabled", "1 min"),
        ({"repairs": {"antivirus_disabled": "8 d"}}, "repairs.antivirus_disabled", "7 d"),
        ({"repairs": {}}, "repairs", "at least 1"),
        ({"technicians": 0}, "technicians", "1"),
        ({"technicians": "two"}, "technicians", "number"),
        ({"hours": "8-17"}, "hours", "08:00-17:00"),
        ({"hours": "08:00-25:00"}, "hours", "08:00-17:00"),
        ({"hours": "08:00-24:30"}, "hours", "08:00-17:00"),
        ({"hours": "08:00-08:00"}, "hours", "08:00-17:00"),
        ({"from": 3}, "from", "14 d"),
        ({"until": "tomorrow"}, "until", "tomorrow"),
        ({"technician": 2}, "technician", "technicians"),
    ],
)
def test_a_desk_that_cannot_be_read_is_a_problem_with_its_line(desk, where, words):
    (problem,) = refused(**desk)

    place, path, what = problem.split(": ", 2)
    assert place.split(":")[0] == "told.yaml"
    assert int(place.split(":")[1]) >= 7
    assert path == f"support_desk.{where}"
    assert words in what


def test_a_desk_may_stay_open_to_midnight(tmp_path):
    run = desked(
        tmp_path,
        SICK,
        desk={"hours": "23:00-24:00", "repairs": {"antivirus_disabled": "90 min"}},
        horizon="3 d",
    )

    assert tickets(run)[1:] == [
        (at(0, "23:00"), "ticket_taken"),
        (at(1, "23:30", 1), "remediated"),
    ]
