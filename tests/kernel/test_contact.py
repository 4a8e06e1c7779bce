"""After onboarding: what ends a device's contact with the service, and what brings it back."""

import pytest

from tests.kernel.telling import (
    CALM,
    DEPLOY,
    EVERYBODY,
    FAREWELL,
    FIXED,
    HOURS,
    MDE_CLIENT,
    OFFBOARD,
    PACKAGE,
    POLICY,
    WORKSPACE,
    final,
    rehearsal,
    story,
    told,
    value_of,
    verdict,
)

HOUR, DAY, WEEK = 3600, 86_400, 604_800
PC = {"os": "windows-11-23h2", "chassis": "desktop"}
SERVER = {"os": "server-2012-r2", "fully_updated": "true"}
OURS = {"onboarded": "true", "organization": "contoso", "payload": "a"}
CURRENT = {"agent": "mma", "agent_version": "10.20.18069"}
VIEWS = ("device", "console", "portal")


def patch(at, name="fix", **traits):
    """Return a step that sets traits of everybody within a second."""
    return {"name": name, "at": at, "patch": traits, "on": ["All"], "within": "1 s"}


def seen(run, measure, at=None, **labels):
    """Return a measure as the device, the console and the portal have it at an instant."""
    return tuple(value_of(run, view, measure, at, **labels) for view in VIEWS)


def alone(tmp_path, device, *plan, **sections):
    """Run a plan over one device that was onboarded before the start; no policy is deployed."""
    return rehearsal(tmp_path, OURS | device, plan=list(plan), **sections)


@pytest.mark.rule("CON-1", "CON-2")
def test_a_network_that_is_cut_silences_the_device_in_that_second_and_opened_brings_it_back(
    tmp_path,
):
    """Inactive after a week in every view; the cause is known at once to device and console."""
    run = alone(tmp_path, PC, patch("1 d", network="blocked"), patch("10 d", "open", network="ok"))

    assert told(run) == story(f"""
        0 member_added TIM-4 All
        {DAY} remediated DWN-9 fix
        {DAY} contact_lost network_blocked CON-1
        {DAY + 1} reported TIM-3
        {DAY + WEEK} went_inactive MON-3
        {10 * DAY} remediated DWN-9 open
        {10 * DAY} contact_restored CON-1
        {10 * DAY} active_again MON-3
        {10 * DAY + 1} reported TIM-3
    """)
    assert seen(run, "blocked", DAY + 1, cause="network_blocked") == (1, 0, 0)
    assert seen(run, "blocked", DAY + 2, cause="network_blocked") == (1, 1, 0)
    assert seen(run, "healthy", DAY + WEEK) == (1, 1, 1)
    assert seen(run, "inactive", DAY + WEEK + 1) == (1, 1, 1)
    assert seen(run, "inactive", 10 * DAY + 1) == (0, 1, 0)
    assert seen(run, "onboarded") == seen(run, "healthy") == (1, 1, 1)
    assert verdict(run) == ("onboarded", "", "UPL-1")


@pytest.mark.rule("CON-1")
def test_a_cut_that_is_shorter_than_the_period_makes_nobody_inactive(tmp_path):
    run = alone(tmp_path, PC, patch("1 d", network="blocked"), patch("8 d", "open", network="ok"))

    assert told(run)[-3:] == story(f"""
        {8 * DAY} remediated DWN-9 open
        {8 * DAY} contact_restored CON-1
        {8 * DAY + 1} reported TIM-3
    """)


