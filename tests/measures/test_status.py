"""Status and cause of a device during its story; the rows of devices.csv."""

import pytest

from sim.accounts.outcomes import DEVICE_COLUMNS, outcomes
from tests.measures.handmade import Handmade, device

ONBOARDED = {"onboarded": True, "payload": "old"}


def result(made, *columns, number=0):
    """Return some columns of one device's row."""
    rows = outcomes(made.tally()).columns
    found = tuple(rows[column][number] for column in columns)
    return found if len(found) > 1 else found[0]


@pytest.mark.rule("POL-7")
def test_the_status_follows_a_device_from_untargeted_to_onboarded_and_back():
    made = Handmade(device("pc"))
    told = [result(made, "status", "cause")]
    made.target(10, "pc")
    told.append(result(made, "status", "cause"))
    made.log(20, "pc", "policy_received", policy="First")
    told.append(result(made, "status", "cause"))
    made.fail(30, "pc", "network_blocked", rule="FLT-2", event="onboarding_failed")
    told.append(result(made, "status", "cause", "rule"))
    made.onboard(100, "pc")
    told.append(result(made, "status", "cause", "rule", "policy", "payload_desired"))
    made.log(200, "pc", "untargeted", policy="First", collection="All")
    told.append(result(made, "status", "cause", "policy", "payload_desired", "payload_in_use"))

    assert told == [
        ("not_targeted", "not_targeted"),
        ("waiting", "awaiting_policy"),
        ("waiting", "awaiting_evaluation"),
        ("failed", "network_blocked", "FLT-2"),
        ("onboarded", "", "UPL-1", "First", "a"),
        ("onboarded", "", "", "", "a"),
    ]


def test_a_device_waits_for_content_then_for_the_install_then_for_the_report():
    made = Handmade(device("pc")).target(0, "pc")
    found = []
    for event, rule in (
        ("policy_evaluated", "DWN-2"),
        ("content_downloaded", "DWN-2"),
        ("install_started", "DWN-2"),
        ("agent_installed", "DWN-2"),
        ("policy_applied", "DWN-2"),
    ):
        made.log(10 + len(found), "pc", event, policy="First", rule=rule)
        found.append(result(made, "cause"))

    assert found == [
        "awaiting_content",
        "awaiting_install",
        "awaiting_install",
        "awaiting_report",
        "awaiting_report",
    ]
    assert result(made, "agent", "route") == ("mde_client", "mde_client")


def test_an_installer_from_the_cache_starts_without_a_download():
    made = Handmade(device("pc")).target(0, "pc")
    made.log(10, "pc", "policy_evaluated", policy="First", rule="DWN-2")
    made.log(10, "pc", "install_started", policy="First", rule="DWN-2")

    assert result(made, "cause") == "awaiting_install"


@pytest.mark.rule("POL-7")
def test_a_failure_of_a_withdrawn_policy_counts_no_more_in_any_view():
    made = Handmade(device("pc")).target(0, "pc").target(5, "pc", policy="Second")
    made.fail(20, "pc", "workspace_missing")
    before = made.at("failed", 50), made.at("device.failed", 50)
    made.log(60, "pc", "untargeted", policy="First", collection="All")

    assert before == (1, 1)
    assert (made.at("failed"), made.at("device.failed")) == (0, 0)
    assert result(made, "status", "cause", "policy") == ("waiting", "awaiting_evaluation", "Second")


@pytest.mark.rule("TIM-2")
def test_a_policy_deployed_again_counts_as_new():
    made = Handmade(device("pc")).target(0, "pc").fail(20, "pc", "workspace_missing")
    made.log(60, "pc", "untargeted", policy="First", collection="All").target(70, "pc")

    assert result(made, "status", "cause") == ("waiting", "awaiting_policy")
    assert made.at("device.deployment{state=unknown}") == 1
    made.fail(80, "pc", "workspace_missing")
    assert result(made, "status", "attempts") == ("failed", 2)


def test_a_policy_that_reaches_a_device_twice_stays_until_both_deployments_are_withdrawn():
    made = Handmade(device("pc")).target(0, "pc").target(1, "pc", collection="Some")
    made.fail(20, "pc", "workspace_missing")
    made.log(60, "pc", "untargeted", policy="First", collection="All")

    assert result(made, "status", "policy") == ("failed", "First")
    made.log(61, "pc", "untargeted", policy="First", collection="Some")
    assert result(made, "status", "policy") == ("not_targeted", "")


