"""What a computer that is off misses and catches up on."""

import pytest

from tests.kernel.telling import (
    DEPLOY,
    FIXED,
    HOURS,
    MDE_CLIENT,
    final,
    phase,
    rehearsal,
    story,
    told,
    value_of,
    verdict,
    when,
)

HOUR, DAY = 3600, 86_400
ON, OFF = 8 * HOUR, 17 * HOUR
PC = {"os": "windows-11-24h2", "presence": "office", "chassis": "desktop"}
SERVER = {"os": "server-2016", "presence": "office"}
AT_WORK = FIXED | HOURS
SOON = {"missed_poll_window": "1 s", "missed_evaluation_window": "1 s"}


def deployed(at):
    """Return the plan that deploys the policy at a second."""
    return [DEPLOY | {"at": f"{at} s"}]


def named(wanted):
    """Return the first made-up name that meets a condition."""
    return next(name for name in (f"N-{n}" for n in range(10_000)) if wanted(name))


@pytest.mark.rule("TIM-1")
def test_a_computer_that_is_off_receives_a_policy_when_it_is_switched_on(tmp_path):
    run = rehearsal(tmp_path, PC, assumptions=AT_WORK)

    assert told(run) == story("""
        0 member_added TIM-4 All
        3600 targeted Onboard All
        28800 policy_received TIM-1 Onboard
        28801 policy_evaluated UPL-1 Onboard
        28801 policy_applied UPL-1 Onboard
        28831 onboarded UPL-1 Onboard a
        28832 reported TIM-3
        29431 portal_seen MON-4
    """)


@pytest.mark.rule("TIM-1")
def test_a_poll_missed_overnight_is_caught_up_once_after_power_on(tmp_path):
    """Deployed on Monday evening; the hourly poll of the night is caught up at 8:00:01."""
    hourly = AT_WORK | SOON | {"policy_poll_interval": "60 min"}
    run = rehearsal(tmp_path, PC, plan=deployed(20 * HOUR), assumptions=hourly)

    assert phase("PC-1", "policy_poll_phase", HOUR) > 1
    assert told(run) == story("""
        0 member_added TIM-4 All
        72000 targeted Onboard All
        115201 policy_received TIM-1 Onboard
        115202 policy_evaluated UPL-1 Onboard
        115202 policy_applied UPL-1 Onboard
        115232 onboarded UPL-1 Onboard a
        115233 reported TIM-3
        115832 portal_seen MON-4
    """)


@pytest.mark.rule("TIM-1")
def test_after_the_poll_caught_up_the_hourly_ones_go_on_where_they_were(tmp_path):
    """The second policy comes after the poll of power-on and waits for the hour."""
    hourly = AT_WORK | SOON | {"policy_poll_interval": "60 min"}
    run = rehearsal(tmp_path, PC, plan=deployed(DAY + ON + 2), assumptions=hourly)

    poll = phase("PC-1", "policy_poll_phase", HOUR)
    assert when(run, "policy_received") == DAY + ON + poll


@pytest.mark.rule("TIM-1")
def test_a_missed_poll_is_caught_up_within_two_minutes_of_power_on(tmp_path):
    devices = [PC | {"name": f"M-{number:03d}"} for number in range(60)]
    hourly = HOURS | {"restart_interval_desktop": "36000 d"}
    run = rehearsal(tmp_path, devices, plan=deployed(20 * HOUR), horizon="3 d", assumptions=hourly)

    names = [device["name"] for device in devices]
    delays = [when(run, "policy_received", name) - (DAY + ON) for name in names]
    assert all(0 <= delay <= 120 for delay in delays)
    assert len(set(delays)) > 30
    assert max(delays) > 100


@pytest.mark.rule("TIM-1")
def test_a_poll_that_was_not_missed_is_not_caught_up(tmp_path):
    """A daily poll within the hours of work: power-on brings none before it."""
    daily = AT_WORK | SOON | {"policy_poll_interval": "24 h"}
    name = named(lambda name: ON + HOUR < phase(name, "policy_poll_phase", DAY) < OFF - HOUR)
    run = rehearsal(tmp_path, PC | {"name": name}, plan=deployed(20 * HOUR), assumptions=daily)

    assert when(run, "policy_received", name) == DAY + phase(name, "policy_poll_phase", DAY)


