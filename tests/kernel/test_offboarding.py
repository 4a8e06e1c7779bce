"""Stories of offboarding: back again, never onboarded, files that do not work."""

import pytest

from tests.kernel.telling import (
    DEPLOY,
    FAREWELL,
    OFFBOARD,
    PACKAGE,
    POLICY,
    final,
    rehearsal,
    story,
    told,
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
