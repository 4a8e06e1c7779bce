"""Maintenance windows and clocks: too short, idle, missed (TIM-2, TIM-4, TIM-5)."""

import pytest

from tests.kernel.telling import DEPLOY
from tests.lint.linted import MDE_CLIENT, a_server, devices_of, found, ids, one, workstations

WINDOW = {"collection": "All", "weekly": "Sunday 01:00", "length": "3 h"}


def _without_none(window):
    return {key: value for key, value in window.items() if value is not None}


OUTSIDE = {"evaluation_outside_windows": True}


def linted(tmp_path, *windows, devices=None, **sections):
    return found(
        tmp_path,
        devices or a_server(),
        maintenance_windows=[_without_none(WINDOW | window) for window in windows],
        client_settings=[MDE_CLIENT],
        **sections,
    )


def said(*arguments, **sections):
    return {finding.id for finding in linted(*arguments, **sections)}


@pytest.mark.rule("TIM-5")
def test_windows_too_short_to_install_an_agent_are_told_of(tmp_path):
    devices = [*workstations(), *a_server()]
    findings = linted(tmp_path, {"length": "20 min"}, devices=devices)

    assert devices_of(findings, "LNT-701") == [2]
    assert "LNT-701" not in said(tmp_path, {"length": "30 min"})
    assert "LNT-701" not in said(tmp_path, {"length": "20 min"}, {"weekly": "Monday 03:00"})
    assert "LNT-701" not in said(
        tmp_path, {"length": "20 min"}, assumptions={"maintenance_window_minimum": "15 min"}
    )


def test_two_short_windows_that_touch_are_one(tmp_path):
    touching = {"weekly": "Sunday 01:20", "length": "20 min"}

    assert "LNT-701" not in said(tmp_path, {"length": "20 min"}, touching)


@pytest.mark.rule("TIM-5")
def test_windows_where_no_agent_is_installed_are_noted(tmp_path):
    assert "LNT-702" in said(tmp_path, {}, devices=workstations(), rules=OUTSIDE)
    assert "LNT-702" in said(tmp_path, {}, devices=a_server(agent="mde_client"), rules=OUTSIDE)
    assert "LNT-702" not in said(tmp_path, {}, rules=OUTSIDE)
    assert "LNT-702" not in said(tmp_path, {}, devices=workstations())
    assert "LNT-702" in said(tmp_path, {"for": "task_sequences"})


@pytest.mark.rule("TIM-5")
def test_evaluations_bound_to_short_windows_are_told_of(tmp_path):
    assert "LNT-703" in said(tmp_path, {"length": "45 min"})
    assert "LNT-703" not in said(tmp_path, {"length": "45 min"}, rules=OUTSIDE)
    assert "LNT-703" not in said(tmp_path, {"length": "45 min", "for": "updates"})
    assert "LNT-703" not in said(tmp_path, {"length": "1 h"})


@pytest.mark.rule("TIM-5")
def test_windows_that_never_open_are_told_of(tmp_path):
    first_of_april = {"weekly": None, "monthly": "first Sunday 01:00"}

    assert "LNT-705" in said(tmp_path, first_of_april, horizon="20 d")
    assert "LNT-705" not in said(tmp_path, first_of_april, horizon="40 d")
    assert "LNT-705" not in said(tmp_path, first_of_april | {"for": "task_sequences"})


@pytest.mark.rule("TIM-5")
def test_evaluations_that_wait_for_a_monthly_window_are_told_of(tmp_path):
    monthly = {"weekly": None, "monthly": "last Sunday 01:00"}
    finding = one(linted(tmp_path, monthly), "LNT-706")

    assert "up to 27 days apart" in finding.what
    assert "LNT-706" not in said(tmp_path, monthly, {})
    assert "LNT-706" not in said(tmp_path, monthly, rules=OUTSIDE)


@pytest.mark.rule("TIM-10")
def test_a_schedule_longer_than_the_run_is_told_of(tmp_path):
    slow = [DEPLOY | {"evaluate_every": "31 d"}]

    assert "LNT-707" in said(tmp_path, plan=slow, horizon="30 d")
    assert "LNT-707" not in said(tmp_path, plan=slow, horizon="60 d")
    assert "LNT-707" not in said(tmp_path, horizon="5 d")