@pytest.mark.rule("CON-1", "CON-2")
@pytest.mark.parametrize(
    ("device", "traits", "cause"),
    [
        (SERVER | CURRENT, {"agent": "none"}, "agent_missing"),
        (SERVER | {"agent": "mde_client"}, {"agent": "mma"}, "agent_missing"),
        ({"os": "windows-8.1"} | CURRENT, {"agent": "mde_client"}, "agent_missing"),
        (SERVER | CURRENT, {"agent_version": "10.20.18028"}, "agent_outdated"),
        (PC, {"network": "blocked"}, "network_blocked"),
        (SERVER | CURRENT, {"network": "blocked"}, "network_blocked"),
        (SERVER | CURRENT, {"network": "blocked", "agent": "none"}, "agent_missing"),
        (SERVER | CURRENT, {"agent": "none", "agent_version": "10.19.1"}, "agent_missing"),
    ],
)
def test_each_impediment_ends_contact_and_its_end_brings_it_back(tmp_path, device, traits, cause):
    """It stays onboarded, and its cause says why it is silent."""
    back = {"network": "ok"} | {name: device[name] for name in CURRENT if name in device}
    run = alone(tmp_path, device, patch("1 d", **traits), patch("9 d", "back", **back))

    assert told(run)[1:] == story(f"""
        {DAY} remediated DWN-9 fix
        {DAY} contact_lost {cause} CON-1
        {DAY + 1} reported TIM-3
        {DAY + WEEK} went_inactive MON-3
        {9 * DAY} remediated DWN-9 back
        {9 * DAY} contact_restored CON-1
        {9 * DAY} active_again MON-3
        {9 * DAY + 1} reported TIM-3
    """)
    assert seen(run, "onboarded", 8 * DAY + 1) == (1, 1, 1)
    assert seen(run, "blocked", 8 * DAY + 1, cause=cause) == (1, 1, 0)
    assert seen(run, "inactive") == (0, 0, 0)


@pytest.mark.rule("CON-1", "MMA-5")
@pytest.mark.parametrize(("version", "silent"), [("10.20.18028", 1), ("10.20.18029", 0), ("", 0)])
def test_an_mma_that_was_old_before_the_start_is_silent_from_the_start(tmp_path, version, silent):
    old = SERVER | {"agent": "mma", "agent_version": version, "last_contact": "2026-03-01"}
    run = alone(tmp_path, old, assumptions=FIXED)

    lost = story(f"""
        0 contact_lost agent_outdated CON-1
        1 reported TIM-3
        {6 * DAY} went_inactive MON-3
    """)
    assert told(run)[1:] == (lost if silent else [])
    why = ("agent_outdated", "CON-1") if silent else ("", "MMA-1")
    assert verdict(run) == ("onboarded", *why)


@pytest.mark.rule("CON-1")
def test_a_device_that_joins_silent_loses_contact_in_the_second_of_joining(tmp_path):
    joins = PC | {"network": "blocked", "joined_at": "2026-03-03 00:00"}
    run = alone(tmp_path, joins, horizon="2 d")

    assert told(run) == story(f"""
        {DAY} joined awaiting_collection
        {DAY} contact_lost network_blocked CON-1
        {DAY + 1} reported TIM-3
        {DAY + 4 * HOUR} member_added TIM-4 All
    """)


@pytest.mark.rule("CON-1", "CON-2")
def test_of_several_impediments_the_cause_is_the_first_and_changes_with_them(tmp_path):
    plan = [
        patch("1 d", network="blocked"),
        patch("2 d", "gone", agent="none"),
        patch("3 d", "open", network="ok"),
        patch("4 d", "shut", network="blocked"),
        patch("5 d", "again", agent="mma"),
        patch("6 d", "all well", network="ok"),
    ]
    run = alone(tmp_path, SERVER | CURRENT, *plan)

    assert [line for line in told(run) if "remediated" not in line][1:] == story(f"""
        {DAY} contact_lost network_blocked CON-1
        {DAY + 1} reported TIM-3
        {2 * DAY} contact_lost agent_missing CON-1
        {2 * DAY + 1} reported TIM-3
        {5 * DAY} contact_lost network_blocked CON-1
        {5 * DAY + 1} reported TIM-3
        {6 * DAY} contact_restored CON-1
        {6 * DAY + 1} reported TIM-3
    """)


@pytest.mark.rule("CON-1", "CON-4")
@pytest.mark.parametrize(
    ("traits", "cause"),
    [({"agent": "mma"}, ""), ({"agent": "mde_client"}, ""), ({"agent": "none"}, "agent_missing")],
)
def test_a_server_with_both_agents_reports_through_either(tmp_path, traits, cause):
    """It registered by MMA before the start and by the MDE client on the first day."""
    run = alone(
        tmp_path,
        SERVER | CURRENT,
        DEPLOY,
        patch("2 d", **traits),
        client_settings=MDE_CLIENT,
        horizon="3 d",
    )

    lost = [line for line in told(run) if "contact" in line]
    assert lost == ([f"{2 * DAY} contact_lost {cause} CON-1"] if cause else [])