def test_the_policy_of_a_device_is_that_of_its_earliest_deployment_in_force():
    made = Handmade(device("pc")).target(0, "pc").target(1, "pc", policy="Second")
    made.target(2, "pc", collection="Some")
    first = result(made, "policy")
    made.log(3, "pc", "untargeted", policy="First", collection="All")

    assert (first, result(made, "policy")) == ("First", "Second")


@pytest.mark.rule("OFF-2")
def test_an_onboarded_device_that_refuses_an_expired_file_keeps_its_status_and_has_a_cause():
    made = Handmade(device("pc", **ONBOARDED)).target(0, "pc", policy="Leave")
    made.fail(20, "pc", "offboarding_expired", "Leave", "OFF-2", event="offboarding_failed")
    told = ("onboarded", "offboarding_expired", "OFF-2")

    assert result(made, "status", "cause", "rule") == told
    assert made.at("failed") == 0
    assert made.at("blocked{cause=offboarding_expired}") == 1
    made.log(60, "pc", "untargeted", policy="Leave", collection="All")
    assert result(made, "status", "cause") == ("onboarded", "")
    assert made.at("blocked") == 0


def test_an_onboarded_device_whose_agent_cannot_be_installed_has_a_cause():
    made = Handmade(device("pc", **ONBOARDED)).target(0, "pc")
    made.fail(20, "pc", "antivirus_disabled", rule="DWN-5", event="install_failed")

    assert result(made, "status", "cause", "rule") == ("onboarded", "antivirus_disabled", "DWN-5")


@pytest.mark.rule("POL-5")
def test_a_conflict_counts_as_long_as_policies_of_both_kinds_reach_a_device():
    made = Handmade(device("pc")).target(0, "pc").target(1, "pc", policy="Leave")
    for policy in ("First", "Leave"):
        made.fail(20, "pc", "policy_conflict", policy, "POL-5", event="policy_conflict")

    assert result(made, "status", "cause", "attempts") == ("failed", "policy_conflict", 0)
    made.log(60, "pc", "untargeted", policy="First", collection="All")
    assert result(made, "status") == "waiting"
    assert made.at("failed") == made.at("device.failed") == 0


@pytest.mark.rule("OFF-1")
def test_an_offboarded_device_gives_back_payload_sharing_and_health():
    made = Handmade(device("pc")).target(0, "pc").onboard(20, "pc")
    made.target(50, "pc", policy="Leave")
    made.log(50, "pc", "untargeted", policy="First", collection="All")
    made.log(60, "pc", "offboarded", policy="Leave", rule="OFF-1").log(70, "pc", "reported")

    assert result(made, "status", "cause", "rule") == ("offboarded", "", "OFF-1")
    assert result(made, "payload_in_use", "sample_sharing", "health") == ("", "", "none")
    assert result(made, "attempts", "onboarded_at") == (2, 20)
    assert made.at("offboarded") == 1
    assert made.at("gauge_pct") is None


def test_nothing_blocks_a_device_that_was_never_onboarded_from_being_offboarded():
    made = Handmade(device("pc"), device("theirs", payload="old")).target(0, "pc", policy="Leave")
    made.target(0, "theirs", policy="Leave")

    assert result(made, "cause") == ""
    assert result(made, "cause", number=1) == "awaiting_policy"


@pytest.mark.rule("PRE-2")
@pytest.mark.rule("FLT-1")
def test_a_broken_client_is_the_cause_as_long_as_the_device_is_wanted():
    made = Handmade(
        device("pc", client="broken"),
        device("none", client="none", ineligible_cause="not_managed", ineligible_rule="PRE-2"),
    )

    assert result(made, "cause") == "not_targeted"
    assert result(made.target(0, "pc"), "status", "cause") == ("waiting", "client_broken")
    assert result(made, "status", "cause", "rule", number=1) == (
        "not_eligible",
        "not_managed",
        "PRE-2",
    )


@pytest.mark.rule("OS-3")
def test_a_device_leaves_eligibility_when_its_support_ends_unless_it_is_onboarded():
    made = Handmade(
        device("pc", support_ends=500),
        device("done", support_ends=500),
        device("theirs", support_ends=500, payload="old"),
        device("later", support_ends=5_000),
        device("gone", support_ends=-60),
    )
    made.target(0, "pc", "done", "theirs").onboard(100, "done")
    made.log(500, "later", "policy_received", policy="First")

    for view in ("", "device.", "portal."):
        assert [made.at(f"{view}eligible", time) for time in (0, 499, 500, 501)] == [4, 4, 3, 3]
    assert result(made, "status", "cause", "rule") == ("not_eligible", "os_out_of_support", "OS-3")
    assert result(made, "status", number=1) == "onboarded"
    assert made.at("onboarded_pct") == 50


