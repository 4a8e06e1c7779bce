"""The one-time script: how it arrives, what it does, and what a policy does about it."""

import pytest

from sim.fleet.streams import Streams, device_key
from tests.kernel.telling import (
    DEPLOY,
    EVERYBODY,
    FIXED,
    HOURS,
    MDE_CLIENT,
    PACKAGE,
    final,
    phase,
    rehearsal,
    story,
    told,
    told_of_plan,
    value_of,
    verdict,
    when,
)

HOUR, DAY, WEEK = 3600, 86_400, 604_800
ON, OFF = 8 * HOUR, 17 * HOUR
PC = {"os": "windows-11-24h2", "chassis": "desktop"}
OURS = {"onboarded": "true", "organization": "contoso", "payload": "a"}
SCRIPT = {
    "name": "script-b", "payload": "b", "organization": "contoso", "method": "group_policy",
}  # fmt: skip
RUN = {"name": "move", "at": "1 h", "run_script": "script-b", "on": ["All"]}
REMOVE = {"name": "clean", "remove_script": "script-b", "from": ["All"]}
RESTART = {"name": "restart", "restart": ["All"], "within": "1 s"}
AT_ONCE = FIXED | {"script_window": "1 s"}


def scripted(tmp_path, devices, *steps, assumptions=AT_ONCE, script=None, **sections):
    """Rehearse a plan about the script that moves devices to payload b."""
    packages = [PACKAGE, SCRIPT | (script or {})]
    sections = {"horizon": "12 d"} | sections
    return rehearsal(
        tmp_path, devices, plan=list(steps), packages=packages, assumptions=assumptions, **sections
    )


@pytest.mark.rule("TIM-7", "UPD-1", "UPD-2")
def test_the_script_runs_after_a_poll_and_its_payload_waits_for_the_restart(tmp_path):
    run = scripted(tmp_path, PC | OURS, RUN, RESTART | {"at": "5 d"})

    assert told(run) == story("""
        0 member_added TIM-4 All
        3600 targeted UPD-9 All move
        3601 script_ran UPD-9 b move
        3601 payload_received UPD-1 b
        3602 reported TIM-3
        432000 restarted UPD-1
        432000 payload_applied UPD-1 b
        432001 reported TIM-3
    """)
    assert value_of(run, "console", "script_succeeded", 3603, package="script-b") == 1
    assert value_of(run, "device", "blocked", DAY, cause="awaiting_restart") == 1


@pytest.mark.rule("TIM-7")
def test_the_script_runs_within_two_hours_of_the_poll_that_brought_it(tmp_path):
    names = [f"M-{number:03d}" for number in range(60)]
    devices = [PC | OURS | {"name": name} for name in names]
    run = scripted(tmp_path, devices, RUN, assumptions=FIXED | {"policy_poll_interval": "60 min"})

    polls = {name: HOUR + phase(name, "policy_poll_phase", HOUR) for name in names}
    delays = {name: when(run, "script_ran", name) - polls[name] for name in names}
    streams = Streams(7, 1)
    assert delays == {
        name: streams.between("script/script-b", device_key(name), 1, 2 * HOUR) for name in names
    }
    assert max(delays.values()) > 1.8 * HOUR


@pytest.mark.rule("TIM-7", "UPD-9")
def test_a_script_that_is_due_in_the_night_runs_after_power_on(tmp_path):
    """It came in the last second of Monday and runs a second after eight on Tuesday."""
    office = PC | OURS | {"presence": "office"}
    run = scripted(tmp_path, office, RUN | {"at": f"{OFF - 1} s"}, assumptions=AT_ONCE | HOURS)

    assert told(run)[1:4] == story("""
        61199 targeted UPD-9 All move
        115201 script_ran UPD-9 b move
        115201 payload_received UPD-1 b
    """)


@pytest.mark.rule("TIM-7", "UPD-9")
def test_a_computer_that_is_off_runs_the_script_when_it_returns(tmp_path):
    office = PC | OURS | {"presence": "office"}
    run = scripted(tmp_path, office, RUN | {"at": "5 d"}, assumptions=AT_ONCE | HOURS)

    assert when(run, "script_ran") == WEEK + ON + 1
    assert value_of(run, "device", "blocked", 6 * DAY, cause="awaiting_script") == 1


@pytest.mark.rule("UPD-9")
def test_the_script_runs_once_on_a_device_that_stays(tmp_path):
    """Deployed again, also to another collection, with a change of a policy between."""
    again = RUN | {"name": "again", "at": "3 d", "on": ["All", "Same"]}
    run = scripted(
        tmp_path,
        PC | OURS,
        RUN,
        DEPLOY | {"at": "2 d"},
        again,
        collections=[EVERYBODY, {"name": "Same", "limit_to": "All"}],
    )

    assert f"{3 * DAY} targeted UPD-9 Same again" in told(run)
    assert len([line for line in told(run) if "script_ran" in line]) == 1