@pytest.mark.rule("CON-1", "MMA-5")
def test_where_both_agents_fail_the_newer_one_says_why(tmp_path):
    """MMA is too old and the MDE client is gone."""
    plan = [
        DEPLOY,
        patch("2 d", agent_version="10.19.1"),
        patch("3 d", "gone", agent="mma"),
    ]
    run = alone(tmp_path, SERVER | CURRENT, *plan, client_settings=MDE_CLIENT, horizon="4 d")

    assert [line for line in told(run) if "contact" in line] == [
        f"{3 * DAY} contact_lost agent_missing CON-1"
    ]


@pytest.mark.rule("CON-4", "FLT-2")
def test_from_mma_to_the_mde_client_is_a_registration_of_its_own(tmp_path):
    """Behind a blocked path it fails each week; then it succeeds, and uses the policy's payload."""
    plan = [DEPLOY, patch("8 d", network="ok")]
    cut = SERVER | CURRENT | {"network": "blocked", "payload": "old"}
    run = alone(tmp_path, cut, *plan, client_settings=MDE_CLIENT, horizon="16 d")

    assert told(run)[1:] == story(f"""
        0 contact_lost network_blocked CON-1
        1 reported TIM-3
        3600 targeted Onboard All
        3600 policy_received TIM-1 Onboard
        3601 policy_evaluated DWN-2 Onboard
        3612 content_downloaded DWN-2 Onboard
        3612 install_started DWN-2 Onboard
        3738 agent_installed DWN-2 Onboard
        3738 policy_applied DWN-2 Onboard
        3768 onboarding_failed network_blocked FLT-2 Onboard
        3769 reported TIM-3
        {WEEK} went_inactive MON-3
        608401 policy_evaluated DWN-7 Onboard
        608401 policy_applied DWN-7 Onboard
        608431 onboarding_failed network_blocked FLT-2 Onboard
        {8 * DAY} remediated DWN-9 fix
        {8 * DAY} contact_restored CON-1
        {8 * DAY} active_again MON-3
        {8 * DAY + 1} reported TIM-3
        1213201 policy_evaluated DWN-7 Onboard
        1213201 policy_applied DWN-7 Onboard
        1213231 onboarded DWN-7 Onboard a
        1213232 reported TIM-3
        1213831 portal_seen MON-4
    """)
    assert value_of(run, "device", "onboarded", 7 * DAY) == 1
    assert value_of(run, "device", "deployment", 7 * DAY, state="failed") == 1
    assert final(run)["payload_in_use"] == "a"
    assert verdict(run) == ("onboarded", "", "DWN-7")


@pytest.mark.rule("CON-4", "FLT-3")
def test_until_a_new_registration_succeeds_the_server_reports_through_mma(tmp_path):
    late = FIXED | CALM | {"service_start_failure_share": "100 %"}
    late |= {"service_start_retry_share": "100 %"}
    device = SERVER | CURRENT
    run = alone(
        tmp_path, device, DEPLOY, client_settings=MDE_CLIENT, faults="drawn", assumptions=late
    )

    assert not [line for line in told(run) if "contact" in line or "inactive" in line]
    assert verdict(run) == ("onboarded", "service_start_failed", "FLT-3")
    assert seen(run, "healthy") == (1, 1, 1)


@pytest.mark.rule("CON-4", "MMA-5")
def test_a_failed_new_registration_is_the_cause_whatever_ails_the_old_agent(tmp_path):
    old = SERVER | {"agent": "mma", "agent_version": "10.19.1", "network": "blocked"}
    run = alone(tmp_path, old, DEPLOY, client_settings=MDE_CLIENT, horizon="2 d")

    assert seen(run, "blocked", HOUR, cause="agent_outdated")[:2] == (1, 1)
    assert verdict(run) == ("onboarded", "network_blocked", "FLT-2")