@pytest.mark.rule("TIM-1", "TIM-2")
def test_a_weekend_is_a_night_that_lasts_longer(tmp_path):
    """Deployed on Friday at 20:00, known on Monday."""
    run = rehearsal(tmp_path, PC, plan=deployed(4 * DAY + 20 * HOUR), assumptions=AT_WORK)

    assert told(run)[1:4] == story("""
        417600 targeted Onboard All
        633600 policy_received TIM-1 Onboard
        633601 policy_evaluated UPL-1 Onboard
    """)


@pytest.mark.rule("TIM-2")
def test_a_first_evaluation_missed_is_caught_up_after_power_on(tmp_path):
    """The policy came in the last second of Monday; its evaluation was due in the next."""
    run = rehearsal(tmp_path, PC, plan=deployed(OFF - 1), assumptions=AT_WORK | SOON)

    assert told(run) == story("""
        0 member_added TIM-4 All
        61199 targeted Onboard All
        61199 policy_received TIM-1 Onboard
        115201 policy_evaluated UPL-1 Onboard
        115201 policy_applied UPL-1 Onboard
        115231 onboarded UPL-1 Onboard a
        115232 reported TIM-3
        115831 portal_seen MON-4
    """)


@pytest.mark.rule("TIM-2")
def test_a_missed_evaluation_comes_within_two_hours_of_power_on(tmp_path):
    devices = [PC | {"name": f"M-{number:03d}"} for number in range(60)]
    run = rehearsal(tmp_path, devices, plan=deployed(OFF - 1), horizon="3 d", assumptions=AT_WORK)

    names = [device["name"] for device in devices]
    delays = [when(run, "policy_evaluated", name) - (DAY + ON) for name in names]
    assert all(0 < delay <= 2 * HOUR for delay in delays)
    assert max(delays) > 1.8 * HOUR
    assert min(delays) < 0.2 * HOUR


@pytest.mark.rule("TIM-2")
def test_a_scheduled_evaluation_missed_is_caught_up_and_the_grid_stays(tmp_path):
    """Every five days from Monday 16:59:51: Saturday's is caught up on Monday at 8:00:01."""
    device = PC | {"network": "blocked"}
    schedule = AT_WORK | SOON | {"evaluation_interval": "5 d"}
    run = rehearsal(tmp_path, device, plan=deployed(61_150), horizon="16 d", assumptions=schedule)

    assert told(run)[2:] == story("""
        61150 policy_received TIM-1 Onboard
        61151 policy_evaluated UPL-1 Onboard
        61151 policy_applied UPL-1 Onboard
        61181 onboarding_failed network_blocked FLT-2 Onboard
        61182 reported TIM-3
        633601 policy_evaluated UPL-1 Onboard
        633601 policy_applied UPL-1 Onboard
        633631 onboarding_failed network_blocked FLT-2 Onboard
        925151 policy_evaluated UPL-1 Onboard
        925151 policy_applied UPL-1 Onboard
        925181 onboarding_failed network_blocked FLT-2 Onboard
        1357151 policy_evaluated UPL-1 Onboard
        1357151 policy_applied UPL-1 Onboard
        1357181 onboarding_failed network_blocked FLT-2 Onboard
    """)


@pytest.mark.rule("TIM-3", "MON-4")
def test_state_messages_leave_while_the_computer_is_connected_only(tmp_path):
    """Onboarded in the last second of Monday: the portal knows at once, the console on Tuesday."""
    run = rehearsal(tmp_path, PC, plan=deployed(OFF - 32), assumptions=AT_WORK)

    assert told(run)[4:] == story("""
        61169 policy_applied UPL-1 Onboard
        61199 onboarded UPL-1 Onboard a
        61799 portal_seen MON-4
        115200 reported TIM-3
    """)
    assert value_of(run, "console", "onboarded", DAY) == 0
    assert value_of(run, "portal", "onboarded", DAY) == 1


