"""What an edited collection means for the policies and settings that are deployed to it."""

import pytest

from tests.kernel.telling import (
    DEPLOY,
    EVERYBODY,
    FAREWELL,
    OFFBOARD,
    PACKAGE,
    POLICY,
    WORKSPACE,
    rehearsal,
    story,
    told,
    verdict,
)
from tests.kernel.test_collections_edited import EXCLUDE, ONE, PC


@pytest.mark.rule("POL-5", "POL-7")
def test_an_exclusion_may_end_a_conflict(tmp_path):
    """Under both kinds it stays; taken out of the farewell's collection it is applied anew."""
    plan = [DEPLOY, {"at": "2 h", "deploy": "Offboard", "to": ["Leaving"]},
            EXCLUDE | {"at": "8 d", "from": "Leaving"}]  # fmt: skip
    run = rehearsal(
        tmp_path,
        PC,
        plan=plan,
        collections=[EVERYBODY, ONE, {"name": "Leaving", "members": "managed"}],
        packages=[PACKAGE, FAREWELL],
        policies=[POLICY, OFFBOARD],
    )

    assert told(run)[10:] == story("""
        7200 targeted Offboard Leaving
        7200 policy_received TIM-1 Offboard
        7201 policy_conflict policy_conflict POL-5 Offboard
        7202 reported TIM-3
        608401 policy_conflict policy_conflict POL-5 Onboard
        608402 reported TIM-3
        691200 member_removed TIM-4 Leaving
        691200 untargeted Offboard Leaving
        1213201 policy_evaluated UPL-1 Onboard
        1213201 policy_applied UPL-1 Onboard
        1213202 reported TIM-3
    """)
    assert verdict(run) == ("onboarded", "", "UPL-1")


@pytest.mark.rule("POL-5", "OFF-1", "POL-7")
def test_a_device_excluded_from_its_onboarding_policy_is_offboarded(tmp_path):
    plan = [DEPLOY, EXCLUDE, {"at": "3 d", "deploy": "Offboard", "to": ["One"]}]
    run = rehearsal(
        tmp_path,
        PC,
        plan=plan,
        collections=[EVERYBODY, ONE],
        packages=[PACKAGE, FAREWELL],
        policies=[POLICY, OFFBOARD],
    )

    assert told(run)[9:] == story("""
        172800 member_removed TIM-4 All
        172800 untargeted Onboard All
        259200 targeted Offboard One
        259200 policy_received TIM-1 Offboard
        259201 policy_evaluated OFF-1 Offboard
        259231 offboarded OFF-1 Offboard
        259232 reported TIM-3
        864031 went_inactive OFF-3
    """)
    assert verdict(run) == ("offboarded", "", "OFF-1")


@pytest.mark.rule("DWN-6", "TIM-4")
def test_a_client_setting_goes_with_its_collection(tmp_path):
    """Without the custom setting the default counts: the failed server takes MMA from now on."""
    setting = {"name": "New", "collection": "One", "priority": 1, "downlevel_client": "mde_client"}
    run = rehearsal(
        tmp_path,
        {"os": "server-2016", "antivirus": "disabled"},
        plan=[DEPLOY, {"at": "2 d", "remove_collection": "One"}],
        collections=[EVERYBODY, ONE],
        client_settings=[setting],
        policy={"workspace": WORKSPACE},
        horizon="9 d",
    )

    assert told(run)[-8:] == story("""
        608401 policy_evaluated MMA-1 Onboard
        608405 content_downloaded MMA-1 Onboard
        608405 install_started MMA-1 Onboard
        608465 agent_installed MMA-1 Onboard
        608465 policy_applied MMA-1 Onboard
        608495 onboarded MMA-1 Onboard a
        608496 reported TIM-3
        609095 portal_seen MON-4
    """)