@pytest.mark.rule("CON-1", "MMA-4", "MMA-6")
@pytest.mark.parametrize(("values", "cause"), [({"id": "wrong", "key": "present"}, "wrong")])
def test_workspace_values_reach_an_onboarded_mma_at_its_next_evaluation(tmp_path, values, cause):
    """Spoiled on the second day and put right on the ninth: felt a week after the first one."""
    plan = [
        DEPLOY,
        {"at": "2 d", "set_workspace": "Onboard"} | values,
        {"at": "9 d", "set_workspace": "Onboard"} | WORKSPACE,
    ]
    run = alone(tmp_path, SERVER | CURRENT, *plan, policy={"workspace": WORKSPACE}, horizon="18 d")

    assert told(run)[3:] == story(f"""
        3601 policy_evaluated MMA-1 Onboard
        3601 policy_applied MMA-1 Onboard
        3602 reported TIM-3
        608401 policy_evaluated MMA-1 Onboard
        608401 policy_applied MMA-1 Onboard
        608401 contact_lost workspace_{cause} CON-1
        608402 reported TIM-3
        1213201 went_inactive MON-3
        1213201 policy_evaluated MMA-1 Onboard
        1213201 policy_applied MMA-1 Onboard
        1213201 contact_restored CON-1
        1213201 active_again MON-3
        1213202 reported TIM-3
    """)


@pytest.mark.rule("CON-1", "MMA-7")
def test_workspace_values_do_not_matter_to_a_device_off_the_mma_route(tmp_path):
    plan = [DEPLOY, {"at": "2 d", "set_workspace": "Onboard", "id": "wrong", "key": "wrong"}]
    run = rehearsal(tmp_path, [PC | OURS, SERVER | OURS | {"agent": "mde_client"}], plan=plan)

    for device in ("PC-1", "PC-2"):
        assert not [line for line in told(run, device) if "contact" in line]


@pytest.mark.rule("CON-1")
def test_an_agent_that_is_installed_again_reports_without_a_new_onboarding(tmp_path):
    plan = [DEPLOY, patch("2 d", agent="none")]
    run = alone(tmp_path, SERVER | CURRENT, *plan, policy={"workspace": WORKSPACE}, horizon="9 d")

    assert told(run)[6:] == story(f"""
        {2 * DAY} remediated DWN-9 fix
        {2 * DAY} contact_lost agent_missing CON-1
        {2 * DAY + 1} reported TIM-3
        608401 policy_evaluated MMA-1 Onboard
        608405 content_downloaded MMA-1 Onboard
        608405 install_started MMA-1 Onboard
        608465 agent_installed MMA-1 Onboard
        608465 contact_restored CON-1
        608465 policy_applied MMA-1 Onboard
        608466 reported TIM-3
    """)
    assert verdict(run) == ("onboarded", "", "MMA-1")


@pytest.mark.rule("CON-1")
def test_a_cut_while_the_computer_is_off_counts_from_its_last_contact(tmp_path):
    """On from eight to five; presence and network change on Saturday, when it is off."""
    plan = [
        patch("5 d 12:00", presence="rare", network="blocked"),
        patch("14 d 12:00", "back", presence="always_on", network="ok"),
    ]
    office = PC | {"presence": "office"}
    hours = FIXED | HOURS | {"rare_attendance_share": "0 %"}
    run = alone(tmp_path, office, *plan, assumptions=hours)

    friday, lost, back = 4 * DAY + 17 * HOUR, 5 * DAY + 12 * HOUR, 14 * DAY + 12 * HOUR
    assert told(run)[1:] == story(f"""
        {lost} remediated DWN-9 fix
        {lost} contact_lost network_blocked CON-1
        {friday + WEEK} went_inactive MON-3
        {back} remediated DWN-9 back
        {back} reported TIM-3
        {back} contact_restored CON-1
        {back} active_again MON-3
        {back + 1} reported TIM-3
    """)


