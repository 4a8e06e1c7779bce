"""What a run shows: percentages, tiles, three views, deployment states."""

import pytest

from tests.kernel.telling import (
    DEPLOY,
    FIXED,
    MDE_CLIENT,
    PACKAGE,
    POLICY,
    final,
    rehearsal,
    value_of,
)

PC = {"os": "windows-11-24h2"}
HOUR, DAY = 3600, 86_400


@pytest.mark.rule("MON-1")
def test_the_percentage_counts_eligible_and_targeted_devices_only(tmp_path):
    """Two of four targeted and eligible devices onboard; six of all are eligible."""
    pilot = {"ring": "pilot"}
    devices = [
        PC | pilot,
        PC | pilot,
        PC | pilot | {"network": "blocked"},
        {"os": "windows-8.1"} | pilot,
        {"os": "windows-7"} | pilot,
        PC,
        PC | {"onboarded": "true", "organization": "contoso", "payload": "a"},
        PC | {"client": "none"},
        PC | {"managed_by": "intune"},
    ]
    run = rehearsal(
        tmp_path,
        devices,
        collections=[{"name": "Pilot", "members": "ring == 'pilot'"}],
        plan=[{"at": "1 h", "deploy": "Onboard", "to": ["Pilot"]}],
        horizon="2 d",
    )

    summary = run.summary
    assert (summary["devices"], summary["eligible"], summary["targeted"]) == (9, 6, 5)
    assert summary["onboarded"] == 3
    assert summary["onboarded_pct"] == 50
    assert summary["coverage_pct"] == 50
    assert value_of(run, "console", "onboarded_pct", collection="Pilot") == 50
    assert value_of(run, "device", "failed_pct") == 50
    statuses = ("offboarded", "onboarded", "failed", "waiting", "not_targeted", "not_eligible")
    assert sum(summary[status] for status in statuses) == 9


@pytest.mark.rule("MON-1")
def test_a_small_pilot_is_done_long_before_the_fleet(tmp_path):
    run = rehearsal(
        tmp_path,
        [PC] * 4,
        collections=[{"name": "Pilot", "members": ["PC-1"]}],
        plan=[{"at": "1 h", "deploy": "Onboard", "to": ["Pilot"]}],
        horizon="2 d",
    )

    assert (run.summary["onboarded_pct"], run.summary["coverage_pct"]) == (100, 25)


@pytest.mark.rule("MON-2")
def test_the_tiles_count_computers_with_a_record_and_sum_to_100(tmp_path):
    """Healthy, stopped, not onboarded; the device that was never targeted has no record."""
    ours = PC | {"onboarded": "true", "organization": "contoso", "payload": "a"}
    devices = [
        PC,
        PC,
        ours | {"sensor_running": "false"},
        PC | {"network": "blocked"},
        PC | {"client": "inactive"},
        {"os": "windows-8.1"},
    ]
    run = rehearsal(tmp_path, devices, horizon="2 d")

    tiles = run.summary["console"]["health"]
    assert tiles == {
        "not_onboarded": 1, "agent_stopped": 1, "inactive": 0, "healthy": 2, "none": 2,
    }  # fmt: skip
    shares = [
        value_of(run, "console", f"{tile}_pct")
        for tile in ("healthy", "inactive", "agent_stopped", "not_onboarded")
    ]
    assert shares == [50, 0, 25, 25]
    assert run.summary["console"]["gauge_pct"] == 75


@pytest.mark.rule("MON-3", "MON-2")
def test_a_device_that_stays_in_touch_never_counts_as_inactive(tmp_path):
    run = rehearsal(tmp_path, PC, horizon="30 d", rules={"inactive_after": "1 d"})

    assert final(run)["health"] == "healthy"


@pytest.mark.rule("MON-4")
def test_three_views_learn_of_an_onboarding_one_after_the_other(tmp_path):
    """Onboarded at 3631, reported at 3632, in the portal at 4231; felt from the next second."""
    run = rehearsal(tmp_path, PC, horizon="2 d")

    def seen(at):
        return [value_of(run, view, "onboarded", at) for view in ("device", "console", "portal")]

    assert seen(3631) == [0, 0, 0]
    assert seen(3632) == [1, 0, 0]
    assert seen(3633) == [1, 1, 0]
    assert seen(4231) == [1, 1, 0]
    assert seen(4232) == [1, 1, 1]


@pytest.mark.rule("MON-4")
def test_the_portal_may_know_before_the_console(tmp_path):
    slow = FIXED | {
        "state_message_interval": "60 min",
        "portal_delay_min": "1 s",
        "portal_delay_max": "1 s",
    }
    run = rehearsal(tmp_path, [PC] * 3, horizon="1 d", assumptions=slow)

    assert value_of(run, "portal", "onboarded", 3640) == 3
    assert value_of(run, "console", "onboarded", 3640) < 3
    assert run.summary["console"]["onboarded"] == 3


@pytest.mark.rule("MON-5")
def test_deployment_states_by_policy(tmp_path):
    """Compliant, failed, in conflict (the second policy's), unknown (the silent client)."""
    second = {"name": "Second", "package": "onboarding-a"}
    devices = [PC, PC | {"network": "blocked"}, PC | {"client": "broken"}]
    run = rehearsal(
        tmp_path,
        devices,
        policies=[POLICY, second],
        packages=[PACKAGE],
        plan=[DEPLOY, {"at": "2 h", "deploy": "Second", "to": ["All"]}],
        horizon="2 d",
    )

    def states(policy):
        return {
            state: value_of(run, "console", "deployment", policy=policy, state=state)
            for state in ("compliant", "failed", "conflict", "unknown")
        }

    assert states("Onboard") == {"compliant": 1, "failed": 1, "conflict": 0, "unknown": 1}
    assert states("Second") == {"compliant": 0, "failed": 0, "conflict": 2, "unknown": 1}


@pytest.mark.rule("MON-5")
def test_nothing_is_known_of_a_deployment_before_the_first_report(tmp_path):
    run = rehearsal(tmp_path, PC, horizon="1 d")

    assert value_of(run, "console", "deployment", 3632, state="unknown") == 1
    assert value_of(run, "console", "deployment", 3633, state="compliant") == 1


def test_what_a_device_waits_for_follows_its_story(tmp_path):
    """Policy until 3600, evaluation until 3601, download until 3612, install until 3738, start."""
    run = rehearsal(
        tmp_path,
        {"os": "server-2016"},
        client_settings=MDE_CLIENT,
        horizon="1 d",
        assumptions=FIXED | {"first_evaluation_window": "1 s"},
    )

    causes = {
        3600: "awaiting_policy",
        3601: "awaiting_evaluation",
        3610: "awaiting_content",
        3700: "awaiting_install",
        3760: "awaiting_report",
    }
    for at, cause in causes.items():
        assert value_of(run, "device", "waiting", at, cause=cause) == 1, cause


@pytest.mark.rule("PRE-2", "PRE-5")
@pytest.mark.parametrize("unmanaged", [{"client": "none"}, {"managed_by": "intune"}])
def test_a_device_without_a_client_has_no_tile_in_the_console(tmp_path, unmanaged):
    """What was onboarded in another way is only in the portal."""
    run = rehearsal(tmp_path, {**PC, "onboarded": "true", **unmanaged})
    assert final(run)["health"] == "none"
    assert run.summary["console"]["health"]["healthy"] == 0
