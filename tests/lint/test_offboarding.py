"""Offboarding files: expired, of another organization, for other systems (OFF-1 to OFF-5)."""

import pytest

from tests.kernel.telling import DEPLOY, FAREWELL, OFFBOARD, PACKAGE, POLICY
from tests.lint.linted import MDE_CLIENT, VALUES, a_server, devices_of, found, one, workstations

ONBOARDED = {"onboarded": "true", "organization": "contoso", "payload": "a"}
WITHDRAW = {"at": "9 d", "undeploy": "Onboard", "from": ["All"]}
LEAVE = {"at": "10 d 09:00", "deploy": "Offboard", "to": ["All"]}


def leaving(tmp_path, devices=None, step=LEAVE, rules=None, sections=None, **package):
    return found(
        tmp_path,
        devices or workstations(2, **ONBOARDED),
        packages=[PACKAGE, FAREWELL | package],
        policies=[POLICY, OFFBOARD],
        plan=[step],
        rules=rules or {},
        **(sections or {}),
    )


def said(*arguments, **package):
    return {finding.id for finding in leaving(*arguments, **package)}


@pytest.mark.rule("OFF-2")
def test_a_file_that_expired_before_it_arrives_is_an_error(tmp_path):
    finding = one(leaving(tmp_path, downloaded="2026-02-09"), "LNT-401")

    assert "expired on 2026-03-11" in finding.what
    assert len(finding.devices) == 2
    assert "LNT-401" not in said(tmp_path, downloaded="2026-02-10")


@pytest.mark.rule("OFF-2")
def test_the_switch_of_validity_counts(tmp_path):
    assert "LNT-401" in said(
        tmp_path, downloaded="2026-03-01", rules={"offboarding_validity": "7 d"}
    )


@pytest.mark.rule("OFF-2")
def test_a_file_that_expires_in_the_evening_may_come_too_late_for_some(tmp_path):
    evening, devices = LEAVE | {"at": "10 d 22:00"}, workstations(20, **ONBOARDED)
    findings = leaving(tmp_path, devices, evening, downloaded="2026-02-10")

    assert 0 < len(devices_of(findings, "LNT-402")) < 20
    assert "LNT-402" not in said(tmp_path, devices, downloaded="2026-02-10")


def test_computers_that_are_off_at_the_weekend_get_the_file_after_it(tmp_path):
    office, saturday = workstations(1, **ONBOARDED, presence="office"), LEAVE | {"at": "12 d"}

    assert "LNT-402" in said(tmp_path, office, saturday, downloaded="2026-02-13")
    assert "LNT-402" not in said(tmp_path, None, saturday, downloaded="2026-02-13")
    assert "LNT-402" not in said(tmp_path, office, saturday, downloaded="2026-02-18")


def test_a_file_that_expires_before_a_gate_opens_is_no_fault_for_certain(tmp_path):
    gated = {"when": "onboarded >= 1 for 9 d", "deploy": "Offboard", "to": ["All"]}

    assert "LNT-402" in said(tmp_path, None, gated, downloaded="2026-02-08")
    assert "LNT-401" not in said(tmp_path, None, gated, downloaded="2026-02-08")
    assert "LNT-402" not in said(tmp_path, None, gated, downloaded="2026-02-15")


@pytest.mark.rule("OFF-2")
def test_that_other_pages_say_seven_days_is_mentioned(tmp_path):
    assert "LNT-403" in said(tmp_path, downloaded="2026-03-04")
    assert "LNT-403" not in said(tmp_path, downloaded="2026-03-05")
    assert "LNT-403" not in said(tmp_path, downloaded="2026-03-04", valid_until="2026-04-01")


STRAGGLERS = {
    "inactive": {"client": "inactive"},
    "rare": {"presence": "rare"},
    "off": {"presence": "off"},
    "returning": {"last_contact": "2026-02-01"},
}