@pytest.mark.rule("TIM-3")
def test_a_state_message_that_was_missed_waits_for_its_next_time(tmp_path):
    """Unlike polls it is not caught up at power-on."""
    slow = AT_WORK | {"state_message_interval": "15 min"}
    run = rehearsal(tmp_path, PC, plan=deployed(OFF - 32), assumptions=slow)

    first = phase("PC-1", "state_message_phase", 900)
    assert first > 0
    assert final(run)["reported_at"] == DAY + ON + first


def test_a_service_that_power_off_interrupts_starts_again_at_power_on(tmp_path):
    run = rehearsal(tmp_path, PC, plan=deployed(61_180), assumptions=AT_WORK)

    assert told(run)[2:] == story("""
        61180 policy_received TIM-1 Onboard
        61181 policy_evaluated UPL-1 Onboard
        61181 policy_applied UPL-1 Onboard
        115230 onboarded UPL-1 Onboard a
        115231 reported TIM-3
        115830 portal_seen MON-4
    """)


def test_an_installer_that_power_off_interrupts_begins_again_at_power_on(tmp_path):
    run = rehearsal(
        tmp_path, SERVER, plan=deployed(61_100), client_settings=MDE_CLIENT, assumptions=AT_WORK
    )

    assert told(run)[2:] == story("""
        61100 policy_received TIM-1 Onboard
        61101 policy_evaluated DWN-2 Onboard
        61112 content_downloaded DWN-2 Onboard
        61112 install_started DWN-2 Onboard
        115200 install_started DWN-2 Onboard
        115326 agent_installed DWN-2 Onboard
        115326 policy_applied DWN-2 Onboard
        115356 onboarded DWN-2 Onboard a
        115357 reported TIM-3
        115956 portal_seen MON-4
    """)
    assert verdict(run) == ("onboarded", "", "DWN-2")


def test_an_installer_that_fits_to_the_second_is_not_interrupted(tmp_path):
    """It begins 126 s before the computer goes off; the service starts on the next day."""
    run = rehearsal(
        tmp_path, SERVER, plan=deployed(61_062), client_settings=MDE_CLIENT, assumptions=AT_WORK
    )

    assert told(run)[3:] == story("""
        61063 policy_evaluated DWN-2 Onboard
        61074 content_downloaded DWN-2 Onboard
        61074 install_started DWN-2 Onboard
        61200 agent_installed DWN-2 Onboard
        61200 policy_applied DWN-2 Onboard
        115230 onboarded DWN-2 Onboard a
        115231 reported TIM-3
        115830 portal_seen MON-4
    """)


@pytest.mark.rule("TIM-2")
def test_a_retry_that_falls_into_the_night_comes_at_power_on(tmp_path):
    """The failure of 14:00 would be tried again at 2:00."""
    half = AT_WORK | {"install_retry_interval": "12 h"}
    device = SERVER | {"antivirus": "disabled"}
    run = rehearsal(
        tmp_path,
        device,
        plan=deployed(14 * HOUR),
        client_settings=MDE_CLIENT,
        horizon="2 d",
        assumptions=half,
    )

    assert [line for line in told(run) if "install_" in line] == story("""
        50412 install_started DWN-2 Onboard
        50538 install_failed antivirus_disabled DWN-5 Onboard
        115200 install_started DWN-2 Onboard
        115326 install_failed antivirus_disabled DWN-5 Onboard
    """)


def test_offboarding_that_power_off_interrupts_is_evaluated_again_at_power_on(tmp_path):
    ours = {"onboarded": "true", "organization": "contoso", "payload": "a"}
    run = rehearsal(
        tmp_path,
        PC | ours,
        packages=[{"name": "farewell", "kind": "offboarding", "organization": "contoso"}],
        policies=[{"name": "Offboard", "kind": "offboarding", "package": "farewell"}],
        plan=[{"at": "61180 s", "deploy": "Offboard", "to": ["All"]}],
        horizon="2 d",
        assumptions=AT_WORK,
    )

    assert told(run)[2:] == story("""
        61180 policy_received TIM-1 Offboard
        61181 policy_evaluated OFF-1 Offboard
        115200 policy_evaluated OFF-1 Offboard
        115230 offboarded OFF-1 Offboard
        115231 reported TIM-3
    """)