@pytest.mark.rule("CON-1", "MON-3")
def test_an_impediment_that_ends_while_the_computer_is_off_ends_when_it_is_on(tmp_path):
    plan = [
        patch("1 d 12:00", network="blocked"),
        patch("2 d 20:00", "open", presence="office", network="ok"),
    ]
    run = alone(tmp_path, PC, *plan, assumptions=FIXED | HOURS, horizon="5 d")

    assert told(run)[-3:] == story(f"""
        {2 * DAY + 20 * HOUR} remediated DWN-9 open
        {3 * DAY + 8 * HOUR} contact_restored CON-1
        {3 * DAY + 8 * HOUR + 1} reported TIM-3
    """)


@pytest.mark.rule("CON-1", "MON-3")
def test_presence_that_changes_while_the_network_is_cut_changes_nothing(tmp_path):
    plan = [
        patch("1 d", network="blocked"),
        patch("3 d", "away", presence="off"),
        patch("4 d", "back", presence="always_on"),
    ]
    run = alone(tmp_path, PC, *plan, horizon="9 d")

    assert told(run)[-3:] == story(f"""
        {3 * DAY} remediated DWN-9 away
        {4 * DAY} remediated DWN-9 back
        {DAY + WEEK} went_inactive MON-3
    """)


@pytest.mark.rule("MON-3", "CON-1")
def test_a_computer_that_comes_back_for_good_is_active_again_in_that_second(tmp_path):
    plan = [patch("10 d", presence="always_on")]
    run = alone(tmp_path, PC | {"presence": "off"}, *plan)

    assert told(run)[1:] == story(f"""
        {WEEK} went_inactive MON-3
        {10 * DAY} remediated DWN-9 fix
        {10 * DAY} active_again MON-3
        {10 * DAY + 1} reported TIM-3
    """)


@pytest.mark.rule("MON-3", "CON-1")
def test_a_computer_that_goes_for_good_is_inactive_a_week_after_that_second(tmp_path):
    run = alone(tmp_path, PC, patch("10 d", presence="off"))

    assert told(run)[1:] == story(f"""
        {10 * DAY} remediated DWN-9 fix
        {10 * DAY + WEEK} went_inactive MON-3
    """)


@pytest.mark.rule("CON-1", "FLT-6")
def test_a_network_that_is_cut_while_the_service_is_stopped_keeps_it_silent_after_the_repair(
    tmp_path,
):
    """The cause changes with the recovery, and contact returns with the network alone."""
    repair = FIXED | CALM | {"sensor_repair_mean": "1 d"}
    stopped = PC | {"sensor_running": "false"}
    plan = [patch("60 s", network="blocked"), patch("20 d", "open", network="ok")]
    run = alone(tmp_path, stopped, *plan, faults="drawn", assumptions=repair)

    lines = told(run)
    recovers = next(int(line.split()[0]) for line in lines if "agent_recovered" in line)
    assert 60 < recovers < 6 * DAY
    assert lines[1:] == story(f"""
        0 contact_lost service_stopped CON-1
        1 reported TIM-3
        60 remediated DWN-9 fix
        {recovers} agent_recovered service_stopped FLT-6
        {recovers} contact_lost network_blocked CON-1
        {recovers + 1} reported TIM-3
        {WEEK} went_inactive MON-3
        {20 * DAY} remediated DWN-9 open
        {20 * DAY} contact_restored CON-1
        {20 * DAY} active_again MON-3
        {20 * DAY + 1} reported TIM-3
    """)
    assert seen(run, "agent_stopped", 60) == (1, 1, 0)
    assert seen(run, "agent_stopped", recovers + 2) == (0, 0, 0)


def left(tmp_path, device, *plan, **sections):
    """Run a plan with both policies over one device that was onboarded before the start."""
    return alone(
        tmp_path,
        device,
        *plan,
        packages=[PACKAGE, FAREWELL],
        policies=[POLICY, OFFBOARD],
        **sections,
    )


