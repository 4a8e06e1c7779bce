"""What a technician fixes: clients, computers that are off, each cause; and more technicians."""

import pytest

from sim.reference.causes import REPAIRS
from tests.kernel.telling import (
    DEPLOY,
    EVERYBODY,
    FIXED,
    HOURS,
    MDE_CLIENT,
    WORKSPACE,
    final,
    rehearsal,
    rows,
    story,
    told,
    told_of_plan,
    verdict,
    when,
)
from tests.kernel.test_desk import BEHIND, CLOSED, HOUR, OPEN, PC, S2016, SICK, at, desked, tickets


@pytest.mark.rule("FLT-1", "DWN-9")
@pytest.mark.parametrize("client", ["broken", "inactive"])
def test_a_technician_repairs_a_configmgr_client(tmp_path, client):
    """The console finds out by itself that the device is silent; no message arrives before."""
    cause = f"client_{client}"
    run = desked(tmp_path, PC | {"client": client}, desk={"repairs": {cause: "90 min"}})

    assert told(run) == story(f"""
        0 member_added TIM-4 All
        3600 targeted Onboard All
        3600 ticket_opened {cause} DWN-9
        28800 ticket_taken {cause} DWN-9
        34201 remediated {cause} FLT-1
        34201 policy_received TIM-1 Onboard
        34202 policy_evaluated UPL-1 Onboard
        34202 policy_applied UPL-1 Onboard
        34232 onboarded UPL-1 Onboard a
        34233 reported TIM-3
        34832 portal_seen MON-4
    """)


@pytest.mark.rule("FLT-1", "DWN-3")
def test_a_repaired_client_takes_the_upgrade_that_waited_for_it(tmp_path):
    upgrade = {"name": "upgrade", "at": "2 h", "set_client_version": "2403", "on": ["All"]}
    run = desked(
        tmp_path,
        S2016 | {"client": "broken", "client_version": "2203"},
        DEPLOY,
        upgrade,
        desk={"repairs": {"client_broken": "90 min"}},
        horizon="1 d",
    )

    assert told(run)[4:8] == story("""
        34201 remediated client_broken FLT-1
        34201 policy_received TIM-1 Onboard
        34202 remediated TIM-8 upgrade
        34202 policy_evaluated DWN-2 Onboard
    """)


@pytest.mark.rule("DWN-9", "FLT-2")
def test_work_on_a_computer_that_is_off_counts_from_its_power_on(tmp_path):
    """Done at seven in the evening of a late shift; effective at eight the next morning."""
    office = PC | {"presence": "office", "network": "blocked"}
    run = desked(
        tmp_path,
        office,
        DEPLOY | {"at": "9 h"},
        desk={"hours": "17:00-20:00", "repairs": {"network_blocked": "2 h"}},
        assumptions=FIXED | HOURS,
        horizon="10 d",
    )

    assert tickets(run) == [
        (10 * HOUR, "ticket_opened"),
        (CLOSED, "ticket_taken"),
        (at(1, "08:00"), "remediated"),
    ]
    assert final(run)["status"] == "onboarded"


@pytest.mark.rule("TIM-4", "DWN-9")
def test_a_repair_moves_a_device_between_collections_at_the_next_evaluation(tmp_path):
    well = {"name": "Well", "members": "antivirus == 'enabled'", "evaluation": "incremental"}
    run = desked(tmp_path, SICK, collections=[EVERYBODY, well], horizon="1 d")

    assert "36300 member_added TIM-4 Well" in told(run)


@pytest.mark.rule("DWN-9", "FLT-5", "MMA-5")
@pytest.mark.parametrize(
    ("cause", "device"),
    [
        ("prerequisite_telemetry", BEHIND),
        ("prerequisite_universal_crt", BEHIND | {"telemetry_update": "true",
                                                 "universal_crt": "false"}),
        ("prerequisite_servicing_stack", S2016 | {"servicing_stack": "2020-01-01"}),
        ("prerequisite_cumulative_update", S2016 | {"cumulative_update": "2018-01-01"}),
        ("antivirus_disabled", S2016 | {"antivirus": "disabled"}),
        ("antivirus_outdated", SICK),
        ("antivirus_not_installed", S2016 | {"antivirus": "not_installed"}),
        ("dotnet_missing", {"os": "windows-8.1", "dotnet": "false"}),
        ("restart_pending", S2016 | {"restart_pending": "true"}),
        ("agent_outdated", {"os": "windows-8.1", "agent": "mma", "agent_version": "10.20.18011"}),
        ("clock_skew", {"os": "windows-8.1", "clock_ok": "false"}),
        ("network_blocked", PC | {"network": "blocked"}),
        ("client_inactive", PC | {"client": "inactive"}),
        ("client_broken", PC | {"client": "broken"}),
        ("installer_defect", BEHIND | {"fully_updated": "true", "installer_defect": "true"}),
        ("sensor_missing", PC | {"sensor": "absent"}),
        ("elam_driver_disabled", PC | {"elam_driver": "disabled"}),
    ],
)  # fmt: skip
def test_every_cause_that_a_technician_repairs_ends_in_an_onboarded_device(tmp_path, cause, device):
    """Some repairs count only from the next restart (DWN-10, DWN-11), which comes at noon."""
    noon = {"at": "12 h", "restart": ["All"], "within": "1 s"}
    desk, policy = {"repairs": {cause: "1 h"}}, {"workspace": WORKSPACE}
    run = desked(tmp_path, device, DEPLOY, noon, desk=desk, policy=policy)

    assert tickets(run) == [
        (when(run, "ticket_opened"), "ticket_opened"),
        (OPEN, "ticket_taken"),
        (OPEN + HOUR + 1, "remediated"),
    ]
    assert verdict(run)[:2] == ("onboarded", "")