@pytest.mark.rule("UPD-9", "TIM-4")
def test_who_becomes_a_member_runs_the_script_until_it_is_removed(tmp_path):
    new = PC | OURS
    devices = [
        new,
        new | {"joined_at": "2026-03-04 00:00"},
        new | {"joined_at": "2026-03-07 00:00"},
    ]
    run = scripted(
        tmp_path,
        devices,
        RUN,
        REMOVE | {"at": "4 d"},
        collections=[EVERYBODY | {"evaluation": "incremental"}],
    )

    assert told(run, "PC-2")[:4] == story(f"""
        {2 * DAY} joined awaiting_collection
        {2 * DAY + 300} member_added TIM-4 All
        {2 * DAY + 300} targeted UPD-9 All move
        {2 * DAY + 301} script_ran UPD-9 b move
    """)
    assert told(run, "PC-3") == story(f"""
        {5 * DAY} joined awaiting_collection
        {5 * DAY + 300} member_added TIM-4 All
    """)
    assert told(run, "PC-1")[-1] == f"{4 * DAY} untargeted UPD-9 All move"


@pytest.mark.rule("UPD-9")
def test_a_script_that_is_removed_before_it_ran_does_not_run(tmp_path):
    slow = FIXED | {"script_window": "2 h"}
    assert Streams(7, 1).between("script/script-b", device_key("PC-1"), 1, 7200) > 60
    run = scripted(tmp_path, PC | OURS, RUN, REMOVE | {"at": "3660 s"}, assumptions=slow)

    assert told(run)[1:] == story("""
        3600 targeted UPD-9 All move
        3660 untargeted UPD-9 All move
    """)
    assert verdict(run)[1] == ""


@pytest.mark.rule("UPD-9")
def test_a_script_that_is_deployed_again_after_its_removal_runs_again(tmp_path):
    again = RUN | {"name": "again", "at": "5 d"}
    run = scripted(tmp_path, PC | OURS, RUN, REMOVE | {"at": "4 d"}, again)

    assert [line for line in told(run) if "script_ran" in line] == story(f"""
        3601 script_ran UPD-9 b move
        {5 * DAY + 1} script_ran UPD-9 b again
    """)


@pytest.mark.rule("UPD-1")
def test_a_script_with_the_payload_in_use_needs_no_restart(tmp_path):
    run = scripted(tmp_path, PC | OURS | {"payload": "b"}, RUN)

    assert told(run)[2:] == story("""
        3601 script_ran UPD-9 b move
        3602 reported TIM-3
    """)
    assert verdict(run)[:2] == ("onboarded", "")


@pytest.mark.rule("UPD-7")
def test_a_script_of_another_organization_does_not_move_a_device(tmp_path):
    run = scripted(
        tmp_path,
        PC | OURS,
        RUN,
        script={"organization": "fabrikam"},
        site={"organization": "contoso"},
    )

    assert told(run)[2:] == story("""
        3601 script_failed other_organization UPD-7 b move
        3602 reported TIM-3
    """)
    assert verdict(run) == ("onboarded", "other_organization", "UPD-7")
    assert final(run)["payload_in_use"] == "a"


@pytest.mark.rule("UPD-8")
@pytest.mark.parametrize(
    ("device", "is_moved"),
    [
        ({"os": "windows-10-1803"}, False),
        ({"os": "windows-10-1809"}, True),
        ({"os": "windows-8.1", "agent": "mma"}, False),
        ({"os": "server-2016", "agent": "mde_client"}, True),
    ],
    ids=lambda value: value["os"] if isinstance(value, dict) else "",
)
def test_a_streamlined_script_is_not_for_old_windows_10_nor_for_mma(tmp_path, device, is_moved):
    run = scripted(tmp_path, device | OURS, RUN, script={"connectivity": "streamlined"})

    line = "script_ran UPD-9" if is_moved else "script_failed payload_not_eligible UPD-8"
    assert told(run)[2] == f"3601 {line} b move"


@pytest.mark.rule("UPD-9")
def test_a_script_onboards_a_device_that_nothing_else_keeps_from_it(tmp_path):
    run = scripted(tmp_path, [PC, PC | {"network": "blocked"}], RUN)

    assert told(run, "PC-1")[2:5] == story("""
        3601 script_ran UPD-9 b move
        3601 onboarded UPD-9 b
        3602 reported TIM-3
    """)
    assert told(run, "PC-2")[2:] == story("""
        3601 script_failed network_blocked FLT-2 b move
        3602 reported TIM-3
    """)