@pytest.mark.rule("OFF-3", "CON-5", "CON-1")
@pytest.mark.parametrize(("cut", "shown"), [("2 d", [f"{2 * DAY + WEEK} went_inactive OFF-3"])])
def test_a_device_that_is_offboarded_while_cut_off_is_inactive_a_week_after_its_last_contact(
    tmp_path, cut, shown
):
    plan = [patch(cut, network="blocked"), {"at": "5 d", "deploy": "Offboard", "to": ["All"]}]
    run = left(tmp_path, PC, *plan)

    assert (
        told(run)[4:]
        == story(f"""
        {5 * DAY} targeted Offboard All
        {5 * DAY} policy_received TIM-1 Offboard
        {5 * DAY + 1} policy_evaluated OFF-1 Offboard
        {5 * DAY + 31} offboarded OFF-1 Offboard
        {5 * DAY + 32} reported TIM-3
    """)
        + shown
    )
    assert seen(run, "inactive") == (0, 0, 1)
    assert verdict(run) == ("offboarded", "", "OFF-1")


@pytest.mark.rule("OFF-3", "CON-5")
def test_a_record_that_is_inactive_before_the_offboarding_stays_so(tmp_path):
    plan = [patch("2 d", network="blocked"), {"at": "12 d", "deploy": "Offboard", "to": ["All"]}]
    run = left(tmp_path, PC, *plan)

    assert [line for line in told(run) if "inactive" in line] == [
        f"{2 * DAY + WEEK} went_inactive MON-3"
    ]
    assert seen(run, "inactive") == (0, 0, 1)


@pytest.mark.rule("CON-5")
@pytest.mark.parametrize(
    ("plan", "rows"),
    [
        ([], [f"{12 * DAY} went_inactive CON-5", f"{25 * DAY} portal_removed CON-5"]),
        (
            [patch("2 d", network="blocked")],
            [f"{9 * DAY} went_inactive CON-5", f"{22 * DAY} portal_removed CON-5"],
        ),
    ],
)
def test_the_portal_keeps_a_retired_device_until_it_was_silent_for_long(tmp_path, plan, rows):
    """As it was, then inactive, then gone; the console loses it at once."""
    run = alone(
        tmp_path,
        PC | {"retired_at": "2026-03-07 00:00"},
        *plan,
        rules={"portal_retention": "20 d"},
    )

    assert told(run)[-3:] == [f"{5 * DAY} retired", *rows]
    assert seen(run, "onboarded", 5 * DAY) == (0, 0, 1)
    assert seen(run, "inactive", 13 * DAY) == (0, 0, 1)
    assert seen(run, "onboarded", 20 * DAY) == (0, 0, 1)
    assert seen(run, "onboarded") == seen(run, "inactive") == (0, 0, 0)
    assert run.summary["portal"] == {"onboarded": 0, "inactive": 0}


@pytest.mark.rule("CON-5", "OFF-3")
def test_the_portal_drops_an_offboarded_device_and_lists_it_anew(tmp_path):
    plan = [
        {"at": "1 d", "deploy": "Offboard", "to": ["All"]},
        {"at": "12 d", "undeploy": "Offboard", "from": ["All"]},
        {"at": "13 d", "deploy": "Onboard", "to": ["All"]},
    ]
    run = left(tmp_path, PC, *plan, rules={"portal_retention": "10 d"})

    assert told(run)[4:8] == story(f"""
        {DAY + 31} offboarded OFF-1 Offboard
        {DAY + 32} reported TIM-3
        {8 * DAY + 31} went_inactive OFF-3
        {11 * DAY + 31} portal_removed CON-5
    """)
    assert seen(run, "onboarded", 12 * DAY) == (0, 0, 0)
    assert told(run)[-1] == f"{13 * DAY + 631} portal_seen MON-4"
    assert seen(run, "onboarded") == (1, 1, 1)


@pytest.mark.rule("CON-5")
def test_the_portal_has_no_record_of_who_never_onboarded(tmp_path):
    gone = PC | {"retired_at": "2026-03-07 00:00"}
    run = rehearsal(tmp_path, gone, plan=[])

    assert told(run)[-1] == f"{5 * DAY} retired"
    assert seen(run, "eligible") == (0, 0, 0)


