"""Stories of offboarding: back again, never onboarded, files that do not work."""

import pytest

from tests.kernel.telling import (
    DEPLOY,
    FAREWELL,
    FIXED,
    HOURS,
    OFFBOARD,
    PACKAGE,
    POLICY,
    final,
    rehearsal,
    story,
    told,
    told_of_plan,
    value_of,
    verdict,
)
from tests.kernel.test_onboarding import BOTH, OURS, PC, deploy, undeploy


@pytest.mark.rule("OFF-1", "UPL-1")
def test_a_device_offboarded_and_onboarded_again_tells_everything_again(tmp_path):
    plan = [
        DEPLOY,
        undeploy("Onboard", "2 d"),
        deploy("Offboard", "3 d"),
        undeploy("Offboard", "4 d"),
        deploy("Onboard", "5 d"),
    ]
    run = rehearsal(tmp_path, PC, plan=plan, **BOTH)

    assert told(run)[8:] == story("""
        172800 untargeted Onboard All
        259200 targeted Offboard All
        259200 policy_received TIM-1 Offboard
        259201 policy_evaluated OFF-1 Offboard
        259231 offboarded OFF-1 Offboard
        259232 reported TIM-3
        345600 untargeted Offboard All
        432000 targeted Onboard All
        432000 policy_received TIM-1 Onboard
        432001 policy_evaluated UPL-1 Onboard
        432001 policy_applied UPL-1 Onboard
        432031 onboarded UPL-1 Onboard a
        432032 reported TIM-3
        432631 portal_seen MON-4
    """)
    assert final(run)["portal_at"] == 432_631


@pytest.mark.rule("OFF-1")
def test_an_offboarding_policy_settles_a_device_that_never_onboarded(tmp_path):
    run = rehearsal(tmp_path, PC | {"agent": "mma"}, plan=[deploy("Offboard", "1 h")], **BOTH)

    assert told(run)[2:] == story("""
        3600 policy_received TIM-1 Offboard
        3601 policy_evaluated OFF-1 Offboard
        3631 offboarded OFF-1 Offboard
        3631 agent_removed OFF-1 Offboard
        3632 reported TIM-3
    """)
    assert verdict(run) == ("offboarded", "", "OFF-1")
    assert final(run)["agent"] == "none"


@pytest.mark.rule("OFF-1")
@pytest.mark.parametrize("device", [{"os": "windows-7"}, {"os": "server-2012"}])
def test_an_offboarding_policy_leaves_alone_what_never_could_onboard(tmp_path, device):
    run = rehearsal(tmp_path, device, plan=[deploy("Offboard", "1 h")], **BOTH)

    assert told(run)[-1] == "3600 policy_received TIM-1 Offboard"
    assert verdict(run) == ("not_eligible", "os_not_supported", "OS-1")


@pytest.mark.rule("OFF-2", "OFF-4")
@pytest.mark.parametrize(
    ("package", "cause", "rule"),
    [
        ({"downloaded": "2026-01-30"}, "offboarding_expired", "OFF-2"),
        ({"organization": "fabrikam"}, "other_organization", "OFF-4"),
        ({"systems": "windows_7_8_1"}, "payload_not_eligible", "OFF-5"),
    ],
)
def test_an_offboarding_file_that_does_not_work_leaves_the_device_onboarded(
    tmp_path, package, cause, rule
):
    run = rehearsal(
        tmp_path,
        OURS,
        plan=[deploy("Offboard", "1 h")],
        packages=[PACKAGE, FAREWELL | package],
        policies=[POLICY, OFFBOARD],
        horizon="8 d",
    )

    assert told(run)[3:] == story(f"""
        3601 policy_evaluated OFF-1 Offboard
        3601 offboarding_failed {cause} {rule} Offboard
        3602 reported TIM-3
        608401 policy_evaluated OFF-1 Offboard
        608401 offboarding_failed {cause} {rule} Offboard
    """)
    assert verdict(run) == ("onboarded", cause, rule)


LEAVE = deploy("Offboard", "1 h")
UNTIL_22_MARCH = {"downloaded": "2026-02-20"}
"""Valid through the end of 22 March, a Sunday; the runs start on Monday, 2 March."""