@pytest.mark.rule("OS-3")
def test_an_offboarded_device_past_its_support_is_no_longer_eligible():
    made = Handmade(device("pc", support_ends=50, **ONBOARDED)).target(0, "pc", policy="Leave")
    made.log(100, "pc", "offboarded", policy="Leave", rule="OFF-1")

    assert [made.at("device.eligible", time) for time in (50, 100, 101)] == [1, 1, 0]
    assert [made.at("eligible", time) for time in (50, 100, 101)] == [1, 1, 0]


def test_a_retired_device_is_in_no_count_but_keeps_its_row():
    made = Handmade(device("pc"), device("gone")).target(0, "pc", "gone")
    made.log(40, "gone", "retired")
    found = outcomes(made.tally())

    assert [made.at("device.targeted", time) for time in (39, 40)] == [2, 1]
    assert found.present == [True, False]
    assert (found.eligible, found.targeted) == (1, 1)
    assert found.columns["retired_at"] == [None, 40]
    assert len(found) == 2


def test_membership_comes_and_goes():
    made = Handmade(device("pc"))
    made.log(0, "pc", "member_added", collection="All")
    made.log(0, "pc", "member_added", collection="Some")
    both = result(made, "collections")
    made.log(5, "pc", "member_removed", collection="All")

    assert (both, result(made, "collections")) == ("All; Some", "Some")
    assert made.at("eligible{collection=All}", 4) == 1
    assert made.at("eligible{collection=All}", 5) == 0


def test_reported_and_seen_are_those_after_the_last_onboarding():
    made = Handmade(device("pc")).target(0, "pc").fail(10, "pc", "network_blocked")
    early = result(made, "reported_at")
    made.onboard(100, "pc").log(150, "pc", "portal_seen").log(170, "pc", "reported")

    assert early == 20
    assert result(made, "targeted_at", "onboarded_at", "reported_at", "portal_at") == (
        0,
        100,
        110,
        150,
    )


@pytest.mark.rule("MMA-5")
@pytest.mark.rule("DWN-6")
def test_the_version_of_an_agent_is_shown_while_it_is_the_one_the_fleet_table_names():
    made = Handmade(device("pc", agent="mma", agent_version="10.20.18011")).target(0, "pc")
    before = result(made, "agent", "agent_version")
    made.log(10, "pc", "agent_installed", policy="First", rule="DWN-2")

    assert before == ("mma", "10.20.18011")
    assert result(made, "agent", "agent_version") == ("mma_and_mde_client", "")
    made.log(20, "pc", "agent_removed", policy="Leave", rule="OFF-1")
    assert result(made, "agent") == "mde_client"


@pytest.mark.rule("DWN-3")
def test_a_cause_names_the_rule_by_which_it_came_about():
    made = Handmade(device("pc")).target(0, "pc").fail(10, "pc", "workspace_missing", rule="DWN-3")

    assert result(made, "cause", "rule") == ("workspace_missing", "DWN-3")


@pytest.mark.rule("MON-2")
def test_the_health_of_a_device_is_what_the_device_reported():
    made = Handmade(device("pc")).target(0, "pc").onboard(10, "pc", console=False)

    assert result(made, "health") == "none"
    assert result(made.log(20, "pc", "reported"), "health") == "healthy"


@pytest.mark.rule("MON-2")
def test_an_offboarded_device_to_which_a_policy_was_applied_again_is_not_onboarded():
    made = Handmade(device("pc", **ONBOARDED)).target(0, "pc", policy="Leave")
    made.log(10, "pc", "offboarded", policy="Leave", rule="OFF-1")
    made.log(20, "pc", "untargeted", policy="Leave", collection="All").target(20, "pc")
    made.log(30, "pc", "policy_applied", policy="First", rule="UPL-1").log(40, "pc", "reported")

    assert result(made, "status", "health") == ("offboarded", "not_onboarded")


def test_the_columns_of_a_device_are_those_of_the_contract():
    assert ", ".join(DEVICE_COLUMNS) == (
        "name, os, level, route, location, collections, status, cause, rule, policy,"
        " payload_desired, payload_in_use, agent, agent_version, sample_sharing, health,"
        " targeted_at, policy_applied_at, onboarded_at, reported_at, portal_at, retired_at,"
        " attempts, restarts"
    )
    assert tuple(outcomes(Handmade(device("pc")).tally()).columns) == DEVICE_COLUMNS