@pytest.mark.rule("CON-3")
@pytest.mark.parametrize("client", ["inactive", "broken"])
def test_where_the_configmgr_client_does_not_work_the_consoles_picture_ages(tmp_path, client):
    """The portal still hears of the device; repaired, the client tells the console."""
    plan = [patch("2 d", client=client), patch("12 d", "repair", client="active")]
    run = alone(tmp_path, PC, *plan)

    assert told(run)[1:] == story(f"""
        {2 * DAY} remediated DWN-9 fix
        {2 * DAY + WEEK} went_inactive CON-3
        {12 * DAY} remediated DWN-9 repair
        {12 * DAY + 1} reported TIM-3
    """)
    assert seen(run, "inactive", 2 * DAY + WEEK + 1) == (0, 1, 0)
    assert seen(run, "healthy", 2 * DAY + WEEK + 1) == (1, 0, 1)
    assert seen(run, "healthy") == (1, 1, 1)


@pytest.mark.rule("CON-3")
def test_the_picture_of_a_client_that_was_broken_before_the_start_ages_from_the_last_contact(
    tmp_path,
):
    device = PC | {"client": "broken", "last_contact": "2026-03-01"}
    run = alone(tmp_path, device)

    assert told(run)[1:] == [f"{6 * DAY} went_inactive CON-3"]
    assert seen(run, "inactive") == (0, 1, 0)


@pytest.mark.rule("CON-3", "MON-3")
def test_a_device_that_is_silent_itself_is_inactive_once(tmp_path):
    run = alone(tmp_path, PC, patch("2 d", client="broken", network="blocked"))

    assert [line for line in told(run) if "inactive" in line] == [
        f"{2 * DAY + WEEK} went_inactive MON-3"
    ]


@pytest.mark.rule("CON-3", "TIM-3")
def test_a_state_that_has_not_left_when_the_client_breaks_leaves_when_it_works_again(tmp_path):
    hourly = FIXED | {"state_message_interval": "60 min"}
    plan = [
        patch("2 d", network="blocked"),
        patch("172801 s", "break", client="broken"),
        patch("3 d", "repair", client="active"),
    ]
    run = alone(tmp_path, PC, *plan, assumptions=hourly, horizon="4 d")

    assert [line for line in told(run) if "reported" in line] == [
        line for line in told(run)[-1:] if 3 * DAY < int(line.split()[0]) <= 3 * DAY + HOUR
    ]
    assert "reported" in told(run)[-1]


@pytest.mark.rule("UPG-1")
@pytest.mark.parametrize(
    ("device", "os"),
    [
        ({"os": "windows-10-22h2"}, "windows-11-24h2"),
        ({"os": "windows-11-23h2"}, "windows-11-25h2"),
        ({"os": "server-2019"}, "server-2022"),
    ],
)
def test_an_upgrade_keeps_the_onboarding_of_a_system_with_its_own_sensor(tmp_path, device, os):
    run = alone(tmp_path, device, DEPLOY, patch("2 d", os=os), horizon="20 d")

    assert told(run)[6:] == [f"{2 * DAY} remediated DWN-9 fix"]
    assert seen(run, "healthy") == (1, 1, 1)
    assert value_of(run, "device", "onboarded", os=os) == 1
    assert value_of(run, "device", "onboarded", 2 * DAY, os=device["os"]) == 1
    assert final(run)["os"] == os


@pytest.mark.rule("UPG-1", "CON-2")
@pytest.mark.parametrize("agent", ["mma", "mde_client"])
def test_a_server_upgraded_with_its_agent_is_silent_until_it_is_onboarded_anew(tmp_path, agent):
    plan = [
        patch("1 d", os="server-2019"),
        {"at": "10 d", "deploy": "Offboard", "to": ["All"]},
        {"at": "11 d", "undeploy": "Offboard", "from": ["All"]},
        {"at": "12 d", "deploy": "Onboard", "to": ["All"]},
    ]
    run = left(tmp_path, SERVER | CURRENT | {"agent": agent}, *plan)

    lines = [line for line in told(run) if "targeted" not in line and "received" not in line]
    removed = [f"{10 * DAY + 31} agent_removed OFF-1 Offboard"] if agent == "mma" else []
    assert lines[1:] == story(f"""
        {DAY} remediated DWN-9 fix
        {DAY} contact_lost service_stopped CON-1
        {DAY + 1} reported TIM-3
        {DAY + WEEK} went_inactive MON-3
        {10 * DAY + 1} policy_evaluated OFF-1 Offboard
        {10 * DAY + 31} offboarded OFF-1 Offboard
    """) + removed + story(f"""
        {10 * DAY + 32} reported TIM-3
        {12 * DAY + 1} policy_evaluated UPL-1 Onboard
        {12 * DAY + 1} policy_applied UPL-1 Onboard
        {12 * DAY + 31} onboarded UPL-1 Onboard a
        {12 * DAY + 32} reported TIM-3
        {12 * DAY + 631} portal_seen MON-4
    """)
    assert seen(run, "agent_stopped", 9 * DAY) == (1, 1, 0)
    assert seen(run, "inactive", 9 * DAY) == (0, 0, 1)
    assert seen(run, "blocked", 9 * DAY, cause="service_stopped") == (1, 1, 0)
    assert seen(run, "healthy") == (1, 1, 1)