@pytest.mark.rule("UPD-8", "DWN-2")
def test_a_script_installs_no_agent(tmp_path):
    run = scripted(tmp_path, {"os": "server-2016"}, RUN, client_settings=MDE_CLIENT)

    assert told(run)[2] == "3601 script_failed sensor_missing UPD-8 b move"
    assert final(run)["agent"] == "none"


@pytest.mark.rule("UPD-9", "UPL-3")
def test_a_script_takes_a_package_of_method_group_policy(tmp_path):
    run = scripted(tmp_path, PC | OURS, RUN | {"run_script": "onboarding-a"})

    assert told_of_plan(run) == ["3600 step_refused package_method UPD-9 move"]
    assert told(run) == ["0 member_added TIM-4 All"]


@pytest.mark.rule("UPD-4", "UPD-1")
def test_a_policy_takes_its_payload_back_at_its_next_evaluation_once(tmp_path):
    """Deployed a day before the script, evaluated a week later; used from the restart after."""
    run = scripted(
        tmp_path,
        PC | OURS,
        DEPLOY,
        RUN | {"at": "1 d"},
        RESTART | {"at": "3 d"},
        RESTART | {"at": "9 d", "name": "second"},
        horizon="16 d",
    )

    assert told(run)[6:] == story("""
        86400 targeted UPD-9 All move
        86401 script_ran UPD-9 b move
        86401 payload_received UPD-1 b
        86402 reported TIM-3
        259200 restarted UPD-1
        259200 payload_applied UPD-1 b
        259201 reported TIM-3
        608401 policy_evaluated UPL-1 Onboard
        608401 payload_reverted UPD-4 Onboard a
        608402 reported TIM-3
        777600 restarted UPD-1
        777600 payload_applied UPD-1 a
        777601 reported TIM-3
    """)


@pytest.mark.rule("UPD-4")
def test_a_payload_taken_back_before_the_restart_was_never_used(tmp_path):
    run = scripted(
        tmp_path, PC | OURS, DEPLOY, RUN | {"at": "1 d"}, RESTART | {"at": "9 d"}, horizon="16 d"
    )

    assert told(run)[-3:] == story("""
        608401 policy_evaluated UPL-1 Onboard
        608401 payload_reverted UPD-4 Onboard a
        608402 reported TIM-3
    """)
    assert value_of(run, "device", "payload_pending", 2 * DAY, payload="b") == 1
    assert value_of(run, "device", "payload_pending", None, payload="b") == 0


@pytest.mark.rule("UPD-4")
def test_the_drift_may_be_left_alone(tmp_path):
    run = scripted(
        tmp_path, PC | OURS, DEPLOY, RUN | {"at": "1 d"}, rules={"drift_reverted": False}
    )

    assert not [line for line in told(run) if "reverted" in line]
    assert verdict(run)[1] == "awaiting_restart"


@pytest.mark.rule("UPD-6", "UPD-4")
def test_without_a_policy_that_reaches_it_a_device_keeps_the_scripts_payload(tmp_path):
    plan = [DEPLOY, {"at": "2 h", "undeploy": "Onboard", "from": ["All"]}, RUN | {"at": "1 d"}]
    run = scripted(tmp_path, PC | OURS, *plan, RESTART | {"at": "3 d"})

    assert final(run)["payload_in_use"] == "b"
    assert not [line for line in told(run) if "reverted" in line]


@pytest.mark.rule("UPD-9", "FLT-1")
def test_the_script_waits_for_a_client_that_does_not_work(tmp_path):
    plan = [RUN, {"name": "fix", "at": "2 d", "patch": {"client": "active"}, "on": ["All"],
                  "within": "1 s"}]  # fmt: skip
    run = scripted(tmp_path, PC | OURS | {"client": "broken"}, *plan)

    assert told(run)[1:4] == story("""
        3600 targeted UPD-9 All move
        172800 remediated DWN-9 fix
        172801 script_ran UPD-9 b move
    """)


@pytest.mark.rule("OFF-1", "UPD-1")
def test_offboarding_ends_the_wait_for_a_restart(tmp_path):
    farewell = {"name": "farewell", "kind": "offboarding", "organization": "contoso"}
    plan = [RUN, {"at": "1 d", "deploy": "Offboard", "to": ["All"]}, RESTART | {"at": "2 d"}]
    run = rehearsal(
        tmp_path,
        PC | OURS,
        plan=plan,
        packages=[PACKAGE, SCRIPT, farewell],
        policies=[{"name": "Offboard", "kind": "offboarding", "package": "farewell"}],
        assumptions=AT_ONCE,
        horizon="3 d",
    )

    assert not [line for line in told(run) if "restarted" in line or "applied" in line]
    assert verdict(run)[0] == "offboarded"