@pytest.mark.rule("OFF-2")
@pytest.mark.parametrize("straggler", STRAGGLERS)
def test_stragglers_may_apply_a_file_after_a_week(tmp_path, straggler):
    """The others apply it on the day on which it comes, and are not named."""
    devices = [
        *workstations(**ONBOARDED, presence="always_on", client="active"),
        *workstations(**ONBOARDED | {"presence": "always_on"} | STRAGGLERS[straggler]),
    ]
    drawn = {"sections": {"faults": "drawn"}, "downloaded": "2026-03-11"}
    findings = leaving(tmp_path, devices, **drawn)

    assert devices_of(findings, "LNT-403") == [2]
    late = leaving(tmp_path, devices, rules={"offboarding_validity": "7 d"}, **drawn)
    assert "LNT-403" not in {finding.id for finding in late}
    named = [finding.devices for finding in late if finding.id == "LNT-402"]
    assert named == ([] if straggler == "off" else [("PC-002",)])


@pytest.mark.rule("OFF-2")
def test_a_file_of_older_days_is_valid_for_thirty(tmp_path):
    """Only files downloaded since December 2024 are said to be valid for a week."""
    rare = workstations(**ONBOARDED, presence="rare")
    old = {"sections": {"start": "2024-11-18 00:00"}, "downloaded": "2024-11-20"}
    new = {"sections": {"start": "2024-12-02 00:00"}, "downloaded": "2024-12-01"}

    assert "LNT-403" not in said(tmp_path, rare, **old)
    assert "LNT-403" in said(tmp_path, rare, **new)


@pytest.mark.rule("OFF-2")
def test_the_last_day_that_a_file_names_stands_above_the_switch(tmp_path):
    late = {"downloaded": "2026-03-04", "valid_until": "2026-03-11"}

    assert "expired on 2026-03-11" in one(leaving(tmp_path, **late), "LNT-401").what
    assert "LNT-401" not in said(tmp_path, **late | {"valid_until": "2026-03-12"})


@pytest.mark.rule("OFF-5")
def test_a_file_for_other_systems_does_not_serve_the_rest(tmp_path):
    devices = [*workstations(1, **ONBOARDED), *a_server("server-2019", **ONBOARDED)]
    findings = leaving(tmp_path, devices, systems="server_1803_2019_2022")

    assert devices_of(findings, "LNT-404") == [1]
    assert "LNT-404" not in said(tmp_path, devices, systems="windows_10_11")


@pytest.mark.rule("OFF-1")
def test_mma_stays_where_the_file_is_not_that_of_windows_10_and_11(tmp_path):
    devices = a_server("server-2016", **ONBOARDED, agent="mma")

    servers = "server_2008_r2_2012_r2_2016"
    assert "LNT-406" in said(tmp_path, devices, systems=servers)
    assert "LNT-406" not in said(tmp_path, devices)
    without = a_server("server-2016", **ONBOARDED, agent="mde_client")
    assert "LNT-406" not in said(tmp_path, without, systems=servers)


@pytest.mark.rule("OFF-1")
def test_mma_that_the_plan_itself_installs_stays_too(tmp_path):
    def linted(settings):
        return {
            finding.id
            for finding in found(
                tmp_path,
                a_server("server-2016"),
                packages=[PACKAGE, FAREWELL | {"systems": "server_2008_r2_2012_r2_2016"}],
                policies=[POLICY | {"workspace": VALUES}, OFFBOARD],
                plan=[DEPLOY, WITHDRAW, LEAVE],
                client_settings=settings,
            )
        }

    assert "LNT-406" in linted([])
    assert "LNT-406" not in linted([MDE_CLIENT])


@pytest.mark.rule("OFF-4")
def test_a_file_of_another_organization_than_the_sites_is_an_error(tmp_path):
    findings = leaving(tmp_path, organization="fabrikam")

    assert one(findings, "LNT-405").severity == "error"
    assert "LNT-405" not in said(tmp_path)


@pytest.mark.rule("OFF-4")
def test_devices_that_belong_to_another_organization_refuse_the_sites_file(tmp_path):
    devices = [*workstations(1, **ONBOARDED | {"organization": "fabrikam"}), *workstations()]
    findings = leaving(tmp_path, devices)

    assert devices_of(findings, "LNT-407") == [1]
    assert "LNT-407" not in said(tmp_path)
