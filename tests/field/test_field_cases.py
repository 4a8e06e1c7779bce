"""The field cases, one sentence each: what was reported, and what the simulation says of it."""

import pytest

from tests.field.cases import FOLDER, PASSED, causes, findings, rehearse, standing, unmet
from tests.kernel.telling import told_of_plan


def test_every_case_has_a_test_here():
    text = (FOLDER / "test_field_cases.py").read_text("utf-8")
    cases = [path.parent.name for path in sorted(FOLDER.glob("*/scenario.yaml"))]

    assert len(cases) == 17
    assert [case for case in cases if f'"{case}"' not in text] == []


@pytest.mark.rule("TIM-8")
def test_a_client_upgrade_takes_two_windows_and_the_agent_comes_after_it():
    assert unmet("client-upgrade-needs-windows") == PASSED


@pytest.mark.rule("PRE-6")
def test_the_site_onboards_co_managed_computers_and_lint_counts_them():
    case = "co-managed-workload"
    counted = [one for one in findings(case) if "co-managed" in one.what]

    assert standing(rehearse(case))["PC-CO1"][0] == "onboarded"
    assert [one.devices for one in counted] == [("PC-CO1", "PC-CO2")]


@pytest.mark.rule("DWN-9")
def test_each_update_that_is_missing_keeps_its_server_waiting_and_all_are_named():
    case = "every-missing-prerequisite"
    lacking = {one.cause: one.devices for one in findings(case) if one.cause}

    assert unmet(case) == PASSED
    assert lacking == {
        "prerequisite_telemetry": ("SRV-BOTH", "SRV-NOTEL"),
        "prerequisite_universal_crt": ("SRV-BOTH", "SRV-NOCRT"),
    }


@pytest.mark.rule("DWN-10")
def test_a_feature_that_is_put_back_counts_from_the_next_restart():
    assert unmet("feature-wants-a-restart") == PASSED


@pytest.mark.rule("UPG-1")
def test_a_server_that_is_upgraded_with_its_agent_on_it_falls_silent():
    assert unmet("in-place-upgrade") == PASSED


@pytest.mark.rule("DWN-11")
def test_no_retry_cures_an_installer_that_somebody_has_to_clean_up_after():
    assert unmet("installer-fault-that-no-retry-cures") == PASSED


@pytest.mark.rule("UPD-9")
def test_a_local_script_is_refused_and_nobody_moves():
    run = rehearse("local-script-hangs-on-devices")

    assert told_of_plan(run) == ["118800 step_refused package_method UPD-9 script"]
    assert set(causes(run).values()) == {"not_targeted"}


@pytest.mark.rule("CON-4")
def test_from_mma_to_the_mde_client_a_server_has_to_register_anew():
    assert unmet("mma-to-mde-is-a-new-registration") == PASSED


@pytest.mark.rule("CON-1", "CON-2")
def test_a_path_that_is_cut_after_onboarding_makes_devices_inactive():
    assert unmet("network-cut-after-onboarding") == PASSED


@pytest.mark.rule("DWN-2")
def test_where_the_content_never_was_distributed_servers_wait_for_it():
    run = rehearse("no-content-at-branch")

    assert causes(run) == {"SRV-B1": "awaiting_content", "SRV-B2": "awaiting_content", "SRV-H1": ""}
    assert standing(run)["SRV-H1"][0] == "onboarded"


@pytest.mark.rule("OFF-2")
def test_lint_names_the_stragglers_of_an_offboarding_file_and_nobody_else():
    (late,) = [one for one in findings("offboarding-stragglers") if one.id == "LNT-403"]

    assert late.devices == ("PC-INACT", "PC-RARE")


@pytest.mark.rule("MMA-5", "CON-2")
def test_an_old_mma_goes_silent_on_servers_that_are_onboarded_too():
    assert unmet("old-mma-goes-silent") == PASSED


@pytest.mark.rule("CON-1")
def test_a_laptop_that_comes_back_is_active_again():
    assert unmet("presence-and-contact") == PASSED


@pytest.mark.rule("TIM-1")
def test_whoever_is_always_there_from_a_day_on_onboards_within_hours():
    assert unmet("presence-patched") == PASSED


@pytest.mark.rule("CON-5")
def test_a_computer_that_was_replaced_stays_in_the_portal():
    assert unmet("retired-stays-in-the-portal") == PASSED


@pytest.mark.rule("UPD-8")
def test_a_script_onboards_no_server_without_a_sensor_and_lint_says_so():
    case = "script-without-a-sensor"
    found = standing(rehearse(case))
    lacking = [one.devices for one in findings(case) if one.cause == "sensor_missing"]

    assert {name: found[name][1:] for name in ("SRV-2016", "SRV-2012R2")} == {
        "SRV-2016": ("sensor_missing", "UPD-8"),
        "SRV-2012R2": ("sensor_missing", "UPD-8"),
    }
    assert {found[name][0] for name in ("SRV-2016-MDE", "SRV-2019", "PC-01")} == {"onboarded"}
    assert lacking == [("SRV-2012R2", "SRV-2016")]


@pytest.mark.rule("OS-1")
def test_server_2012_without_r2_is_not_supported():
    case = "server-2012-is-not-r2"
    found = causes(rehearse(case))

    assert unmet(case) == PASSED
    assert found["SRV-2012"] == found["SRV-2008R2"] == "os_not_supported"