def test_the_causes_above_are_all_that_a_technician_repairs():
    marks = test_every_cause_that_a_technician_repairs_ends_in_an_onboarded_device.pytestmark
    parametrized = next(mark for mark in marks if mark.name == "parametrize")

    assert {cause for cause, _ in parametrized.args[1]} == set(REPAIRS)


@pytest.mark.rule("DWN-9")
def test_a_gate_may_ask_how_much_waits_at_the_desk(tmp_path):
    """Two devices; the second ticket is in work from ten on, and its repair counts after noon."""
    plan = [
        DEPLOY,
        {"name": "busy", "when": "device.tickets_in_work >= 1", "pause": "Onboard"},
        {"name": "done", "when": "device.remediated{cause='antivirus_outdated'} >= 2",
         "resume": "Onboard"},
    ]  # fmt: skip
    run = desked(tmp_path, [SICK, SICK], *plan)

    assert told_of_plan(run)[1:] == story(f"""
        {9 * HOUR} gate_opened busy
        {9 * HOUR + 1} step_done Onboard busy
        {13 * HOUR} gate_opened done
        {13 * HOUR + 1} step_done Onboard done
    """)


@pytest.mark.rule("DWN-9")
def test_a_retired_device_is_not_repaired(tmp_path):
    """It goes while its ticket waits, or while a technician works on it; the next is served."""
    leaving = SICK | {"retired_at": "2026-03-02 06:00"}
    in_work = SICK | {"retired_at": "2026-03-02 09:00"}
    run = desked(tmp_path, [leaving, in_work, SICK])

    assert tickets(run, "PC-1") == [(2 * HOUR, "ticket_opened")]
    assert tickets(run, "PC-2") == [(2 * HOUR, "ticket_opened"), (OPEN, "ticket_taken")]
    assert tickets(run, "PC-3")[1:] == [
        (at(0, "10:00"), "ticket_taken"),
        (at(0, "12:00", 1), "remediated"),
    ]


@pytest.mark.rule("DWN-9")
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("technicians", [1, 2, 4])
def test_one_technician_more_makes_no_repair_later(tmp_path, seed, technicians):
    """The failures come with their polls and evaluations, and have three lengths of work."""
    repairs = {
        "antivirus_outdated": "95 min",
        "prerequisite_telemetry": "4 h",
        "network_blocked": "25 min",
    }
    devices = [SICK, BEHIND, PC | {"network": "blocked"}] * 15
    plan = [DEPLOY | {"to": ["early"]}, DEPLOY | {"at": "3 d 11:00", "to": ["late"]}]
    sections = {
        "collections": [EVERYBODY, *({"name": ring, "members": f"ring == '{ring}'"}
                                     for ring in ("early", "late"))],
        "assumptions": {"content_slots": 1000, "sense_start_min": "30 s",
                        "sense_start_max": "30 s"},
        "seed": seed,
    }  # fmt: skip
    devices = [
        device | {"ring": "late" if number % 4 == 0 else "early"}
        for number, device in enumerate(devices)
    ]
    few, many = (
        repaired(desked(tmp_path, devices, *plan, desk={"technicians": count, "repairs": repairs},
                        horizon="60 d", **sections))
        for count in (technicians, technicians + 1)
    )  # fmt: skip

    assert len(few) == len(many) == len(devices)
    assert {name: time for name, time in many.items() if time > few[name]} == {}
    assert many != few


def repaired(run):
    """Return when each device was fixed, by name."""
    return {row["device"]: row["time"] for row in rows(run) if row["event"] == "remediated"}


@pytest.mark.rule("DWN-9")
def test_without_tickets_a_desk_changes_nothing(tmp_path):
    """It looks every hour, and no device's story changes."""
    devices = [SICK, PC, BEHIND, {"os": "windows-8.1"}]
    sections = {"client_settings": MDE_CLIENT, "horizon": "9 d"}
    plain = rehearsal(tmp_path, devices, **sections)
    idle = desked(tmp_path, devices, desk={"repairs": {"clock_skew": "1 h"}}, horizon="9 d")

    assert plain.log.digest == idle.log.digest
    assert plain.outcomes == idle.outcomes