@pytest.mark.rule("TIM-8")
def test_an_upgrade_for_which_two_windows_are_not_left_is_told_of(tmp_path):
    upgrade = {"at": "2 h", "set_client_version": "2403", "on": ["All"]}
    old = a_server(client_version="2203")

    def heard_of(horizon, *windows):
        return said(tmp_path, *windows, devices=old, plan=[upgrade, DEPLOY], horizon=horizon)

    assert "LNT-708" in heard_of("12 d", {})
    assert "LNT-708" not in heard_of("15 d", {})
    assert "LNT-708" not in heard_of("12 d")


@pytest.mark.rule("DWN-2")
def test_an_agent_that_was_not_distributed_is_told_of(tmp_path):
    places = [{"name": "BRANCH", "distribution_point": "none"}, {"name": "HQ"}]
    devices = [*a_server(location="BRANCH"), *a_server(location="HQ")]

    assert devices_of(linted(tmp_path, devices=devices, locations=places), "LNT-709") == [1]


@pytest.mark.rule("TIM-2")
def test_a_failed_installation_that_meets_no_further_window_is_told_of(tmp_path):
    assert "LNT-704" in said(tmp_path, {}, horizon="10 d")
    assert "LNT-704" not in said(tmp_path, {}, horizon="30 d")
    assert "LNT-704" not in said(tmp_path, {}, {"weekly": "Tuesday 01:00"}, horizon="10 d")


@pytest.mark.rule("TIM-4")
def test_newcomers_of_collections_evaluated_weekly_are_noted(tmp_path):
    devices = [*workstations(), *workstations(joined_at="2026-03-05 12:00")]
    quick = [{"name": "All", "members": "managed", "evaluation": "incremental"}]

    assert devices_of(found(tmp_path, devices), "LNT-711") == [2]
    assert "LNT-711" not in ids(tmp_path, devices, collections=quick)
    assert "LNT-711" not in ids(tmp_path)


def settings(tmp_path, *changes, devices=None, **sections):
    return found(
        tmp_path,
        devices or a_server(),
        client_settings=[MDE_CLIENT | change for change in changes],
        **sections,
    )


def heard(*arguments, **sections):
    return {finding.id for finding in settings(*arguments, **sections)}


@pytest.mark.rule("DWN-1")
def test_servers_left_on_the_default_are_told_of_where_the_mde_client_is_planned(tmp_path):
    few = {"name": "Few", "members": ["PC-001"]}
    everybody = {"name": "All", "members": "managed"}
    devices = [*a_server(), *a_server()]
    values = {"name": "Onboard", "package": "onboarding-a",
              "workspace": {"id": "present", "key": "present"}}  # fmt: skip
    findings = settings(
        tmp_path,
        {"collection": "Few"},
        devices=devices,
        collections=[everybody, few],
        policies=[values],
    )

    assert devices_of(findings, "LNT-801") == [2]
    assert "LNT-801" in heard(tmp_path)
    assert "LNT-801" not in heard(tmp_path, {})
    assert "LNT-801" not in heard(tmp_path, policies=[values])


@pytest.mark.rule("DWN-3")
def test_the_mde_client_setting_comes_to_nothing_on_old_sites_and_clients(tmp_path):
    old_client = a_server(client_version="2203")

    assert (
        "their ConfigMgr clients" in one(settings(tmp_path, {}, devices=old_client), "LNT-802").what
    )
    assert "the site is" in one(settings(tmp_path, {}, site={"version": "2203"}), "LNT-802").what
    assert "LNT-802" not in heard(tmp_path, {}, devices=a_server(client_version="2207"))
    upgrade = {"at": "0 s", "set_client_version": "2403", "on": ["All"]}
    later = DEPLOY | {"at": "1 d"}
    assert "LNT-802" not in heard(tmp_path, {}, devices=old_client, plan=[upgrade, later])


@pytest.mark.rule("DWN-6")
def test_settings_of_equal_priority_on_the_same_devices_are_told_of(tmp_path):
    other = {"name": "Other", "downlevel_client": "mma"}

    assert devices_of(settings(tmp_path, {}, other), "LNT-803") == [1]
    assert "LNT-803" not in heard(tmp_path, {}, other | {"priority": 2})


@pytest.mark.rule("DWN-8")
def test_a_setting_over_systems_that_it_does_not_concern_is_noted(tmp_path):
    devices = [*a_server(), *a_server("windows-8.1")]

    assert devices_of(settings(tmp_path, {}, devices=devices), "LNT-804") == [2]
    assert (
        "neither Server 2012 R2 nor 2016"
        in one(settings(tmp_path, {}, devices=workstations()), "LNT-804").what
    )
    assert "LNT-804" not in heard(tmp_path, {})