def left(tmp_path, device, *, package=None, plan=(LEAVE,), **sections):
    """Run an offboarding with a package."""
    packages = [PACKAGE, FAREWELL | (package or {})]
    sections = {"packages": packages, "policies": [POLICY, OFFBOARD], "horizon": "8 d"} | sections
    return rehearsal(tmp_path, device, plan=list(plan), **sections)


@pytest.mark.rule("OFF-1")
@pytest.mark.parametrize(
    ("agent", "removed", "rest"),
    [
        ("mma", ["3631 agent_removed OFF-1 Offboard"], "none"),
        ("mma_and_mde_client", ["3631 agent_removed OFF-1 Offboard"], "mde_client"),
        ("mde_client", [], "mde_client"),
    ],
)
def test_offboarding_removes_mma_and_leaves_the_mde_client(tmp_path, agent, removed, rest):
    server = OURS | {"os": "server-2016", "agent": agent}
    run = left(tmp_path, server)

    assert told(run) == [
        "0 member_added TIM-4 All",
        "3600 targeted Offboard All",
        "3600 policy_received TIM-1 Offboard",
        "3601 policy_evaluated OFF-1 Offboard",
        "3631 offboarded OFF-1 Offboard",
        *removed,
        "3632 reported TIM-3",
        "608431 went_inactive OFF-3",
    ]
    assert final(run)["agent"] == rest
    assert verdict(run) == ("offboarded", "", "OFF-1")


@pytest.mark.rule("OFF-5")
@pytest.mark.parametrize(
    ("systems", "system"),
    [
        ("windows_7_8_1", "windows-8.1"),
        ("server_2008_r2_2012_r2_2016", "server-2012-r2"),
        ("server_2008_r2_2012_r2_2016", "server-2016"),
    ],
)
def test_a_file_for_other_systems_offboards_its_own_and_leaves_mma(tmp_path, systems, system):
    device = OURS | {"os": system, "agent": "mma"}
    run = left(tmp_path, device, package={"systems": systems})

    assert told(run)[3:] == story("""
        3601 policy_evaluated OFF-1 Offboard
        3631 offboarded OFF-1 Offboard
        3632 reported TIM-3
        608431 went_inactive OFF-3
    """)
    assert final(run)["agent"] == "mma"


@pytest.mark.rule("OFF-5")
@pytest.mark.parametrize(
    ("systems", "system"),
    [
        ("windows_7_8_1", "server-2016"),
        ("server_2008_r2_2012_r2_2016", "windows-8.1"),
        ("server_2008_r2_2012_r2_2016", "server-2019"),
        ("server_1803_2019_2022", "windows-11-24h2"),
        ("server_1803_2019_2022", "server-2016"),
    ],
)
def test_a_file_for_other_systems_does_nothing_to_the_rest(tmp_path, systems, system):
    run = left(tmp_path, OURS | {"os": system}, package={"systems": systems}, horizon="2 d")

    assert told(run)[3:] == story("""
        3601 policy_evaluated OFF-1 Offboard
        3601 offboarding_failed payload_not_eligible OFF-5 Offboard
        3602 reported TIM-3
    """)
    assert verdict(run) == ("onboarded", "payload_not_eligible", "OFF-5")


@pytest.mark.rule("OFF-2")
@pytest.mark.parametrize(
    ("at", "zone", "status"),
    [
        ("1814398 s", "UTC", "offboarded"),
        ("1814399 s", "UTC", "onboarded"),
        ("20 d 23:59", "America/New_York", "offboarded"),
        ("21 d 00:00", "America/New_York", "onboarded"),
    ],
)
def test_a_file_is_good_to_the_end_of_its_last_day_by_the_sites_clock(tmp_path, at, zone, status):
    """Applied a second after its deployment, which is what counts; the device is elsewhere."""
    run = left(
        tmp_path,
        OURS | {"location": "TYO"},
        package=UNTIL_22_MARCH,
        plan=[deploy("Offboard", at)],
        site={"time_zone": zone, "organization": "contoso"},
        locations=[{"name": "TYO", "time_zone": "Asia/Tokyo"}],
        horizon="24 d",
    )

    assert final(run)["status"] == status
    assert final(run)["cause"] == ("" if status == "offboarded" else "offboarding_expired")