@pytest.mark.rule("UPG-1", "TIM-4")
def test_build_kind_and_collections_follow_an_upgrade(tmp_path):
    collections = [
        EVERYBODY,
        {"name": "Old", "members": "build < 20000", "evaluation": "incremental"},
        {"name": "New", "members": "build == 22631", "evaluation": "incremental"},
    ]
    run = alone(
        tmp_path,
        {"os": "windows-10-22h2", "edition": "pro"},
        patch("1 d", os="windows-11-23h2"),
        collections=collections,
        horizon="2 d",
    )

    assert told(run)[-2:] == story(f"""
        {DAY + 300} member_removed TIM-4 Old
        {DAY + 300} member_added TIM-4 New
    """)


@pytest.mark.rule("CON-1")
def test_an_older_change_that_waits_for_power_comes_before_that_which_switches_the_device_on(
    tmp_path,
):
    """The value of the later step stands, as if the computer had been on all the time."""
    run = alone(
        tmp_path,
        PC | {"presence": "off"},
        patch("1 d", "shut", network="blocked"),
        patch("10 d", "open", network="ok", presence="always_on"),
    )

    assert [line for line in told(run) if "remediated" in line or "contact" in line] == story(f"""
        {10 * DAY} remediated DWN-9 shut
        {10 * DAY} contact_lost network_blocked CON-1
        {10 * DAY} remediated DWN-9 open
        {10 * DAY} contact_restored CON-1
    """)
    assert seen(run, "protected") == (1, 1, 1)


@pytest.mark.rule("CON-1", "MON-3")
def test_a_device_that_is_cut_off_in_the_second_of_power_on_has_had_no_contact(tmp_path):
    """The inactive period counts from its last contact, not from the power-on."""
    run = alone(
        tmp_path,
        PC | {"presence": "always_on"},
        patch("1 d", "off", presence="off"),
        patch("3 d", "on again", network="blocked", presence="always_on"),
    )

    assert [line for line in told(run) if "inactive" in line] == [
        f"{DAY + WEEK} went_inactive MON-3"
    ]


@pytest.mark.rule("CON-5")
def test_a_record_that_the_portal_has_dropped_changes_no_more(tmp_path):
    """Retention may be shorter than the inactive period."""
    retires = PC | {"retired_at": "2026-03-05 00:00"}
    run = alone(tmp_path, retires, rules={"portal_retention": "1 d"})

    assert [line for line in told(run) if "CON-5" in line] == [f"{4 * DAY} portal_removed CON-5"]


@pytest.mark.rule("UPG-1", "DWN-2")
def test_a_device_that_becomes_a_down_level_server_downloads_its_agent_at_once(tmp_path):
    """Whatever it was before, it shares the distribution points with all others."""
    devices = [{"os": "server-2019", "name": "A"}, {"os": "server-2016", "name": "B"}]
    run = rehearsal(
        tmp_path,
        devices,
        plan=[patch("1 d", os="server-2016"), DEPLOY | {"at": "2 d"}],
        client_settings=MDE_CLIENT,
    )
    (evaluated,) = (int(line.split()[0]) for line in told(run, "A") if "policy_evaluated" in line)
    (downloaded,) = (int(line.split()[0]) for line in told(run, "A") if "content_down" in line)

    assert 0 < downloaded - evaluated < HOUR