@pytest.mark.rule("OFF-2", "TIM-2")
def test_a_file_expires_between_its_deployment_and_a_devices_return(tmp_path):
    """Deployed on Friday evening: what is on goes at once, what is off until Monday never does."""
    office = OURS | {"chassis": "desktop", "presence": "office"}
    run = left(
        tmp_path,
        [OURS, office],
        package=UNTIL_22_MARCH,
        plan=[deploy("Offboard", "18 d 18:00")],
        assumptions=FIXED | HOURS,
        horizon="29 d",
    )

    assert told(run, "PC-1")[3:5] == story("""
        1620001 policy_evaluated OFF-1 Offboard
        1620031 offboarded OFF-1 Offboard
    """)
    assert told(run, "PC-2") == story("""
        0 member_added TIM-4 All
        1620000 targeted Offboard All
        1843200 policy_received TIM-1 Offboard
        1843201 policy_evaluated OFF-1 Offboard
        1843201 offboarding_failed offboarding_expired OFF-2 Offboard
        1843202 reported TIM-3
        2448001 policy_evaluated OFF-1 Offboard
        2448001 offboarding_failed offboarding_expired OFF-2 Offboard
    """)
    assert verdict(run, "PC-2") == ("onboarded", "offboarding_expired", "OFF-2")


@pytest.mark.rule("OFF-2", "TIM-2")
def test_a_file_that_is_renewed_by_an_update_lets_the_failed_device_go(tmp_path):
    renewed = FAREWELL | {"name": "again", "downloaded": "2026-03-04"}
    run = left(
        tmp_path,
        OURS,
        plan=[LEAVE, {"name": "renew", "at": "3 d", "update": "Offboard", "package": "again"}],
        packages=[PACKAGE, FAREWELL | {"downloaded": "2026-01-30"}, renewed],
        horizon="13 d",
    )

    assert told(run)[3:] == story("""
        3601 policy_evaluated OFF-1 Offboard
        3601 offboarding_failed offboarding_expired OFF-2 Offboard
        3602 reported TIM-3
        608401 policy_evaluated OFF-1 Offboard
        608431 offboarded OFF-1 Offboard
        608432 reported TIM-3
    """)
    assert told_of_plan(run)[1] == "259200 step_done Offboard renew"


@pytest.mark.rule("OFF-2")
@pytest.mark.parametrize(("validity", "status"), [("7 d", "onboarded"), ("60 d", "offboarded")])
def test_how_long_a_file_is_good_is_a_switch(tmp_path, validity, status):
    """Downloaded 29 days before it is applied."""
    run = left(
        tmp_path,
        OURS,
        package={"downloaded": "2026-02-01"},
        rules={"offboarding_validity": validity},
    )

    assert final(run)["status"] == status


@pytest.mark.rule("OFF-1", "OFF-2")
def test_an_update_of_a_farewell_that_is_done_does_nothing(tmp_path):
    renewed = FAREWELL | {"name": "again"}
    plan = [LEAVE, {"at": "3 d", "update": "Offboard", "package": "again"}]
    run = left(tmp_path, OURS, plan=plan, packages=[PACKAGE, FAREWELL, renewed], horizon="16 d")

    assert told(run)[4:] == story("""
        3631 offboarded OFF-1 Offboard
        3632 reported TIM-3
        608431 went_inactive OFF-3
    """)


@pytest.mark.rule("OFF-3", "OFF-1")
def test_the_portal_still_lists_an_offboarded_device_until_it_has_been_silent(tmp_path):
    run = left(tmp_path, OURS, horizon="10 d")

    assert value_of(run, "portal", "inactive", 608_431) == 0
    assert value_of(run, "portal", "inactive", 608_432) == 1
    assert value_of(run, "console", "offboarded", 3633) == 1


@pytest.mark.rule("POL-8", "MMA-7")
def test_an_offboarding_policy_asks_for_neither_workspace_nor_sample_sharing(tmp_path):
    """Whatever a scenario says about them under such a policy has no effect."""
    device = OURS | {"os": "windows-8.1", "agent": "mma"}
    odd = OFFBOARD | {"workspace": "swapped", "sample_sharing": "none"}
    run = left(tmp_path, device)
    other = left(tmp_path, device, policies=[POLICY, odd])

    assert run.log.digest == other.log.digest
    assert run.outcomes == other.outcomes
    assert final(other)["sample_sharing"] == ""
